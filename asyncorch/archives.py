"""Archives of strangers unpacked safely: zip, and tar with gzip, bzip2 or xz.

An archive that names a place outside its own folder, holds a device, or grows beyond all measure is
refused whole. Files are written first and links made last, so that nothing is written through one.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn

from msgspec import Struct
from msgspec.structs import replace

from asyncorch.errors import ProjectError
from asyncorch.trees import Taken, settle

MOST_ENTRIES = 1_000_000
MOST_GROWTH = 200  # times the archive's own size; source text seldom packs better than 20 times
ALWAYS_ALLOWED = 256 << 20  # bytes: so much may come out of any archive
CHUNK = 1 << 20
SUFFIXES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz")
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,  # a compression that this Python lacks
    RuntimeError,  # a zip with a password
    ValueError,  # names that cannot be written
)
_CONTRADICTIONS = (FileExistsError, IsADirectoryError, NotADirectoryError, FileNotFoundError)
_OPENERS: tuple[tuple[bytes, Callable[[Path], BufferedIOBase]], ...] = (
    (b"\x1f\x8b", gzip.GzipFile),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ", lzma.LZMAFile),
)


class _Entry(Struct, frozen=True):
    """A file, folder, or link of an archive; a link has a `target`, only a file can be opened."""

    name: str
    open: Callable[[], IO[bytes]] | None = None
    target: str | None = None
    hard: bool = False
    executable: bool = False
    mtime: float = 0.0


class _Meter:
    """Counts what comes out of an archive, and stops it when it is out of all proportion."""

    def __init__(self, archive: Path) -> None:
        self.archive = archive
        self.left = max(ALWAYS_ALLOWED, MOST_GROWTH * archive.stat().st_size)
        self.entries = 0

    def add(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            _refuse(self.archive, f"it grows to more than {MOST_GROWTH} times its size")

    def entry(self) -> None:
        self.entries += 1
        if self.entries > MOST_ENTRIES:
            _refuse(self.archive, f"it has more than {MOST_ENTRIES:,} entries")


class _Metered:
    """A decompressed stream that the meter sees: headers and skipped data count as well."""

    def __init__(self, stream: BufferedIOBase, meter: _Meter) -> None:
        self.stream = stream
        self.meter = meter

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(size)
        self.meter.add(len(data))
        return data


def unpack(archive: Path, into: Path) -> Taken:
    """Unpack the archive into the new folder `into`.

    Where all of it lies in one folder named like the archive (`shop-1.2/` in shop-1.2.tar.gz), what
    is in that folder is taken. Raises ProjectError.
    """
    into.mkdir()
    meter = _Meter(archive)
    try:
        taken = _write(archive, _entries(archive, into, meter), into, meter)
    except _BROKEN as error:
        _refuse(archive, str(error) or type(error).__name__)
    except _CONTRADICTIONS:
        _refuse(archive, "its entries contradict each other")
    except OSError as error:
        if error.errno is not None:  # the machine's trouble, not the archive's
            raise
        _refuse(archive, str(error))
    return _without_top(archive, into, taken)


def _write(archive: Path, entries: Iterator[_Entry], into: Path, meter: _Meter) -> Taken:
    links = []
    files = size = 0
    for entry in entries:
        meter.entry()
        place = into / _inside(archive, entry.name)
        if entry.target is not None:
            links.append(entry)
        elif entry.open is None:
            place.mkdir(parents=True, exist_ok=True)
        else:
            size += _write_file(entry, entry.open, place)
            files += 1
    # Hard links first: one to a symbolic link would move that to where it leads out.
    for entry in sorted(links, key=lambda link: not link.hard):
        _link(archive, entry, into)
    return Taken(files + len(links), size)


def _write_file(entry: _Entry, opened: Callable[[], IO[bytes]], place: Path) -> int:
    place.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with opened() as source, place.open("wb") as target:
        while chunk := source.read(CHUNK):
            size += target.write(chunk)
    settle(place, executable=entry.executable, mtime=entry.mtime)
    return size


def _link(archive: Path, entry: _Entry, into: Path) -> None:
    """Make a link that cannot leave: from a real folder, `..` only in front, then downwards."""
    name, target = _inside(archive, entry.name), PurePosixPath(entry.target or "")
    folder = PurePosixPath() if entry.hard else name.parent
    ups = [part for part in target.parts if part == ".."]
    downs = target.parts[len(ups) :]
    place = into / name
    place.parent.mkdir(parents=True, exist_ok=True)
    real = place.parent.resolve() == into.resolve() / name.parent
    if target.is_absolute() or ".." in downs or len(ups) > len(folder.parts) or not real:
        _refuse(archive, f"the link `{name}` leads out of it")
    place.unlink(missing_ok=True)
    if entry.hard:
        place.hardlink_to(into / target)
    else:
        place.symlink_to(target)


def _entries(archive: Path, into: Path, meter: _Meter) -> Iterator[_Entry]:
    with archive.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(b"PK") or (not _is_tar(archive, head) and zipfile.is_zipfile(archive)):
        return _zip_entries(archive, meter)
    if not _is_tar(archive, head):
        hint = "asyncorch takes zip, tar, tar.gz, tar.bz2 and tar.xz; unpack others, add the folder"
        raise ProjectError("not an archive that asyncorch knows", where=str(archive), hint=hint)
    return _tar_entries(archive, head, into, meter)


def _opened(archive: Path, head: bytes) -> BufferedIOBase:
    for magic, opener in _OPENERS:
        if head.startswith(magic):
            return opener(archive)
    return archive.open("rb")


def _is_tar(archive: Path, head: bytes) -> bool:
    with suppress(*_BROKEN, OSError), _opened(archive, head) as stream:
        tarfile.TarInfo.frombuf(stream.read(512), "utf-8", "surrogateescape")
        return True
    return False


def _tar_entries(archive: Path, head: bytes, into: Path, meter: _Meter) -> Iterator[_Entry]:
    if not hasattr(tarfile, "data_filter"):
        hint = "update Python to 3.11.4 or newer, or unpack it and add the folder"
        raise ProjectError("this Python unpacks no tar safely", where=str(archive), hint=hint)
    stream = _Metered(_opened(archive, head), meter)
    with stream.stream, tarfile.open(fileobj=stream, mode="r|") as tar:  # type: ignore[call-overload]  # it reads, and that is all a stream is asked for
        for member in tar:
            tar.members = []  # or a million of them stay in memory
            _inside(archive, member.name)
            tarfile.data_filter(member, str(into))
            yield _tar_entry(tar, member)


def _tar_entry(tar: tarfile.TarFile, member: tarfile.TarInfo) -> _Entry:
    mtime, executable = member.mtime, bool(member.mode & 0o111)
    if member.islnk() or member.issym():
        return _Entry(member.name, target=member.linkname, hard=member.islnk())
    if member.isdir():
        return _Entry(member.name)

    def opened() -> IO[bytes]:
        data = tar.extractfile(member)
        assert data is not None  # noqa: S101  # the filter lets files through, and nothing else
        return data

    return _Entry(member.name, opened, mtime=mtime, executable=executable)


def _zip_entries(archive: Path, meter: _Meter) -> Iterator[_Entry]:
    with zipfile.ZipFile(archive) as pack:
        meter.add(sum(info.file_size for info in pack.infolist()))
        for info in pack.infolist():
            mode = info.external_attr >> 16
            mtime = time.mktime((*info.date_time, 0, 0, -1))
            if info.is_dir():
                yield _Entry(info.filename)
            elif stat.S_ISLNK(mode):
                yield _Entry(info.filename, target=os.fsdecode(pack.open(info).read(4096)))
            else:
                executable = bool(mode & 0o111)
                opened = partial(pack.open, info)
                yield _Entry(info.filename, opened, mtime=mtime, executable=executable)


def _inside(archive: Path, name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\0" in name:
        _refuse(archive, f"`{name}` leads out of it")
    return path


def _without_top(archive: Path, into: Path, taken: Taken) -> Taken:
    top, *more = [*into.iterdir(), into]
    if len(more) != 1 or top.is_symlink() or not top.is_dir() or not _akin(archive.name, top.name):
        return taken
    aside = into.with_name(into.name + ".top")
    top.rename(aside)
    into.rmdir()
    aside.rename(into)
    return replace(taken, below=top.name)


def _akin(archive: str, folder: str) -> bool:
    """Tell whether one name begins like the other: shop-1.2.tar.gz and shop, v7.zip and v7-b."""
    one, other = archive.casefold(), folder.casefold()
    return one.startswith(other) or other.startswith(one.lstrip(".").partition(".")[0])


def _refuse(archive: Path, why: str) -> NoReturn:
    hint = "if you trust it, unpack it yourself and add the folder"
    raise ProjectError(f"cannot be taken in: {why}", where=str(archive), hint=hint)
