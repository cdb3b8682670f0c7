"""Go: imported packages and the files that declare what is used of them; a package's own files."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit.braces import code, without_comments
from toolkit.links import Link

IMPORTS = re.compile(r"(?m)^import[ \t]*(?:\(([^)]*)\)|([^\n]+))")
ONE = re.compile(r'([\w.]+)?[ \t]*["`]([^"`\n]+)["`]')
DECLARED = re.compile(r"(?m)^(?:func|type|var|const)[ \t]+([A-Za-z_]\w*)")
GROUPED = re.compile(r"(?ms)^(?:type|var|const)[ \t]*\((.*?)^\)")
FIRST = re.compile(r"(?m)^[ \t]*([A-Za-z_]\w*)")
WORD = re.compile(r"(?:\b([A-Za-z_]\w*)\.)?\b([A-Za-z_]\w*)")
PACKAGE = re.compile(r"(?m)^package[ \t]+\w+")
MODULE = re.compile(r"(?m)^module[ \t]+\"?([^\s\"]+)")


class Unit(NamedTuple):
    """What a file declares, imports (alias and path) and uses: names, alone or of a package."""

    declared: frozenset[str]
    imports: tuple[tuple[str, str], ...]
    used: frozenset[tuple[str, str]]


def names(text: str, _language: str) -> Unit:
    bare = PACKAGE.sub("", code(text), count=1)
    blocks = [one or other for one, other in IMPORTS.findall(without_comments(text))]
    found = [at for block in blocks for at in ONE.findall(block)]
    imports = tuple((alias or _package_name(path), path) for alias, path in found)
    grouped = [name for group in GROUPED.findall(bare) for name in FIRST.findall(group)]
    used = frozenset((before, name) for before, name in WORD.findall(bare))
    return Unit(frozenset([*DECLARED.findall(bare), *grouped]), imports, used)


def is_standard(name: str) -> bool:
    return "." not in name.partition("/")[0]


def resolve(found: Mapping[str, Unit], config: Path) -> Iterator[Link]:
    packages: dict[str, list[str]] = defaultdict(list)
    for path in found:
        if not path.endswith("_test.go"):
            packages[posixpath.dirname(path)].append(path)
    modules = dict(_modules(config))
    for path, unit in found.items():
        own = [at for at in packages[posixpath.dirname(path)] if at != path]
        yield from _to(path, "", own, found)
        for alias, name in unit.imports:
            folder = _folder(name, packages, modules)
            if folder is None:
                yield Link(path, None, name)
                continue
            used = list(_to(path, alias, packages[folder], found))
            yield from used or (Link(path, at, name) for at in packages[folder])


def _to(path: str, alias: str, files: list[str], found: Mapping[str, Unit]) -> Iterator[Link]:
    """Link to those of a package's files that declare what the file at `path` uses of it."""
    names = {name for before, name in found[path].used if before == alias}
    names -= found[path].declared if not alias else set()
    for at in files:
        if names & found[at].declared:
            yield Link(path, at, alias or posixpath.dirname(at))


def _folder(name: str, packages: Mapping[str, object], modules: Mapping[str, str]) -> str | None:
    """Find the folder of a package: by the modules that go.mod files name, else by its end."""
    for module, home in modules.items():
        if name == module or name.startswith(f"{module}/"):
            folder = posixpath.normpath(posixpath.join(home, name[len(module) + 1 :]))
            folder = "" if folder == "." else folder
            return folder if folder in packages else None
    if is_standard(name):
        return None
    parts = name.split("/")
    tails = ("/".join(parts[at:]) for at in range(len(parts) - 1))
    return next((tail for tail in tails if tail in packages), None)


def _modules(config: Path) -> Iterator[tuple[str, str]]:
    """Give module and folder of each go.mod, the longest name first."""
    found = []
    for file in config.rglob("go.mod"):
        if named := MODULE.search(file.read_text("utf-8", "replace")):
            home = file.parent.relative_to(config).as_posix()
            found.append((named[1], "" if home == "." else home))
    yield from sorted(found, key=lambda at: (-len(at[0]), at))


def _package_name(path: str) -> str:
    """Guess a package's name from its path: `gopkg.in/yaml.v3` and `x/yaml/v3` are yaml."""
    parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)] or [path]
    return re.sub(r"\.v\d+$", "", parts[-1]).replace("-", "_")
