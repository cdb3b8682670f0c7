"""A project made of real files that every machine has: the running Python's standard library.

Two snapshots, so that choosing one means something: `snapshot-1` without the test packages,
`snapshot-2` whole. What is complete is used again; an interrupted demo is finished the next time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from asyncorch import intake, scaffold, trees
from asyncorch.errors import ProjectError
from asyncorch.scaffold import Written

MARK = ".asyncorch-demo"
WITHOUT_TESTS, WHOLE = "snapshot-1", "snapshot-2"
_TESTS = frozenset({"test", "tests", "idle_test"})
_NOT_ITS_OWN = frozenset({"site-packages", "dist-packages", "__pycache__"})
_COMPILED = (".so", ".a", ".o", ".pyc", ".pyd", ".dll", ".dylib", ".exe")
_LARGEST = 1 << 20  # bytes: above it are bundled wheels and the like

Say = Callable[[str], None]


def claim(root: Path, stdlib: Path) -> None:
    """Mark the folder as a demo before anything is written, or refuse one that is another's."""
    mark = root / MARK
    try:
        if mark.is_file():
            return
        if root.exists() and any(root.iterdir()):
            hint = "`asyncorch demo DIR` makes the demo elsewhere"
            what = "there is something else already"
            raise ProjectError(what, where=str(root), hint=hint)
        root.mkdir(parents=True, exist_ok=True)
        mark.write_text(f"made by `asyncorch demo` from {stdlib}\n", errors="surrogateescape")
    except OSError as error:
        raise ProjectError(f"cannot be written: {error.strerror}", where=str(root)) from error


def make(root: Path, stdlib: Path, say: Say) -> list[Written]:
    """Make or complete the demo project in a folder that was claimed. Raises ProjectError."""
    written = scaffold.write(root, "full")
    deliveries = root / "deliveries"
    for name, leave_out in ((WITHOUT_TESTS, _without_tests), (WHOLE, _unfit)):
        if (deliveries / name).exists():
            say(f"{name}: already there")
            continue
        fill = partial(trees.copy, stdlib, leave_out=leave_out)
        _, taken = intake.make(deliveries, name, fill)
        say(f"{name}: {taken.files:,} files")
    return written


def has_tests(stdlib: Path) -> bool:
    """Tell whether this Python came with its test packages; some systems ship them apart."""
    return (stdlib / "test" / "test_grammar.py").exists()


def _unfit(entry: os.DirEntry[str]) -> str | None:
    if entry.name in _NOT_ITS_OWN:
        return "installed packages and caches"
    if entry.is_file(follow_symlinks=False):
        large = entry.stat(follow_symlinks=False).st_size > _LARGEST
        if large or entry.name.endswith(_COMPILED):
            return "compiled or large files"
    return None


def _without_tests(entry: os.DirEntry[str]) -> str | None:
    return "test packages" if entry.name in _TESTS else _unfit(entry)
