"""A live view on an emulated terminal: what a person would see, line by line."""

from __future__ import annotations

import io
import os

import pyte
from rich.console import Console

from asyncorch.events import Stamped
from asyncorch.state import RunState
from asyncorch.views.live import LiveView
from asyncorch.views.terminal import wants_live

HISTORY = 100_000


class Window(io.StringIO):
    """The stream of a terminal whose size can change; it forgets what was read."""

    def isatty(self) -> bool:
        return True

    def take(self) -> str:
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text


class Screen:
    """A LiveView, and the emulated terminal that shows what it writes."""

    def __init__(self, width: int = 80, height: int = 24, *, rewraps: bool = False) -> None:
        self.stream = Window()
        self.console = _console(self.stream, width, height)
        self.state = RunState()
        self.view = LiveView(self.console, state=self.state, rewraps=rewraps, stopwatch=lambda: 0.0)
        self.terminal = pyte.HistoryScreen(width, height, history=HISTORY, ratio=0.1)
        self._feed = pyte.Stream(self.terminal)
        self.writes = 0

    def play(self, *told: Stamped) -> None:
        for stamped in told:
            self.state.apply(stamped)
            self.view(stamped)

    def tick(self, now: float) -> list[str]:
        self.view.tick(now)
        return self.shown()

    def stop(self) -> list[str]:
        self.view.stop()
        return self.shown()

    def shown(self) -> list[str]:
        """Return the rows of the terminal as they are now, without blanks at their ends."""
        if text := self.stream.take():
            self.writes += 1
            self._feed.feed(text.replace("\n", "\r\n"))
        return [row.rstrip() for row in self.terminal.display]

    def history(self) -> list[str]:
        """Return every row from the first one on, those that scrolled away included."""
        rows = [
            "".join(row[column].data for column in range(self.terminal.columns)).rstrip()
            for row in self.terminal.history.top
        ]
        return [*rows, *self.shown()]

    def resize(self, width: int, height: int) -> None:
        """Make the window another size; its rows are cut off, as some terminals do."""
        self.shown()
        self.terminal.resize(height, width)
        self.console.size = (width, height)

    def narrow(self, width: int, height: int) -> None:
        """Make the window narrower, and wrap its rows, as most terminals do."""
        rows = self.history()
        while rows and not rows[-1]:
            rows.pop()
        wrapped = [row[at : at + width] for row in rows for at in range(0, len(row) or 1, width)]
        self.terminal = pyte.HistoryScreen(width, height, history=HISTORY, ratio=0.1)
        self._feed = pyte.Stream(self.terminal)
        self._feed.feed("\r\n".join(wrapped))
        self.console.size = (width, height)

    @property
    def cursor_is_shown(self) -> bool:
        return not self.terminal.cursor.hidden


def _console(stream: Window, width: int, height: int) -> Console:
    assert wants_live(stream, {"TERM": "xterm"})
    assert os.linesep == "\n"
    return Console(
        file=stream,
        width=width,
        height=height,
        force_terminal=True,
        force_interactive=True,
        color_system="standard",
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={"TERM": "xterm"},
    )
