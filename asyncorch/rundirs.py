"""The runs of runlogs/ as they lie on the disk: their age, what they hold, how to make them small.

Everything is reached from one open folder by names of one part, and no link is ever followed:
whatever a tool has put into its log folder, nothing outside runlogs/ is read, packed or removed.
A folder that is no run (another name, or no journal) is not ours, and is left alone.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from asyncorch import packed
from asyncorch.natural import natural

# What stays of a run when its logs go: from these everything else can be made again.
SUMMARY, JOURNAL, ROWS = "summary.json", "events.jsonl", "rows.jsonl"
_PACKED_RECORDS = (JOURNAL + packed.SUFFIX, ROWS + packed.SUFFIX)
REFUSED = "refused.tsv"
RECORDS = frozenset((SUMMARY, JOURNAL, ROWS, REFUSED, *_PACKED_RECORDS))
_NAME = re.compile(r"(\d{8}-\d{6})-.+", re.DOTALL)
_NEVER_PACKED = (SUMMARY, packed.SUFFIX, ".zst", ".xz", ".zip", ".html")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class RunOnDisk(Struct, frozen=True):
    """One run's folder and what is in it."""

    name: str
    started: float  # seconds since the epoch, by its name
    logs: int  # everything but the records: how many entries,
    log_bytes: int  # and how long the files are
    record_bytes: int
    loose_bytes: int  # of log_bytes, what could be packed

    @property
    def bytes(self) -> int:
        return self.log_bytes + self.record_bytes


@contextmanager
def opened(runlogs: Path) -> Iterator[int | None]:
    """Open runlogs/; None where there is none, or a link stands in its place."""
    try:
        descriptor = os.open(runlogs, _FOLDER)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def newest_first(runlogs: Path) -> list[Path]:
    """Return the folders that hold a run's journal, packed or not; no link is one."""
    try:
        folders = [folder for folder in runlogs.iterdir() if not folder.is_symlink()]
    except OSError:
        return []
    names = (JOURNAL, _PACKED_RECORDS[0])
    runs = [folder for folder in folders if any((folder / name).is_file() for name in names)]
    return sorted(runs, key=lambda folder: natural(folder.name), reverse=True)


def listing(runlogs: int) -> list[RunOnDisk]:
    """Return the runs, the oldest first."""
    with os.scandir(runlogs) as entries:
        names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    found = (_look(runlogs, name) for name in sorted(names, key=natural))
    return sorted((run for run in found if run is not None), key=lambda run: run.started)


def pack(runlogs: int, run: str, *, records: bool) -> int:
    """Pack a run's logs, and its records if they will not grow any more; return the bytes freed."""
    freed = 0
    with _run(runlogs, run) as folder:
        for entry in _entries(folder):
            if _is_loose(entry, records=records):
                with suppress(OSError):  # gone, or a name too long for a suffix
                    freed += packed.pack(folder, entry.name)
    return freed


def remove_logs(runlogs: int, run: str) -> None:
    """Remove everything of a run but its records."""
    with _run(runlogs, run) as folder:
        for entry in _entries(folder):
            if entry.name in RECORDS:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.name, dir_fd=folder)
            else:
                os.unlink(entry.name, dir_fd=folder)


def remove(runlogs: int, run: str) -> None:
    """Remove a run's folder and all that is in it."""
    shutil.rmtree(run, dir_fd=runlogs)


def read(runlogs: int, run: str, name: str, size: int) -> bytes | None:
    """Return the last `size` bytes of a run's file; None where there is no such regular file."""
    try:
        with _run(runlogs, run) as folder:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as stream:
                found = os.fstat(stream.fileno())
                if not stat.S_ISREG(found.st_mode):
                    return None
                stream.seek(max(0, found.st_size - size))
                return stream.read(size)
    except OSError:
        return None


@contextmanager
def _run(runlogs: int, name: str) -> Iterator[int]:
    descriptor = os.open(name, _FOLDER, dir_fd=runlogs)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _look(runlogs: int, name: str) -> RunOnDisk | None:
    started = _started(name)
    if started is None:
        return None
    try:
        with _run(runlogs, name) as folder:
            entries = _entries(folder)
            if not {JOURNAL, _PACKED_RECORDS[0]} & {entry.name for entry in entries}:
                return None
            return _measured(name, started, entries)
    except OSError:
        return None


def _measured(name: str, started: float, entries: list[os.DirEntry[str]]) -> RunOnDisk:
    logs = log_bytes = record_bytes = loose_bytes = 0
    for entry in entries:
        size = entry.stat(follow_symlinks=False).st_size if _is_file(entry) else 0
        if entry.name in RECORDS:
            record_bytes += size
        else:
            logs += 1
            log_bytes += size
            loose_bytes += size if _is_loose(entry, records=False) else 0
    return RunOnDisk(name, started, logs, log_bytes, record_bytes, loose_bytes)


def _started(name: str) -> float | None:
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found[1], "%Y%m%d-%H%M%S").timestamp() if found else None  # noqa: DTZ007  # names are local time
    except (ValueError, OverflowError, OSError):
        return None


def _entries(folder: int) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _is_loose(entry: os.DirEntry[str], *, records: bool) -> bool:
    if not _is_file(entry) or entry.name.endswith(_NEVER_PACKED):
        return False
    return records or entry.name not in RECORDS
