"""Walk a snapshot: every file once, in order of path, and whatever is not a file with a reason.

Links are never followed, so a snapshot cannot reach outside itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from toolkit.origin import left_out

VERSION_CONTROL = frozenset({".git", ".hg", ".svn", ".bzr", "CVS", "_darcs", ".fslckout", ".jj"})
CACHES = frozenset({"__pycache__"})
DEEPEST = 200  # folders in folders; what goes deeper is an attack or an accident


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of the snapshot that no tree takes; `lost` if it may hold files nobody saw."""

    path: str
    reason: str
    lost: bool = False


def walk(root: Path) -> Iterator[str | LeftOut]:
    """Paths below `root` with `/` between their parts, or what is left out in their place."""
    yield from _walk(root, "")


def files(root: Path) -> Iterator[str]:
    return (found for found in walk(root) if isinstance(found, str))


def _walk(folder: Path, below: str) -> Iterator[str | LeftOut]:
    if below.count("/") > DEEPEST:
        yield LeftOut(below, f"more than {DEEPEST} folders deep", lost=True)
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield LeftOut(below, f"folder cannot be read: {error.strerror}", lost=True)
        return
    for entry in found:
        path = below + entry.name
        reason = _left_out(entry) or ("left out by origins.toml" if left_out(path) else None)
        if reason:
            yield LeftOut(path, reason)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{path}/")
        else:
            yield path


def _left_out(entry: os.DirEntry[str]) -> str | None:
    if entry.is_symlink():
        return "symbolic link"
    if entry.is_dir(follow_symlinks=False):
        if entry.name in VERSION_CONTROL:
            return "version control"
        return "cache of compiled files" if entry.name in CACHES else None
    if entry.name in VERSION_CONTROL:
        return "version control"  # a worktree's or a submodule's .git is a file
    return None if entry.is_file(follow_symlinks=False) else "neither file nor folder"
