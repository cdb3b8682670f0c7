"""The program in a real pseudo-terminal, and what a terminal emulator makes of its output."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pexpect
import pyte

from tests.e2e.projects import CLEAN

_HISTORY = 20_000
_DEADLINE = 60.0
# All that may ever reach a terminal: colours, one line up, erase it, hide and show the cursor.
_HARMLESS = re.compile(rb"\x1b\[(?:[\d;]*m|1?A|2K|\?25[lh])")
_MOVES = re.compile(rb"\x1b\[(?:\d*[A-HJKSTf]|\?25[lh])")


@dataclass
class Terminal:
    """A pseudo-terminal with a program in it; `check` is called after every piece of output."""

    child: pexpect.spawn[bytes]
    screen: pyte.HistoryScreen
    check: Callable[[Terminal], None]
    raw: bytearray = field(default_factory=bytearray)
    pieces: int = 0

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self.screen)

    def read_on(self) -> bool:
        """Take in what comes next; return whether there may be more."""
        try:
            piece = self.child.read_nonblocking(size=65536, timeout=_DEADLINE)
        except pexpect.EOF:
            return False
        self.raw += piece
        self._stream.feed(piece)
        self.pieces += 1
        self.check(self)
        return True

    def until(self, condition: Callable[[Terminal], object], complaint: str) -> None:
        while not condition(self):
            assert self.read_on(), complaint

    def until_shown(self, words: str) -> None:
        self.until(lambda now: words in "\n".join(now.shown), f"`{words}` is not shown")

    def finish(self) -> int:
        """Read to the end and return the exit status as a shell would see it."""
        while self.read_on():
            pass
        self.child.close()
        status, number = self.child.exitstatus, self.child.signalstatus
        return 128 + number if number else int(status or 0)

    def resize(self, rows: int, columns: int) -> None:
        self.child.setwinsize(rows, columns)
        # Terminals keep what a lower window has no room for; pyte would drop it from the top.
        for y in range(self.screen.lines - rows):
            self.screen.history.top.append(self.screen.buffer[y])
        self.screen.resize(rows, columns)

    @property
    def shown(self) -> list[str]:
        """Return what is on the screen now."""
        return [line.rstrip() for line in self.screen.display]

    @property
    def transcript(self) -> list[str]:
        """Return all that scrolled off the screen, and what is on it."""
        width = self.screen.columns
        above = [
            "".join(line[column].data for column in range(width)).rstrip()
            for line in self.screen.history.top
        ]
        return [*above, *self.shown]

    @property
    def cursor_is_shown(self) -> bool:
        return not self.screen.cursor.hidden


def _unchecked(_terminal: Terminal) -> None:
    return


@contextmanager
def terminal(
    argv: Sequence[str],
    *,
    cwd: Path,
    rows: int = 24,
    columns: int = 80,
    env: Mapping[str, str] | None = None,
    check: Callable[[Terminal], None] = _unchecked,
) -> Iterator[Terminal]:
    """Start the program in a pseudo-terminal of this size; in the end it is ended."""
    child: pexpect.spawn[bytes] = pexpect.spawn(
        argv[0],
        list(argv[1:]),
        cwd=str(cwd),
        env={**CLEAN, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})},
        dimensions=(rows, columns),
        timeout=_DEADLINE,
    )
    child.delayafterclose = child.delayafterterminate = 0.02
    screen = pyte.HistoryScreen(columns, rows, history=_HISTORY, ratio=0.01)
    try:
        yield Terminal(child, screen, check)
    finally:
        child.close(force=True)


def harmful(raw: bytes) -> bytes:
    """Return what would do something to a terminal that the live view has no need of."""
    rest = _HARMLESS.sub(b"", raw)
    return bytes(byte for byte in rest if (byte < 0x20 and byte not in b"\r\n") or byte == 0x7F)


def moves_the_cursor(raw: bytes) -> bool:
    return _MOVES.search(raw) is not None
