"""A log that outgrows `max_log`: its head and its tail stay, what lies between them is dropped.

The log stays its process's own, which writes on and knows of nothing: a hole is punched into the
file behind it, so that the disk gets its room back. When the process has ended the tail moves up to
the head, with a line between them that says how much is gone.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from asyncorch.runlog import CHUNK, Log
from asyncorch.sizes import binary

_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_AT_ONCE = 1 << 20  # bytes: less is not worth a hole
_LINE = 1 << 16  # bytes: how far the end of a line is looked for


class Cut:
    """One log's limit; without `most` it has none."""

    def __init__(self, log: Log, most: int | None) -> None:
        self._log, self._most = log, most
        self._head = -1  # where the head ends, once that is known

    def shorten(self, read: int) -> str | None:
        """Drop what is neither head nor tail and has been `read`; return why that cannot be."""
        most, size = self._most, self._log.size()
        if most is None or size - self._log.start <= most:
            return None
        begin = max(self._find_head(most), self._log.hole[1])
        end = min(size - most // 2, read)
        if end - begin < _AT_ONCE:
            return None
        problem = _punch(self._log.fd, begin, end)
        if problem is not None:
            return f"its log outgrew `max_log` ({binary(most)}), and no part can go: {problem}"
        self._log.hole = (self._head, end)
        return None

    @property
    def is_due(self) -> bool:
        """Say whether what has been written is too long."""
        log = self._log
        return self._most is not None and log.end is not None and log.end - log.start > self._most

    def close(self) -> int:
        """Bring head and tail together, once all is written; return how many bytes are gone."""
        log, most = self._log, self._most
        if most is None or log.end is None or not self.is_due:
            return 0
        head = self._find_head(most)
        tail = max(self._line_after(log.end - most // 2), log.hole[1])
        gone = tail - head
        lead = b"" if head == log.start or os.pread(log.fd, 1, head - 1) == b"\n" else b"\n"
        note = f"# ---- {binary(gone)} dropped here: the log outgrew `max_log` ({binary(most)})\n"
        text = lead + note.encode()
        if gone > len(text):
            log.hole = (head, tail)
            with suppress(OSError):  # no room for the copy: the hole stays
                _move_up(log, head, tail, text)
                log.hole = (0, 0)
                log.end -= gone - len(text)
        return max(0, gone)

    def _find_head(self, most: int) -> int:
        """Return where the head ends: behind a whole line, or some secret might be cut in two."""
        if self._head < 0:
            end = self._log.start + most // 2
            begin = max(self._log.start, end - _LINE)
            line = os.pread(self._log.fd, end - begin, begin).rfind(b"\n")
            self._head = begin + line + 1 if line >= 0 else end
        return self._head

    def _line_after(self, place: int) -> int:
        line = os.pread(self._log.fd, _LINE, place).find(b"\n")
        return place + line + 1 if line >= 0 else place


def _move_up(log: Log, head: int, tail: int, text: bytes) -> None:
    """Write the text and then the tail where the hole begins, and cut the file behind them."""
    place = f"/proc/self/fd/{log.fd}"  # its process may have deleted or renamed it
    descriptor = os.open(place if Path(place).exists() else log.path, os.O_RDWR | os.O_CLOEXEC)
    try:
        at = head
        _write_at(descriptor, text, at)
        at += len(text)
        while chunk := os.pread(descriptor, CHUNK, tail):
            _write_at(descriptor, chunk, at)
            at, tail = at + len(chunk), tail + len(chunk)
        os.ftruncate(descriptor, at)
    finally:
        os.close(descriptor)


def _write_at(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def _punch(descriptor: int, begin: int, end: int) -> str | None:
    """Give back what a file takes from `begin` to `end`; return why that cannot be, or None."""
    import ctypes  # noqa: PLC0415  # eight milliseconds that hardly any run needs

    libc = ctypes.CDLL(None, use_errno=True)
    fallocate = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if fallocate is None:
        return os.strerror(errno.EOPNOTSUPP)
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    if fallocate(descriptor, _KEEP_SIZE | _PUNCH_HOLE, begin, end - begin):
        return os.strerror(ctypes.get_errno())
    return None
