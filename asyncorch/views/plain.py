"""The view for pipes and CI: permanent lines only, and a heartbeat when nothing was said."""

from __future__ import annotations

from collections.abc import Callable

from asyncorch.events import Stamped
from asyncorch.state import RunState
from asyncorch.views.lines import Kind, Line, lines
from asyncorch.views.text import clock, count, cut, duration

HEARTBEAT = 30.0  # seconds of silence
SHOWN_RUNNING = 3
WIDEST = 200

_SGR = {
    Kind.BANNER: "1",
    Kind.DONE: "32",
    Kind.FAILED: "31",
    Kind.WARNING: "33",
    Kind.HINT: "36",
    Kind.DIM: "2",
}


class PlainSink:
    """Write one line for each thing a person wants to know; a reader that left is no failure."""

    def __init__(self, write: Callable[[str], object], *, color: bool, state: RunState) -> None:
        """Read from `state`, which has seen each event before we do."""
        self._write = write
        self._color = color
        self._state = state
        self._spoke: float | None = None  # when the last line was written
        self._deaf = False

    def __call__(self, stamped: Stamped) -> None:
        told = lines(stamped, self._state)
        if self._spoke is None or told:
            self._spoke = stamped.time
        if told:
            self._say("".join(f"{self._drawn(line)}\n" for line in told))

    def start(self) -> None:
        """Do nothing: there is no terminal to take."""

    def stop(self) -> None:
        """Do nothing: every line was written when it came."""

    def tick(self, now: float) -> None:
        """Write the heartbeat when it is due; called about once a second."""
        if self._spoke is None or now < self._spoke:  # a clock set back starts the wait anew
            self._spoke = now
        if now - self._spoke < HEARTBEAT or self._state.ended:
            return
        self._spoke = now
        self._say(f"{self._drawn(Line(Kind.DIM, heartbeat(self._state, now)))}\n")

    def _say(self, text: str) -> None:
        if self._deaf:
            return
        try:
            self._write(text)
        except (OSError, ValueError):  # the pipe is closed: the run goes on without a reader
            self._deaf = True

    def _drawn(self, line: Line) -> str:
        if not self._color or line.kind not in _SGR:
            return line.words
        colour, end = f"\x1b[{_SGR[line.kind]}m", "\x1b[0m"
        detail = f" \x1b[2m{line.detail}{end}" if line.detail else ""
        if line.kind is Kind.DONE:  # the mark says it; a page of green text says nothing
            return f"{colour}{line.text[:1]}{end}{line.text[1:]}{detail}"
        return f"{colour}{line.text}{end}{detail}"


def heartbeat(state: RunState, now: float) -> str:
    """Return `… 0:45: transform, 1,204 of 1,790 files, 2 running: sources 7, sources 8`."""
    began = now if state.began is None else state.began
    phase = state.phase
    if phase is None:
        return f"… {duration(now - began)}: between phases"
    counted = state.count(phase)
    done = f"{phase.ended:,} of {count(phase.total, 'step')}"
    if counted.files:
        done = f"{counted.done:,} of {count(counted.files, 'file')}"
    words = [phase.name, done, f"{len(state.running):,} running"]
    told = f"… {duration(now - began)}: {', '.join(words)}"
    names = [
        f"{process.step} {process.batch or ''}".strip() + f" ({clock(now - process.started)})"
        for process in list(state.running.values())[:SHOWN_RUNNING]
    ]
    if names:
        more = ", …" if len(state.running) > SHOWN_RUNNING else ""
        told = f"{told}: {', '.join(names)}{more}"
    return cut(told, WIDEST)
