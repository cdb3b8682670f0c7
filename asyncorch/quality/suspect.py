"""Output that makes an exit status of 0 a lie: the patterns of `fail_if`, searched for in a stream.

A pattern is searched for line by line, wherever the stream is cut. What comes with asyncorch are
sentences that a program prints when it, or one that it started, has run out of memory, of disk or
was killed, and that stand in no row and no source: an artifact may well be called
OutOfMemoryError.java.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_COLOUR = rb"(?:\x1b\[[\d;]*m)*"
# The literal is what is looked for first, by far the fastest; the pattern decides.
SHIPPED: tuple[tuple[bytes, bytes], ...] = (
    (b"OutOfMemory", rb"(?:java\.lang\.OutOfMemoryError|System\.OutOfMemoryException)(?:: |\s*$)"),
    (b"heap out of memory", rb"JavaScript heap out of memory"),
    (b"memory exhausted", rb"virtual memory exhausted"),
    (b"allocate memory", rb"(?:fork|mmap|malloc|vfork)\b.*: Cannot allocate memory\s*$"),
    (b"bad_alloc", rb"terminate called .*std::bad_alloc"),
    (b"MemoryError", rb"^[\w.]*MemoryError(?:: .*)?\s*$"),
    (b"Killed", rb"^(?:.+: line \d+: +\d+ )?Killed(?:\s*$| {3,}\S)"),
    (b"Killed signal", rb"Killed signal terminated program"),
    (b"Segmentation fault", rb"^(?:.+: line \d+: +\d+ )?Segmentation fault\b"),
    (b"No space left", rb"(?:: |\[Errno 28\] )No space left on device\b"),
    (b"BUILD FAIL", rb"^%b(?:\[%b\w+%b\] )?%bBUILD FAIL(?:ED|URE)\b" % ((_COLOUR,) * 4)),
)
# What may be true of a line that is alone, and not of the same line among others.
_ALONE = re.compile(rb"\(\?<?!|\(\?>|[*+?}]\+|\\[AZ]")
_LONGEST = 1 << 16  # of a line, what is held back; a longer one is searched in pieces
_OVERLAP = 1 << 12  # which have so much in common


class Pattern(Struct, frozen=True):
    """One thing to look for; a line without its literal cannot match."""

    regex: re.Pattern[bytes]
    literal: bytes | None = None
    by_line: bool = False  # each line has to be tried alone


def compiled(text: str) -> re.Pattern[bytes]:
    """Return a pattern of `fail_if`; raise re.error. `^` and `$` are the ends of a line."""
    return re.compile(text.encode("utf-8", "surrogateescape"), re.MULTILINE)


def patterns(fail_if: Sequence[str] | None) -> tuple[Pattern, ...]:
    """Return what a step's output is searched for: its own and the shipped; of an empty list none.

    None: the step says nothing about it.
    """
    if fail_if is not None and not fail_if:
        return ()
    shipped = [Pattern(re.compile(regex, re.MULTILINE), literal) for literal, regex in SHIPPED]
    own = [compiled(text) for text in fail_if or ()]
    return (*shipped, *(Pattern(r, by_line=bool(_ALONE.search(r.pattern))) for r in own))


class Search:
    """Feed it a stream in chunks; it remembers the first line that matches."""

    def __init__(self, looked_for: Sequence[Pattern]) -> None:
        self._patterns = looked_for
        self._pending = b""
        self.line: bytes | None = None

    def feed(self, chunk: bytes) -> bytes | None:
        """Take a chunk; return the line that matched, once there is one."""
        if self.line is None and self._patterns:
            data = self._pending + chunk if self._pending else chunk
            cut = data.rfind(b"\n") + 1
            self._pending = data[cut:]
            self._search(data[:cut])
            if len(self._pending) > _LONGEST:
                self._search(self._pending)
                self._pending = self._pending[-_OVERLAP:]
        return self.line

    def finish(self) -> bytes | None:
        """Take the end of the stream; return the line that matched, or None."""
        self._search(self._pending)
        self._pending = b""
        return self.line

    def _search(self, lines: bytes) -> None:
        """Look through whole lines; of several that match the first counts."""
        if b"\r" in lines:  # a bar of progress, or lines that end as on Windows
            lines = lines.replace(b"\r", b"\n")
        end = len(lines)
        for pattern in self._patterns if self.line is None else ():
            at = _first(pattern, lines, end)
            if at is not None:
                start, stop = _line(lines, at)
                self.line, end = lines[start:stop], start


def _first(pattern: Pattern, lines: bytes, end: int) -> int | None:
    """Return where, before `end`, the first line begins in which the pattern is found."""
    position = 0
    while position < end:
        at = _candidate(pattern, lines, position, end)
        if at < 0:
            return None
        start, stop = _line(lines, at)
        # A pattern may reach over the end of a line: the line alone decides.
        if pattern.regex.search(lines[start:stop]):
            return start
        position = stop + 1
    return None


def _candidate(pattern: Pattern, lines: bytes, position: int, end: int) -> int:
    if pattern.literal is not None:
        return lines.find(pattern.literal, position, end)
    if pattern.by_line:
        return position
    found = pattern.regex.search(lines, position, end)
    return found.start() if found else -1


def _line(lines: bytes, at: int) -> tuple[int, int]:
    """Return where the line that has the byte `at` begins and ends, its end not counted."""
    start = lines.rfind(b"\n", 0, at) + 1
    stop = lines.find(b"\n", at)
    return start, len(lines) if stop < 0 else stop
