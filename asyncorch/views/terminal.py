"""What may be written to a stream: colour and animation, decided apart and by us.

FORCE_COLOR asks for colour, never for animation: a log file full of cursor moves helps nobody.
An empty value counts as unset.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

NOT_A_SCREEN = ("", "dumb", "unknown")
NO = ("", "0", "false")
REWRAPPING = (  # variables by which terminals that wrap old rows anew can be known
    "ALACRITTY_WINDOW_ID",
    "KITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "TERM_PROGRAM",
    "TMUX",
    "VTE_VERSION",
    "WT_SESSION",
)


def wants_color(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether to write colours."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_screen(stream, environ)


def wants_live(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether to draw the live view."""
    return is_screen(stream, environ) and environ.get("CI", "").lower() in NO


def is_screen(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether a person's terminal that moves its cursor reads the stream."""
    try:
        return stream.isatty() and environ.get("TERM", "") not in NOT_A_SCREEN
    except ValueError:  # closed
        return False


def rewraps(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal is known to wrap its rows anew when it becomes narrower."""
    return any(environ.get(name) for name in REWRAPPING)
