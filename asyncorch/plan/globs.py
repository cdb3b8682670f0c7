"""Globs as pathlib means them: `**`, `*`, `?`, `[...]`; dots match, links are not followed.

A glob has a fixed part, the folders before its first wildcard. A file it matches is known by its
path below that part. A last `**` means every file below.
"""

from __future__ import annotations

import fnmatch
import os
import re
from functools import lru_cache
from typing import NamedTuple

_WILD = re.compile(r"[*?\[]")


class Match(NamedTuple):
    """A file that a glob matched: as seen from the project, and below the glob's fixed part."""

    file: str
    path: str
    tree: str  # the last folder of the fixed part


def fixed_part(glob: str) -> str:
    """Return the folders before the first wildcard; of a plain path its folder."""
    parts = plain(glob).split("/")
    wild = next((i for i, part in enumerate(parts) if _WILD.search(part)), len(parts) - 1)
    return "/".join(parts[:wild])


def matches(glob: str, file: str) -> bool:
    """Say whether a path has the form that the glob asks for; the disk is not asked."""
    return _regex(plain(glob)).fullmatch(file) is not None


def expand(root: str, globs: tuple[str, ...]) -> list[Match]:
    """Return the regular files below `root` that any of the globs matches, each once, by path."""
    found: dict[str, Match] = {}
    for glob in globs:
        fixed = fixed_part(glob)
        tree = fixed.rpartition("/")[2]
        fits = _regex(plain(glob)).fullmatch
        start = len(fixed) + 1 if fixed else 0
        for file in _files(root, fixed):
            if file not in found and fits(file):
                found[file] = Match(file, file[start:], tree)
    return [found[file] for file in sorted(found)]


def _files(root: str, fixed: str) -> list[str]:
    folders = [fixed]
    files: list[str] = []
    while folders:
        folder = folders.pop()
        below = f"{folder}/" if folder else ""
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        files.append(below + entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(below + entry.name)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
    return files


@lru_cache(maxsize=256)
def _regex(glob: str) -> re.Pattern[str]:
    parts = glob.split("/")
    pieces = []
    for i, part in enumerate(parts):
        last = i == len(parts) - 1
        if part == "**":
            pieces.append(".+" if last else "(?:[^/]+/)*")
        else:
            pieces.append(_part(part) + ("" if last else "/"))
    return re.compile("".join(pieces), re.DOTALL)


def _part(part: str) -> str:
    # Not fnmatch.translate for all of it: its `*` and `?` cross from one folder into the next.
    out = []
    i = 0
    while i < len(part):
        char = part[i]
        end = _class_end(part, i) if char == "[" else -1
        if end > 0:
            out.append("(?!/)" + _class(part[i : end + 1]))
            i = end
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char))
        i += 1
    return "".join(out)


def _class_end(part: str, start: int) -> int:
    """Return where a `[...]` ends, or -1; a bracket that comes first belongs to it."""
    negated = part[start + 1 : start + 2] == "!"
    return part.find("]", start + 2 + negated)


def _class(text: str) -> str:
    """Return a `[...]` as a regular expression; fnmatch knows its rules."""
    return fnmatch.translate(text).removeprefix("(?s:").removesuffix(r")\Z").removesuffix(r")\z")


def plain(glob: str) -> str:
    """Return a glob without `./` and `//`, so that a file has one name."""
    return "/".join(part for part in glob.split("/") if part not in ("", "."))
