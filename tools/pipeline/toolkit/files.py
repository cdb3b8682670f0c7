"""Files that are never half there: written apart, put in place whole, and only when they differ."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK = 1 << 20
MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE})


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Make a folder of this process's own below `folder`, gone when the block is left."""
    mine = folder / f"{os.getpid()}-{time.time_ns()}"
    mine.mkdir(parents=True)
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep other processes out of what this lock file stands for, until the block is left."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def put(data: bytes, target: Path, *, root: Path, stage: Path, like: Path | None = None) -> bool:
    """Give `target`, somewhere below `root`, this content (and the mode of `like`).

    False if it has it already.
    """
    if _holds(target, data):
        _same_mode(like, target)
        return False
    made = stage / "put"
    made.write_bytes(data)
    _same_mode(like, made)
    _place(made, target, root)
    return True


def copy(source: Path, target: Path, *, root: Path, stage: Path) -> bool:
    """Make `target`, somewhere below `root`, equal to `source`; False if it is already."""
    if _equal(source, target):
        _same_mode(source, target)
        return False
    made = stage / "copy"
    shutil.copyfile(source, made)
    _same_mode(source, made)
    _place(made, target, root)
    return True


def remove(target: Path) -> None:
    """Take the file away, if there is one: what it held is no longer true."""
    if target.is_file() or target.is_symlink():
        target.unlink()


def reason(error: OSError) -> str:
    """Say what is wrong with a file; a failing machine is no file's fault, and is raised again."""
    if error.errno in MACHINE:
        raise error
    return error.strerror or str(error)


def prune(tree: Path, wanted: Collection[str]) -> int:
    """Remove from `tree` every file that is not wanted, then the folders left empty."""
    removed = 0
    for folder, folders, names in os.walk(tree, topdown=False):
        here = Path(folder)
        below = "" if here == tree else here.relative_to(tree).as_posix() + "/"
        # A link to a folder is among the folders: never ours, and never followed.
        links = [name for name in folders if (here / name).is_symlink()]
        for name in [*names, *links]:
            if below + name not in wanted or (here / name).is_symlink():
                (here / name).unlink()
                removed += 1
        if here != tree and not any(os.scandir(here)):
            here.rmdir()
    return removed


def _place(made: Path, target: Path, root: Path) -> None:
    """Rename into place.

    What an older snapshot left in the way (a file where a folder is needed, a folder where the
    file goes) has no source any more.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        for parent in target.relative_to(root).parents:
            remove(root / parent)
        target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    made.replace(target)


def _same_mode(like: Path | None, target: Path) -> None:
    if like is None:
        return
    # Always ours to write and to read again, and never with a set-user-id bit.
    mode = stat.S_IMODE(like.stat().st_mode) & 0o777 | 0o600
    if stat.S_IMODE(target.stat().st_mode) != mode:
        target.chmod(mode)


def _holds(target: Path, data: bytes) -> bool:
    try:
        found = target.lstat()
        regular = stat.S_ISREG(found.st_mode) and found.st_size == len(data)
        return regular and target.read_bytes() == data
    except OSError:
        return False


def _equal(source: Path, target: Path) -> bool:
    """Compare content: two snapshots may hold files of one size and one time stamp."""
    try:
        found = target.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size != source.stat().st_size:
            return False
        with source.open("rb") as one, target.open("rb") as other:
            while chunk := one.read(CHUNK):
                if chunk != other.read(CHUNK):
                    return False
    except FileNotFoundError:
        return False
    return True
