"""A tool of one's own over 1,000 real files: how many files one process should take."""

from __future__ import annotations

import shutil
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from contest import Command, Contender, Work
from projects import OURS, configured, forget, running, script
from recipes import Job, contenders

NAME = "batches"
SIZES = (10, 25, 50, 100, 250, 500)
_TOOL = """#!{python}
import marshal, os, sys

for file in sys.argv[1:]:
    path = file.split("/", 2)[2]
    target = "work/extracted/" + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    errors = 0
    with open(file, "rb") as source:
        text = source.read()
    try:
        code = compile(text, file, "exec", dont_inherit=True)
        with open(target, "wb") as made:
            marshal.dump(code, made)
    except (SyntaxError, ValueError):
        errors = 1
    print(f"| {path} | {errors} |")
"""
_STEP = """\
[steps.extract-compile]
foreach = "deliveries/{snapshot}/**/*.py"
outputs = ["work/extracted/{path}"]
"""


def by_hand(size: int) -> str:
    return f"xargs -P2 -n{size}"


def works(*, quick: bool) -> Iterator[Work]:
    count = 200 if quick else 1_000
    yield Work(
        NAME,
        f"{count:,} real .py files through a tool of one's own, -j 2",
        [
            Contender(OURS, partial(_ours, count=count), before=forget),
            *(
                Contender(by_hand(size), partial(_by_hand, count=count, size=size), before=forget)
                for size in SIZES
            ),
            *(
                replace(peer, before=_anew)
                for peer in contenders(("make",), partial(_one_a_file, count=count), 2)
            ),
        ],
        rounds=3 if quick else 5,
        kept=True,
        patience=15,
    )


def _anew(folder: Path) -> None:
    forget(folder)
    (folder / "out").mkdir()


def _delivered(folder: Path, count: int) -> list[str]:
    """Copy the first files of the standard library, and return their paths."""
    library = Path(sysconfig.get_path("stdlib"))
    found = sorted(path.relative_to(library) for path in library.rglob("*.py"))
    own = [path for path in found if not {"site-packages", "dist-packages"} & set(path.parts)]
    for path in own[:count]:
        target = folder / "deliveries" / "library" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library / path, target)
    return [f"deliveries/library/{path}" for path in own[:count]]


def _ours(folder: Path, count: int) -> Command:
    _delivered(folder, count)
    script(folder, "extract-compile.py", _TOOL)
    configured(folder, _STEP)
    return running("--phase", "extract", "-j", "2")


def _by_hand(folder: Path, count: int, size: int) -> Command:
    files = _delivered(folder, count)
    tool = script(folder, "extract-compile.py", _TOOL)
    (folder / "files").write_text("\0".join(files))
    return Command(("xargs", "-a", "files", "-0", "-P2", f"-n{size}", sys.executable, str(tool)))


def _one_a_file(folder: Path, count: int) -> list[Job]:
    files = _delivered(folder, count)
    tool = script(folder, "extract-compile.py", _TOOL)
    python = sys.executable
    return [Job(f"out/{i}", f"{python} {tool} {file} >out/{i}") for i, file in enumerate(files)]
