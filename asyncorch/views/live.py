"""The live view: permanent lines scroll up, one frame of what runs stays below them.

It draws when `tick` is called and something changed, in the caller's own thread: no refresh
thread reads the state while it changes. Lines that came between two ticks are printed in one
go, so two thousand steps that end at once are one write. Whatever happens, `stop` leaves a
visible cursor and nothing of the frame.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TextIO

from rich.console import Console
from rich.control import Control
from rich.live import Live
from rich.segment import ControlType
from rich.text import Text

from asyncorch.events import Stamped
from asyncorch.state import RunState
from asyncorch.views.frame import render
from asyncorch.views.lines import RULE, Kind, Line, lines
from asyncorch.views.terminal import wants_color, wants_live
from asyncorch.views.text import safe

SECOND = 1.0  # elapsed times move on, even when nothing happened
IDLE = 9  # for each second of drawing so many of not drawing: a slow terminal gets fewer frames

STYLES = {
    Kind.PLAIN: "",
    Kind.BANNER: "bold",
    Kind.DONE: "green",
    Kind.FAILED: "red",
    Kind.WARNING: "yellow",
    Kind.HINT: "cyan",
    Kind.DIM: "dim",
}


def make_console(stream: TextIO, environ: Mapping[str, str]) -> Console:
    """Return a console for the stream; its colours and animation are our own decision."""
    color, live = wants_color(stream, environ), wants_live(stream, environ)
    # COLUMNS and LINES would fix the size, and a window that is resized must be followed.
    rest = {name: value for name, value in environ.items() if name not in ("COLUMNS", "LINES")}
    return Console(
        file=stream,
        force_terminal=live or color,
        force_interactive=live,
        color_system="standard" if color else None,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ=rest,
    )


class LiveView:
    """A sink that draws the run on a terminal; all calls come from one thread."""

    def __init__(
        self,
        console: Console,
        *,
        state: RunState,
        rewraps: bool = False,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Read from `state`, which has seen each event before we do."""
        self._console = console
        self._rewraps = rewraps
        self._stopwatch = stopwatch
        self._state = state
        self._live: Live | None = None
        self._above: list[Line] = []
        self._partial = ""  # what print() wrote without an end of line
        self._closed = False
        self._changed = False
        self._drawn = 0.0  # when the last frame was
        self._rest = 0.0  # how long to leave the terminal alone after it
        self._size = self._seen = (0, 0)
        self._frame = Text()

    def __call__(self, stamped: Stamped) -> None:
        if not self._closed:
            self._above += lines(stamped, self._state)
        self._changed = True

    def __rich__(self) -> Text:
        """Return the frame as it is now: Live asks again whenever lines are printed above it."""
        return self._frame

    def start(self) -> None:
        """Take the terminal, also after a stop: hide the cursor and draw from the next tick on."""
        if self._live is not None:
            return
        self._closed = False
        self._live = Live(
            self,
            console=self._console,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            transient=True,
        )
        self._size = self._seen = self._console.size
        atexit.register(self.stop)
        self._live.start()

    def stop(self) -> None:
        """Print what is left, take the frame away and give the cursor back; twice does nothing."""
        if self._live is None:
            return
        atexit.unregister(self.stop)
        live, self._live, self._closed = self._live, None, True
        if self._partial:
            self._above.append(Line(Kind.PLAIN, safe(self._partial)))
            self._partial = ""
        with suppress(OSError, ValueError):  # a terminal that is gone needs no cursor
            try:
                self._follow_size()
                self._frame = Text()
                self._print_above()
            finally:
                live.stop()

    def print_above(self, text: str) -> None:
        """Let what code printed stand above the frame, whole lines at a time."""
        *whole, self._partial = (self._partial + text).split("\n")
        if not self._closed:
            self._above += [Line(Kind.PLAIN, safe(line)) for line in whole]

    def tick(self, now: float) -> None:
        """Draw, if there is something new to see; called some eight times a second."""
        if self._live is None or not self._is_due(now):
            return
        began = self._stopwatch()
        try:
            self._draw(self._live, now)
        except (OSError, ValueError):  # the terminal is gone: the run goes on unseen
            self._live, self._closed = None, True
        self._changed, self._drawn = False, now
        self._rest = IDLE * (self._stopwatch() - began)

    def _draw(self, live: Live, now: float) -> None:
        self._follow_size()
        self._frame = render(self._state, now, *self._size)
        if not self._print_above():
            live.refresh()

    def _is_due(self, now: float) -> bool:
        since = now - self._drawn
        if not self._is_settled() or 0 <= since < self._rest:  # negative: a clock set back
            return False
        news = self._changed or self._above or self._seen != self._size
        return bool(news) or not 0 <= since < SECOND

    def _is_settled(self) -> bool:
        """Tell whether the window has stopped changing: while it is dragged, nothing is drawn."""
        before, self._seen = self._seen, self._console.size
        return before == self._seen

    def _print_above(self) -> bool:
        """Print the lines that wait in one write, and the frame below them."""
        if not self._above:
            return False
        told, self._above = self._above, []
        width = self._size[0]
        text = Text("\n").join(_styled(line, width) for line in told)
        self._console.print(text, soft_wrap=True, markup=False, highlight=False, emoji=False)
        return True

    def _follow_size(self) -> None:
        """Erase what a narrower window made of the last frame, where it is known to do so.

        There the rows that no longer fit were wrapped, and the frame has become taller than
        what Live is going to erase. Elsewhere that would erase lines that are to stay.
        """
        width, _ = size = self._console.size
        before, self._size = self._size[0], size
        if width >= before or not self._rewraps:
            return
        rows = [line.cell_len for line in self._frame.split("\n")]
        extra = sum(max(0, -(-cells // width) - 1) for cells in rows)
        up = ((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2))
        self._console.control(Control(ControlType.CARRIAGE_RETURN, *(up * extra)))


def _styled(line: Line, width: int) -> Text:
    style = STYLES[line.kind]
    if line.text == RULE:
        return Text(line.text[:width], style=style)
    if line.kind is Kind.DONE:  # the mark says it; a page of green text says nothing
        text = Text.assemble((line.text[:1], style), line.text[1:])
    else:
        text = Text(line.text, style=style)
    if line.detail:
        text = Text.assemble(text, (f" {line.detail}", "dim"))
    return text
