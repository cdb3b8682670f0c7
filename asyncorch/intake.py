"""Taking input data in: a folder, an archive or a git URL becomes a snapshot; and what changed.

A snapshot is there whole or not at all: it is made in a hidden folder beside the others and gets
its name when it is complete. None is ever overwritten.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from asyncorch import archives, clones, trees
from asyncorch.errors import ProjectError
from asyncorch.snapshots import Snapshot
from asyncorch.trees import Taken

_NAME = re.compile(r"\w[\w.+-]{0,99}")
_NUMBERED = re.compile(r"snapshot-([0-9]{1,9})")
_CHUNK = 1 << 20


class Difference(Struct, frozen=True):
    """What lies between two snapshots, by paths and contents, in the order of the paths."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: int


def add(
    deliveries: Path, source: str, name: str | None = None, *, environ: Mapping[str, str]
) -> tuple[Snapshot, Taken]:
    """Take a folder, an archive, or a git URL in as a new snapshot, by default `snapshot-N`.

    The number is one more than the highest so far, so that the same source can be delivered again
    and the newest is the default of a run. `environ` is what git sees. Raises ProjectError.
    """
    path = Path(source)
    if clones.is_url(source):
        return make(deliveries, name, lambda into: clones.clone(source, into, environ=environ))
    if path.is_dir():
        _check_apart(path, deliveries)
        return make(deliveries, name, lambda into: trees.copy(path, into, leave_out=clones.is_git))
    if path.is_file():
        return make(deliveries, name, lambda into: archives.unpack(path, into))
    hint = "give a folder, an archive (zip, tar, tar.gz, …) or a git URL"
    what = "a special file" if path.exists() else "no such file or folder"
    raise ProjectError(what, where=source, hint=hint)


def make(
    deliveries: Path, name: str | None, fill: Callable[[Path], Taken]
) -> tuple[Snapshot, Taken]:
    """Let `fill` write a new folder, and make it the snapshot `name` once it is complete."""
    if name is not None:
        _check_name(name, deliveries)
    try:
        deliveries.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=deliveries) as aside:
            made = Path(aside) / "snapshot"
            taken = fill(made)
            if not taken.files:
                raise ProjectError("there are no files in it")
            place = deliveries / (name or _next_name(deliveries))
            _check_name(place.name, deliveries)  # again: another one may have been quicker
            made.rename(place)
    except OSError as error:
        where = os.fsdecode(error.filename) if error.filename else None
        what = f"the snapshot cannot be written: {error.strerror}"
        raise ProjectError(what, where=where) from error
    return Snapshot(place.name, place), taken


def diff(old: Path, new: Path) -> Difference:
    """Compare two snapshots file by file: the size first, then the bytes; links by their aim."""
    try:
        before, after = trees.files(old), trees.files(new)
        both = sorted(before.keys() & after.keys())
        changed = tuple(path for path in both if not _same(before[path], after[path]))
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", where=error.filename) from error
    return Difference(
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=changed,
        unchanged=len(both) - len(changed),
    )


def _same(one: os.DirEntry[str], other: os.DirEntry[str]) -> bool:
    if one.is_symlink() or other.is_symlink():
        return (
            one.is_symlink() == other.is_symlink()
            and Path(one.path).readlink() == Path(other.path).readlink()
        )
    size = one.stat(follow_symlinks=False).st_size
    if size != other.stat(follow_symlinks=False).st_size:
        return False
    with Path(one.path).open("rb") as a, Path(other.path).open("rb") as b:
        while chunk := a.read(_CHUNK):
            if chunk != b.read(_CHUNK):
                return False
    return True


def _check_apart(source: Path, deliveries: Path) -> None:
    if deliveries.resolve().is_relative_to(source.resolve()):
        hint = "name the folder that holds the data, not the project"
        raise ProjectError("holds the project's own snapshots", where=str(source), hint=hint)


def _check_name(name: str, deliveries: Path) -> None:
    if not _NAME.fullmatch(name):
        hint = "a name has letters, digits and `-_.+`, and begins with a letter or a digit"
        raise ProjectError(f"`{name}` cannot be the name of a snapshot", hint=hint)
    if os.path.lexists(deliveries / name):
        hint = "give it another name with `--name`; a snapshot is never overwritten"
        raise ProjectError(f"there is a snapshot `{name}` already", hint=hint)


def _next_name(deliveries: Path) -> str:
    """Return `snapshot-N`, N above every number in use, by files and hidden things as well."""
    found = [_NUMBERED.fullmatch(entry.name) for entry in deliveries.iterdir()]
    return f"snapshot-{max((int(match[1]) for match in found if match), default=0) + 1}"
