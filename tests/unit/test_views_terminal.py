"""Colour and animation are two decisions, and both are ours."""

from __future__ import annotations

import io

import pytest

from asyncorch.views.live import make_console
from asyncorch.views.terminal import rewraps, wants_color, wants_live


class Stream(io.StringIO):
    """A stream that says whether it is a terminal."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("tty", "environ", "color", "live"),
    [
        (True, {"TERM": "xterm-256color"}, True, True),
        (True, {"TERM": "dumb"}, False, False),
        (True, {}, False, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False, True),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, True, True),
        (True, {"TERM": "xterm", "CI": "true"}, True, False),
        (True, {"TERM": "xterm", "CI": "false"}, True, True),
        (False, {"TERM": "xterm"}, False, False),
        (False, {"TERM": "xterm", "FORCE_COLOR": "1"}, True, False),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (True, {"TERM": "dumb", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_and_animation(
    *, tty: bool, environ: dict[str, str], color: bool, live: bool
) -> None:
    stream = Stream(tty=tty)
    assert wants_color(stream, environ) is color
    assert wants_live(stream, environ) is live


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert not wants_live(stream, {"TERM": "xterm"})


def test_the_console_takes_nothing_for_markup_and_follows_the_window() -> None:
    stream = Stream(tty=True)
    console = make_console(stream, {"TERM": "xterm", "COLUMNS": "33", "LINES": "7"})
    console.print("[bold]:smile: 42 [/bold]")

    assert stream.getvalue() == "[bold]:smile: 42 [/bold]\n"
    assert console.size != (33, 7)


def test_without_colour_the_console_writes_no_style_at_all() -> None:
    stream = Stream(tty=True)
    make_console(stream, {"TERM": "xterm", "NO_COLOR": "1"}).print("x", style="bold red")
    assert stream.getvalue() == "x\n"


def test_terminals_that_wrap_old_rows_anew_are_known_by_their_variables() -> None:
    assert rewraps({"VTE_VERSION": "7600"})
    assert rewraps({"TERM_PROGRAM": "vscode"})
    assert not rewraps({"TERM": "xterm", "XTERM_VERSION": "XTerm(388)", "TMUX": ""})
