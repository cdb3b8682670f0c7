"""What was to be reached, and what was: one line for each goal, from the scores alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contest import median
from projects import OURS
from works import batches, demo, memory, output, skew, startup, steps, unchanged

Scores = Mapping[str, Any]  # of each work, by its name


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the table of goals."""

    work: str
    goal: str
    measured: str
    reached: bool


def goals(scores: Scores) -> list[Goal]:
    """Return the goals of which the scores tell something, in their order."""
    return [goal for judge in _JUDGES for goal in judge(scores)]


def _steps(scores: Scores) -> Iterator[Goal]:
    for count, most in ((1_000, 2.0), (10_000, 1.6)):
        for slots in (2, 16):
            work = scores.get(steps.NAME.format(count=count, slots=slots))
            ours, floor = _medians(work, OURS, steps.FLOOR)
            if work is None or ours is None or floor is None:
                continue
            ratio, first = ours / floor, _first_of_the_others(work, steps.FLOOR)
            yield Goal(
                work["title"],
                f"at most {most:g} x the C floor, and first",
                f"{ratio:.2f} x; {first[0]} {first[1] / floor:.2f} x",
                ratio <= most and ours <= first[1] * 1.05,
            )


def _batches(scores: Scores) -> Iterator[Goal]:
    work = scores.get(batches.NAME)
    ours, single = _medians(work, OURS, "GNU make")
    by_hand = [
        (t, name) for name in map(batches.by_hand, batches.SIZES) if (t := median_of(work, name))
    ]
    if work is None or ours is None or not by_hand:
        return
    best, name = min(by_hand)
    text = f"{ours / best:.2f} x `{name}`"
    yield Goal(work["title"], "at most 1.1 x the best `xargs -n`", text, ours <= 1.1 * best)
    if single is not None:
        text = f"{single / ours:.1f} x as fast"
        yield Goal(work["title"], "10 x as fast as one process a file", text, single >= 10 * ours)


def _unchanged(scores: Scores) -> Iterator[Goal]:
    for count in (1_000, 10_000, 100_000):
        work = scores.get(unchanged.NAME.format(count=count))
        ours, bare = _medians(work, OURS, unchanged.BARE)
        if work is None or ours is None:
            continue
        names = ("doit", "go-task", "turbo", "Snakemake")
        others = {name: t for name in names if (t := median_of(work, name)) is not None}
        told = ", ".join(f"{name} {t:.2f} s" for name, t in others.items())
        ahead = all(ours < t for t in others.values())
        yield Goal(
            work["title"],
            "ahead of doit, go-task, turbo, Snakemake",
            f"{ours:.2f} s; {told}",
            ahead,
        )
        if count == 10_000 and bare is not None:  # noqa: PLR2004  # the goal is for that size
            text, over = "at most 0.3 s over a bare interpreter", ours - bare
            yield Goal(work["title"], text, f"{over:.2f} s", over <= 0.3)  # noqa: PLR2004  # the goal


def _changed(scores: Scores) -> Iterator[Goal]:
    work = scores.get(unchanged.CHANGED)
    ours, still = _medians(work, OURS, unchanged.STILL)
    alone = median_of(work, unchanged.ALONE)
    if work is not None and ours is not None and still is not None and alone is not None:
        ratio = (ours - alone) / still
        text = "at most 1.5 x nothing changed, plus the work itself"
        measured = f"{ratio:.2f} x and {alone:.2f} s"
        yield Goal(work["title"], text, measured, ratio <= 1.5)  # noqa: PLR2004  # the goal


def _skew(scores: Scores) -> Iterator[Goal]:
    work = scores.get(skew.NAME)
    ours, make = _medians(work, OURS, "GNU make")
    if work is not None and ours is not None:
        bound = skew.bound()
        other = f"; GNU make {make / bound:.2f} x" if make else ""
        text = f"{ours / bound:.2f} x{other}"
        yield Goal(
            work["title"], "at most 1.03 x max(longest, sum / 8)", text, ours <= 1.03 * bound
        )


def _output(scores: Scores) -> Iterator[Goal]:
    work = scores.get(output.NAME)
    ours, floor = _medians(work, OURS, output.REDIRECT)
    step, peak = median_of(work, OURS, "step"), median_of(work, OURS, "peak")
    if work is None or ours is None or floor is None or step is None or peak is None:
        return
    text = f"{ours / floor:.2f} x with all, the step itself {step / floor:.2f} x"
    yield Goal(work["title"], "at most 1.1 x a shell's redirect", text, ours <= 1.1 * floor)
    yield _peak(work, peak, 60)


def _startup(scores: Scores) -> Iterator[Goal]:
    work = scores.get(startup.NAME)
    bare = median_of(work, startup.BARE)
    for name in startup.OURS:
        ours = median_of(work, name)
        if ours is not None and bare is not None:
            over = 1000 * (ours - bare)
            text = "at most 60 ms over a bare interpreter"
            yield Goal(f"`{name}`", text, f"{over:.0f} ms", over <= 60)  # noqa: PLR2004  # the goal


def _memory(scores: Scores) -> Iterator[Goal]:
    work = scores.get(memory.NAME)
    for name in (memory.TABLES, memory.FANNED):
        peak = median_of(work, name, "peak")
        if work is not None and peak is not None:
            yield _peak({"title": f"{work['title']} ({name.partition(', ')[2]})"}, peak, 80)


def _demo(scores: Scores) -> Iterator[Goal]:
    work = scores.get(demo.NAME)
    ours = median_of(work, OURS)
    script = median_of(work, demo.SCRIPT, "estimated")
    if work is None or ours is None or script is None:
        return
    run = work["contenders"][demo.SCRIPT]["runs"][-1]
    done, whole = run["processes"], run["processes of the whole"]
    sample = "" if done == whole else f" (from {done:,.0f} of its {whole:,.0f} processes)"
    text = f"{script / ours:.0f} x: {ours:.0f} s against {script:,.0f} s{sample}"
    yield Goal(work["title"], "8 x as fast as a shell script", text, script >= 8 * ours)


_JUDGES: tuple[Callable[[Scores], Iterator[Goal]], ...] = (
    _steps,
    _batches,
    _unchanged,
    _changed,
    _skew,
    _output,
    _startup,
    _memory,
    _demo,
)


def median_of(work: Mapping[str, Any] | None, name: str, figure: str = "seconds") -> float | None:
    return median(work, name, figure) if work is not None else None


def _medians(work: Mapping[str, Any] | None, *names: str) -> tuple[float | None, ...]:
    return tuple(median_of(work, name) for name in names)


def _first_of_the_others(work: Mapping[str, Any], *apart: str) -> tuple[str, float]:
    times = {name: median(work, name) for name in work["contenders"] if name not in (OURS, *apart)}
    known = {name: seconds for name, seconds in times.items() if seconds is not None}
    return min(known.items(), key=lambda item: item[1], default=("nobody else", float("inf")))


def _peak(work: Mapping[str, Any], peak: float, most: int) -> Goal:
    mib = peak / 1024
    return Goal(work["title"], f"at most {most} MiB of memory", f"{mib:.0f} MiB", mib <= most)
