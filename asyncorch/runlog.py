"""runlogs/<run>/: the run's folder, and the logs that its processes write themselves.

A log belongs to the process: it has the descriptor as standard output and standard error, so the
bytes are exact and nothing is lost with us. We write a header before it starts and a footer after
it ended, and read behind it. Reading never holds more than one chunk.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
from msgspec import Struct

CHUNK = 1 << 20
_SHOWN_COMMAND = 8192
_LONGEST_PART = 120  # bytes: the file system takes 255 for the whole name
_CLOSE = b"# ----\n"


class RunFolder(Struct, frozen=True):
    """One run's folder; `name` is the run's id."""

    path: Path
    name: str

    @property
    def mark(self) -> str:
        """Return what no other run on this machine is called: projects may share all else."""
        return _real(self.path)

    def log_name(self, step_id: str, started: float, *, batch: int, attempt: int) -> str:
        stamp = _stamp(int(started))
        batch_part = f"_b{batch:03d}" if batch else ""
        attempt_part = f"_a{attempt}" if attempt > 1 else ""
        return f"{file_name(step_id)}_{stamp}{batch_part}{attempt_part}.log"


@cache
def _real(path: Path) -> str:
    return os.path.realpath(path)


@lru_cache(maxsize=8)  # thousands of logs begin in one second
def _stamp(second: int) -> str:
    return datetime.fromtimestamp(second).astimezone().strftime("%Y%m%d-%H%M%S")


def create(runlogs: Path, app: str, now: float) -> RunFolder:
    """Make the folder of a new run, even in the second of another, and point `latest` at it."""
    runlogs.mkdir(parents=True, exist_ok=True)
    first = f"{_stamp(int(now))}-{file_name(app)}"
    name, count = first, 1
    while True:
        with suppress(FileExistsError):
            (runlogs / name).mkdir()
            break
        count += 1
        name = f"{first}-{count}"
    _point_latest(runlogs, name)
    return RunFolder(runlogs / name, name)


def file_name(text: str) -> str:
    """Return text as part of a file name: no separators, no control characters, not too long."""
    kept = "".join(c if c.isalnum() or c in "-_.+" else "-" for c in text).strip(".-")
    return kept.encode()[:_LONGEST_PART].decode(errors="ignore").strip(".-") or "run"


def _point_latest(runlogs: Path, name: str) -> None:
    link = runlogs / f".latest.{os.getpid()}"
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        link.replace(runlogs / "latest")
    except OSError:  # a file system without links, or a folder of that name: a convenience
        with suppress(OSError):
            link.unlink()


@asynccontextmanager
async def _opened(descriptor: int, path: Path) -> AsyncIterator[Any]:
    """Open an open file once more, to be read: by aiofiles, which knows asyncio only, or anyio."""
    place = f"/proc/self/fd/{descriptor}"  # its process may have deleted it
    name = place if os.path.exists(place) else path  # noqa: ASYNC240, PTH110  # in no slow folder
    if "asyncio" in anyio.lowlevel.current_token().backend_class.__module__:
        import aiofiles  # noqa: PLC0415  # few logs are that long

        async with aiofiles.open(name, "rb") as stream:
            yield stream
    else:
        async with await anyio.open_file(name, "rb") as other:
            yield other


class Log:
    """One attempt's log: opened for appending, its descriptor handed to the process."""

    def __init__(self, path: Path, mode: int = 0o666) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self.fd = os.open(path, flags, mode)
        self.start = 0  # where the process's own output begins
        self.end: int | None = None  # and where it ends, once the footer is written
        self.hole = (0, 0)  # what was dropped of it

    def header(self, argv: tuple[str, ...], folder: str, started: float) -> None:
        by_shell = argv[:2] == ("/bin/sh", "-c")
        command = argv[2] if by_shell else shlex.join(argv)
        command = "\n#   ".join(command.splitlines())
        if len(command) > _SHOWN_COMMAND:
            command = f"{command[:_SHOWN_COMMAND]} … ({len(command):,} characters)"
        when = datetime.fromtimestamp(started).astimezone().isoformat(timespec="milliseconds")
        plain = re.sub(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", folder)
        text = f"# command: {command}\n# folder:  {plain}\n# start:   {when}\n"
        self._write(text.encode("utf-8", "surrogateescape") + _CLOSE)
        self.start = self.size()

    def footer(self, words: str, seconds: float) -> None:
        """Close the log's text with how the process ended."""
        self.end = self.size()
        last = os.pread(self.fd, 1, self.end - 1) if self.end > self.start else b"\n"
        lead = b"" if last == b"\n" else b"\n"
        text = f"# {words}\n# duration: {seconds:.3f} s\n"
        self._write(lead + _CLOSE + text.encode())

    def size(self) -> int:
        return os.fstat(self.fd).st_size

    def close(self) -> None:
        os.close(self.fd)

    def read(self, offset: int, size: int = CHUNK) -> bytes:
        """Return what stands at `offset`, one chunk at most; of the process's output only."""
        if self.end is not None:
            size = min(size, self.end - offset)
        return os.pread(self.fd, size, offset) if size > 0 else b""

    async def chunks(self, offset: int) -> AsyncIterator[bytes]:
        """Yield the rest of the output from `offset`, without holding up the event loop."""
        stop = self.end if self.end is not None else self.size()
        if stop - offset <= CHUNK:  # the common case costs no thread
            if stop > offset:
                yield os.pread(self.fd, stop - offset, offset)
            return
        async with _opened(self.fd, self.path) as stream:
            while offset < stop:
                begin, end = self.hole
                if begin <= offset < end:
                    offset = end
                upto = min(begin, stop) if offset < begin else stop
                await stream.seek(offset)
                chunk = await stream.read(min(CHUNK, upto - offset))
                if not chunk:
                    return
                offset += len(chunk)
                yield chunk

    def tail(self, lines: int = 12, size: int = 8192) -> list[bytes]:
        """Return the last lines of the output."""
        stop = self.end if self.end is not None else self.size()
        start = max(self.start, stop - size)
        data = os.pread(self.fd, stop - start, start)
        return data.splitlines()[-lines:]

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.fd, view) :]
