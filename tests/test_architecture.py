"""The floor plan, kept by a test: imports go to a lower floor only, lazy and type-only too.

A package is one room. A new module needs a place in `FLOORS`: as low as its imports allow, beside
what it is like. A floor is a line; the lowest is the last.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "asyncorch"
FLOORS = [
    "__main__",
    "cli",
    "__init__ doctor explain",
    "orchestrator",
    "engine",
    "building hooks opening workshop",
    "app judging phasebook",
    "phase fanout reasons passed",
    "job memory telling",
    "step tails prepare orphans demo refusals bus",
    "work",
    "resume",
    "intake",
    "quality build views snapshots freshness forecast jobserver",
    "plan environment clones toolversions",
    "process",
    "config state starting archives lockwatch retention redacting scaffold logcut usage",
    "counts",
    "events settings trees descendants dispatch lock machine runlog rundirs redactor freshstore",
    "tables tokens outermake",
    "errors model project natural safetext cpus sizes durations packed secret_forms",
    "trouble oddnames leftovers makeflags",
]
HEIGHT = {room: -floor for floor, rooms in enumerate(FLOORS) for room in rooms.split()}
HOMES = {
    "click": "cli",
    "rich": "views",
    "aiofiles": "runlog",
    "dotenv": "environment",
    "subprocess": "process clones",
    "sqlite3": "freshstore",
    "apprise": "views",
    "asyncio": "",  # the engine's language is anyio
    "trio": "",
    "requests": "",
    "fcntl": "lock lockwatch machine",
    "resource": "app machine",
    "signal": "app cli descendants job model orphans process starting",
}
# The world enters once: the environment, the words, the clock, the folder.
WORLD = {"os.environ", "os.getenv", "sys.argv", "os.getcwd", "Path.cwd", "time.time", "Path.home"}
KNOWS_THE_WORLD = {"app", "cli", "__main__", "explain", "doctor", "machine"}

MODULES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_bytes())
    for path in sorted(PACKAGE.rglob("*.py"))
}
every_module = pytest.mark.parametrize("module", MODULES)


def room(module: str) -> str:
    return module.partition(".")[0]


def imported(module: str) -> Iterator[str]:
    """Yield what a module imports, wherever in it: of `from a import b` both a and a.b."""
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: write absolute imports"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(module: str) -> set[str]:
    found = {name.removeprefix("asyncorch.") for name in imported(module)}
    return {name for name in found if name in MODULES} - {module}


def test_every_room_has_a_floor_and_every_floor_has_rooms() -> None:
    assert {room(module) for module in MODULES} == set(HEIGHT)


@every_module
def test_imports_go_downstairs(module: str) -> None:
    here = room(module)
    for target in own_imports(module):
        there = room(target)
        assert there == here or HEIGHT[there] < HEIGHT[here], f"{module} must not import {target}"


def test_no_imports_go_round_in_a_circle() -> None:
    TopologicalSorter({module: own_imports(module) for module in MODULES}).prepare()


@every_module
def test_a_library_has_one_home(module: str) -> None:
    for name in {name.partition(".")[0] for name in imported(module)} & set(HOMES):
        assert room(module) in HOMES[name].split(), f"{name} does not live in {module}"


@every_module
def test_the_world_enters_once(module: str) -> None:
    tree = MODULES[module]
    if room(module) in KNOWS_THE_WORLD or _is_a_program(tree):
        return
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & WORLD


@every_module
def test_the_engine_never_prints(module: str) -> None:
    if room(module) in ("cli", "app", "views") or _is_a_program(MODULES[module]):
        return
    calls = (node.func for node in ast.walk(MODULES[module]) if isinstance(node, ast.Call))
    assert not {ast.unparse(function) for function in calls} & {"print", "sys.stdout.write"}


def _is_a_program(tree: ast.Module) -> bool:
    """Tell whether a module is run as a process of its own."""
    return any(isinstance(node, ast.If) and "__main__" in ast.unparse(node) for node in tree.body)


@pytest.mark.parametrize(
    "package", sorted(PACKAGE.rglob("__init__.py")), ids=lambda p: p.parent.name
)
def test_inner_packages_are_folders_and_nothing_else(package: Path) -> None:
    if package.parent != PACKAGE:
        assert package.read_bytes() == b""


@every_module
def test_every_module_says_what_it_promises_and_is_small(module: str) -> None:
    tree = MODULES[module]
    if tree.body:
        assert ast.get_docstring(tree)
        assert ast.unparse(tree.body[1]) == "from __future__ import annotations"
    path = PACKAGE / (module.replace(".", "/") + ".py")
    assert len(path.read_bytes().splitlines()) <= 300, "split it: a module has one purpose"


def test_the_table_reads_from_the_roof_to_the_ground() -> None:
    assert all(HEIGHT[a.split()[0]] > HEIGHT[b.split()[0]] for a, b in pairwise(FLOORS))
