"""Lay a build folder out from many places, touching only what changed.

What the build tools made in the folder stays, so that their next build is a short one; a file that
changed gets the present time, for they compare times. Removed is only what an earlier layout put
there and this one does not. Nothing is read from or written through a link.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from asyncorch.build.laid import UNKNOWN, Stamp, read_laid, state_folder, write_laid
from asyncorch.errors import ProjectError

CHUNK = 1 << 20


def prepare(folder: Path, layout: Mapping[str, Path]) -> None:
    """Make the folder hold a copy of every file of the layout (path below it: file to copy)."""
    check_layout(layout)
    if folder.is_symlink():
        raise ProjectError(f"`{folder}` is a link", hint="let the folder above it be the link")
    state = state_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _empty(state / "packages")
    laid = read_laid(folder)
    # Told before it is done: after a crash the next layout still knows what to remove.
    write_laid(folder, dict.fromkeys(layout, UNKNOWN) | laid)
    for path in sorted(laid.keys() - layout.keys()):
        _remove(folder, path)
    for path in sorted(layout):
        laid[path] = _lay(folder, path, layout[path], laid.get(path, UNKNOWN))
    write_laid(folder, {path: laid[path] for path in sorted(layout)})


def check_layout(layout: Mapping[str, Path]) -> None:
    """Refuse a path that would leave the folder, or that is a file and a folder at once."""
    for path in layout:
        if not _is_inside(path):
            raise ProjectError(
                f"`{path}` cannot be laid into the build folder",
                hint="a path must lie below the folder and be written without `.` and `..`",
            )
        for parent in PurePosixPath(path).parents:
            if str(parent) in layout:
                raise ProjectError(
                    f"`{parent}` is a file for the build and the folder of `{path}`",
                    hint="rename one of the two, or leave it out of the build",
                )


def _is_inside(path: str) -> bool:
    plain = PurePosixPath(path)
    parts = plain.parts
    return (
        bool(parts)
        and str(plain) == path
        and not {"/", "//", ".."} & set(parts)
        and "\0" not in path
    )


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _remove(folder: Path, path: str) -> None:
    """Remove a file that an earlier layout put there, and the folders that this leaves empty."""
    if not _is_inside(path) or _link_above(folder, path):
        return
    target = folder / path
    if target.is_symlink() or target.is_file():
        target.unlink()
    for parent in target.relative_to(folder).parents[:-1]:
        try:
            (folder / parent).rmdir()
        except OSError:
            return


def _link_above(folder: Path, path: str) -> bool:
    return any((folder / parent).is_symlink() for parent in PurePosixPath(path).parents)


def _lay(folder: Path, path: str, source: Path, stamp: Stamp) -> Stamp:
    """Bring one copy up to date and return its new stamp."""
    target = folder / path
    info = _stat(source)
    if info is None:
        raise ProjectError(f"`{source}` is no file that could be built")
    copy = None if _link_above(folder, path) else _stat(target)
    if copy and (stamp == _stamp(info, copy) or _alike(source, info, target, copy)):
        _match_run_bit(target, info, copy)
    else:
        _make_room(folder, path)
        _copy(source, target, info, folder)
    return _stamp(info, target.lstat())


def _alike(source: Path, info: os.stat_result, target: Path, copy: os.stat_result) -> bool:
    """Compare contents; not by filecmp, which remembers answers by modification times."""
    if info.st_size != copy.st_size:
        return False
    with source.open("rb") as one, target.open("rb") as other:
        while part := one.read(CHUNK):
            if part != other.read(CHUNK):
                return False
    return True


def _stat(path: Path) -> os.stat_result | None:
    """Return what a regular file's own entry says, None for anything else."""
    try:
        info = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return info if stat.S_ISREG(info.st_mode) else None


def _stamp(info: os.stat_result, copy: os.stat_result) -> Stamp:
    return Stamp(info.st_size, info.st_ino, info.st_ctime_ns, copy.st_size, copy.st_ctime_ns)


def _match_run_bit(target: Path, info: os.stat_result, copy: os.stat_result) -> None:
    if bool(info.st_mode & 0o100) != bool(copy.st_mode & 0o100):
        readable = copy.st_mode & 0o444
        target.chmod((copy.st_mode & 0o666) | (readable >> 2 if info.st_mode & 0o100 else 0))


def _make_room(folder: Path, path: str) -> None:
    """Make the folders above a path real, and clear what else stands in its place."""
    for parent in [*PurePosixPath(path).parents][-2::-1]:
        place = folder / parent
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            place.unlink()
        place.mkdir(exist_ok=True)
    target = folder / path
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)


def _copy(source: Path, target: Path, info: os.stat_result, folder: Path) -> None:
    """Copy through a file of our own: a half copy never stands under the final name."""
    new = state_folder(folder) / "incoming"
    new.unlink(missing_ok=True)
    new.touch(0o777 if info.st_mode & 0o100 else 0o666)
    shutil.copyfile(source, new)
    new.replace(target)
