"""The figures as text: goals beside what was measured, then every contender of every work."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from contest import counted, median
from goals import Goal, goals
from projects import OURS

BEGIN, END = (
    "<!-- made by tools/bench/peers.py: begin -->",
    "<!-- made by tools/bench/peers.py: end -->",
)
_SHORT = 90  # characters of a reason


def put(page: Path, scores: Mapping[str, Any]) -> None:
    """Put the figures between their marks on the page; at its end if it has none yet."""
    text = page.read_text() if page.exists() else "# Benchmarks\n"
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2].strip()
    figures = "\n".join((BEGIN, *_lines(scores), END))
    parts = [before.rstrip(), figures, after]
    page.write_text("\n\n".join(part for part in parts if part) + "\n")


def goal_table(found: Sequence[Goal]) -> Iterator[str]:
    yield "| work | goal | measured | reached |"
    yield "| --- | --- | --- | --- |"
    for goal in found:
        yield f"| {goal.work} | {goal.goal} | {goal.measured} | {'yes' if goal.reached else 'no'} |"


def _lines(scores: Mapping[str, Any]) -> Iterator[str]:
    yield "### Goals\n"
    yield "\n".join(f"{line}  " for line in scores["machine"].splitlines()) + "\n"
    yield from goal_table(goals(scores["works"]))
    yield "\n![median seconds of every contender](benchmarks.svg)\n"
    yield "### Every contender\n"
    for work in scores["works"].values():
        yield from _work(work)


def _work(work: Mapping[str, Any]) -> Iterator[str]:
    busy = others(work)
    note = f"; other programs took {busy:.0%} of a CPU meanwhile" if busy >= 0.05 else ""  # noqa: PLR2004  # noise
    yield f"#### {work['title']}\n"
    yield f"Made {work['made']}{note}.\n"
    yield "| contender | version | runs | median s | min-max | x asyncorch | CPU s | peak MiB |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    ours = seconds_of(work, OURS)
    known = [name for name in work["contenders"] if seconds_of(work, name)]
    for name in sorted(known, key=lambda name: statistics.median(seconds_of(work, name))):
        yield _row(work, name, statistics.median(ours) if ours else None)
    yield ""
    for name, about in work["contenders"].items():
        if about["skipped"]:
            yield f"{name} was skipped: {about['skipped'][:_SHORT]}\n"


def _row(work: Mapping[str, Any], name: str, ours: float | None) -> str:
    about, seconds = work["contenders"][name], seconds_of(work, name)
    middle = statistics.median(seconds)
    cpu, peak = median(work, name, "cpu") or 0.0, (median(work, name, "peak") or 0.0) / 1024
    ratio = f"{middle / ours:.2f}" if ours else ""
    shown = f"**{name}**" if name.startswith(OURS) else name
    spread = f"{min(seconds):.3f}-{max(seconds):.3f}"
    memory = f"{peak:.0f}" if peak else ""
    return (
        f"| {shown} | {about['version']} | {len(seconds)} | {middle:.3f} | {spread} "
        f"| {ratio} | {cpu:.3f} | {memory} |"
    )


def seconds_of(work: Mapping[str, Any], name: str) -> list[float]:
    return [run["seconds"] for run in counted(work, name)]


def others(work: Mapping[str, Any]) -> float:
    """Return how much of a CPU other programs took while the work was done."""
    runs = [run for about in work["contenders"].values() for run in about["runs"]]
    seconds = sum(run["seconds"] for run in runs)
    return sum(run["others"] for run in runs) / seconds if seconds else 0.0
