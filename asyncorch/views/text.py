"""Words and numbers as every view writes them: cut to cells, durations, counts."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rich.cells import cell_len, set_cell_size

from asyncorch import safetext

ELLIPSIS = "…"
MINUTE = 60
HOUR = 3600
DECIMAL_BELOW = 9.95  # what would round to 10.0 is written without a decimal
MOST_MARKS = 1 + safetext.MOST_MARKS  # characters in one cell


def safe(data: bytes | str, width: int | None = None) -> str:
    """Return the data as one line safe for a terminal, no wider than `width` cells."""
    text = safetext.safe(data)
    return text if width is None else cut(text, width)


def cut(text: str, width: int) -> str:
    """Return text that is safe already in at most `width` cells, an ellipsis where it was cut."""
    if width <= 0:
        return ""
    if len(text) <= width * MOST_MARKS and cell_len(text) <= width:
        return text
    head = set_cell_size(text[: width * MOST_MARKS], width - 1)
    return head.rstrip() + ELLIPSIS


def fill(text: str, width: int) -> str:
    """Return text that is safe already in exactly `width` cells."""
    return set_cell_size(cut(text, width), max(width, 0))


def duration(seconds: float) -> str:
    """Return `0.4 s`, `12 s`, `3:07 min` or `1:02:07 h`."""
    seconds = _sane(seconds)
    if seconds < DECIMAL_BELOW:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    return f"{clock(whole)} {'min' if whole < HOUR else 'h'}"


def clock(seconds: float) -> str:
    """Return `0:07`, `3:07` or `1:02:07`: calm in a column that counts up."""
    minutes, second = divmod(int(_sane(seconds)), MINUTE)
    hours, minute = divmod(minutes, MINUTE)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def about(seconds: float) -> str:
    """Return an estimate no finer than it is true: `12 s`, `3 min`, `2 h 10 min`."""
    whole = math.ceil(_sane(seconds))
    if whole <= MINUTE:
        return f"{whole} s"
    minutes = math.ceil(whole / MINUTE)
    if whole < 2 * HOUR:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60 // 10 * 10:02} min"


def count(number: int, noun: str) -> str:
    """Return `1 file`, `1,790 files`."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.2%}"


def finite(metrics: Mapping[str, float | int | str]) -> dict[str, float | int | str]:
    """Return the metrics with what JSON has no number for (nan, inf) as words."""
    return {
        str(name): str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in metrics.items()
    }


def _sane(seconds: float) -> float:
    """Return the seconds, none where a clock was set back or a journal says nonsense."""
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0
