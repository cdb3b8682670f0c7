"""Files that old runs keep packed: made by gzip, so that zcat, zgrep and zless read them.

Packing never loses a byte: the packed file is complete and on the disk before it takes the place of
the other, and has its rights and its time. All names are relative to an open folder, so that no
link on the way can lead elsewhere.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

SUFFIX = ".gz"
_LEVEL = 1  # three times as fast as the usual 6, and a quarter larger
_CHUNK = 1 << 20


def open_either(path: Path) -> IO[bytes]:
    """Open a file, or else its packed form, for reading; raise FileNotFoundError."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        import gzip  # noqa: PLC0415  # few files are packed

        with suppress(FileNotFoundError):
            return cast("IO[bytes]", gzip.open(path.with_name(path.name + SUFFIX)))
        raise


def pack(folder: int, name: str) -> int:
    """Pack a regular file of an open folder; return how many bytes that frees.

    A file that is written to meanwhile, or would not get smaller, is left as it is.
    """
    part = f".{name}.part"
    with _opened(folder, name) as plain:
        before = os.fstat(plain.fileno())
        if not stat.S_ISREG(before.st_mode) or _is_there(folder, name + SUFFIX):
            return 0
        try:
            packed = _write(folder, part, plain, before)
            if packed >= before.st_size or _changed(before, os.fstat(plain.fileno())):
                os.unlink(part, dir_fd=folder)
                return 0
            os.rename(part, name + SUFFIX, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(part, dir_fd=folder)
            raise
    os.unlink(name, dir_fd=folder)
    return before.st_size - packed


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _opened(folder: int, name: str) -> IO[bytes]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.fdopen(os.open(name, flags, dir_fd=folder), "rb")


def _write(folder: int, part: str, plain: IO[bytes], like: os.stat_result) -> int:
    with suppress(FileNotFoundError):  # left by one who was killed
        os.unlink(part, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(part, flags, 0o600, dir_fd=folder)
    with os.fdopen(descriptor, "wb") as raw:
        import gzip  # noqa: PLC0415  # as above

        with gzip.GzipFile("", "wb", _LEVEL, raw, like.st_mtime) as stream:
            shutil.copyfileobj(plain, stream, _CHUNK)
        raw.flush()
        os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
        os.utime(descriptor, ns=(like.st_atime_ns, like.st_mtime_ns))
        os.fsync(descriptor)
        return os.fstat(descriptor).st_size


def _changed(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
