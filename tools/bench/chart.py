"""The figures as a picture: one panel of bars for each work, written as SVG by hand.

A bar ends at the median, a thin line goes from the fastest run to the slowest. In each panel the
scale is its own; a bar that would be more than a few times as long as asyncorch's is cut off.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from page import seconds_of
from projects import OURS

_WIDTH, _LEFT, _RIGHT, _ROW = 760, 230, 120, 18
_HEAD = 34  # a panel's title and what is above it
_CUT = 6.0  # times asyncorch's bar
_STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 13px }
.bar { fill: #9db2c4 } .ours { fill: #d9622b } .cut { fill: #d5dde4 }
.spread { stroke: #333; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd } .bar { fill: #5b7389 } .cut { fill: #3c4c5b } .spread { stroke: #ddd }
}"""


def svg(works: Sequence[Mapping[str, Any]]) -> str:
    """Return the picture of all works in which asyncorch has run."""
    panels, top = [], 10
    for work in works:
        bars = _bars(work)
        if bars:
            panels.append(f'<g transform="translate(0 {top})">{"".join(_panel(work, bars))}</g>')
            top += _HEAD + _ROW * len(bars) + 10
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" '
        f'height="{top}" role="img">\n<title>Median seconds of every contender</title>\n'
        f"<style>\n{_STYLE}\n</style>\n" + "\n".join(panels) + "\n</svg>\n"
    )


def _bars(work: Mapping[str, Any]) -> list[tuple[str, list[float]]]:
    timed = [(name, seconds_of(work, name)) for name in work["contenders"]]
    known = [(name, seconds) for name, seconds in timed if seconds]
    if not any(name.startswith(OURS) for name, _ in known):
        return []
    return sorted(known, key=lambda bar: statistics.median(bar[1]))


def _panel(work: Mapping[str, Any], bars: list[tuple[str, list[float]]]) -> Iterator[str]:
    yield f'<text class="title" x="10" y="20">{escape(work["title"])}</text>'
    ours = max(statistics.median(seconds) for name, seconds in bars if name.startswith(OURS))
    longest = min(ours * _CUT, max(max(seconds) for _, seconds in bars))
    scale = (_WIDTH - _LEFT - _RIGHT) / longest
    for number, (name, seconds) in enumerate(bars):
        yield from _bar(name, seconds, _HEAD + _ROW * number, scale, longest)


def _bar(
    name: str, seconds: list[float], top: float, scale: float, longest: float
) -> Iterator[str]:
    middle, cut = statistics.median(seconds), statistics.median(seconds) > longest
    kind = "ours" if name.startswith(OURS) else "cut" if cut else "bar"
    length, line = min(middle, longest) * scale, top + _ROW / 2 - 1
    yield f'<text x="{_LEFT - 8}" y="{top + 12}" text-anchor="end">{escape(name)}</text>'
    yield f'<rect class="{kind}" x="{_LEFT}" y="{top + 1}" width="{length:.1f}" height="14"/>'
    low, high = (_LEFT + min(figure, longest) * scale for figure in (min(seconds), max(seconds)))
    if not cut and high - low >= 1:
        yield f'<path class="spread" d="M{low:.1f} {line:.1f}H{high:.1f}"/>'
    label = _LEFT + 6 + (length if cut else max(length, high - _LEFT))
    yield f'<text x="{label:.1f}" y="{top + 12}">{_figure(middle)}{" …" if cut else ""}</text>'


def _figure(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
