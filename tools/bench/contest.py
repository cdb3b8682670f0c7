"""One piece of work, done by several contenders in turn: what each run took.

Each round runs every contender once, and begins with another one each time, so that whatever else
the machine does strikes all of them. A contender that is not on the machine, cannot be prepared or
fails is skipped with a word. One that is slow is not run again once it has had its time.
"""

from __future__ import annotations

import re
import shutil
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import Measured, in_background, in_terminal
from surroundings import busy, program, version

LIMIT = 400.0  # seconds for one run
_SHOWN = 300
_NOISE, _DISTURBED = 0.05, 0.2  # CPU seconds that others may take, and more, as a share of a run's
_PLAIN = re.compile(r"[^\w.-]+")  # a folder's name that needs no quotes
Say = Callable[[str], None]


class MissingError(Exception):
    """A contender cannot take part, and why."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is timed, in the folder that was prepared for it."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    terminal: bool = False  # in a pseudo-terminal, so that a live view is drawn


def nothing(_: Path) -> None:
    """Do nothing."""


def no_figures(_: Path) -> dict[str, float]:
    return {}


@dataclass(frozen=True, slots=True)
class Contender:
    """Who does the work, and how."""

    name: str
    prepare: Callable[[Path], Command]  # fills an empty folder
    needs: str = ""  # the program that must be on the machine
    before: Callable[[Path], object] = nothing  # done before each run, and not timed
    figures: Callable[[Path], Mapping[str, float]] = no_figures  # what else a run has told


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done."""

    name: str
    title: str
    contenders: Sequence[Contender]
    rounds: int
    kept: bool = False  # all runs of a contender in one folder; else each in a folder of its own
    patience: float = 30.0  # seconds that the runs of one contender may take together


def compete(work: Work, folder: Path, say: Say) -> dict[str, Any]:
    """Do the work and return its scores, ready for JSON."""
    say(f"\n{work.title}")
    match = _Match(work, folder, say)
    for number in range(work.rounds):
        start = number % len(work.contenders)
        for contender in (*work.contenders[start:], *work.contenders[:start]):
            match.run(contender)
    shutil.rmtree(folder, ignore_errors=True)
    return {"title": work.title, "contenders": match.scores()}


class _Match:
    def __init__(self, work: Work, folder: Path, say: Say) -> None:
        self._work, self._folder, self._say = work, folder, say
        self._ready: dict[str, Command] = {}
        self._runs: dict[str, list[dict[str, float]]] = {}
        self._skipped: dict[str, str] = {}

    def run(self, contender: Contender) -> None:
        """Run the contender once, unless it is out or has had its time."""
        name = contender.name
        spent = sum(run["seconds"] for run in self._runs.get(name, ()))
        if name in self._skipped or spent > self._work.patience:
            return
        try:
            if contender.needs and program(contender.needs) is None:
                raise MissingError("not on this machine")  # noqa: TRY301  # said like the others
            self._one_run(contender)
        except MissingError as reason:
            self._skipped[name] = str(reason)
            self._say(f"  {name:<28} skipped: {reason}")

    def _one_run(self, contender: Contender) -> None:
        place = self._folder / _PLAIN.sub("-", contender.name)
        command = self._ready.get(contender.name) if self._work.kept else None
        if command is None:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            command = self._ready[contender.name] = contender.prepare(place)
        contender.before(place)
        before = busy()
        run = in_terminal if command.terminal else in_background
        measured = run(command.argv, place, env=command.env, limit=LIMIT)
        others = max(0.0, busy() - before - measured.cpu)
        _check(measured)
        figures = {"seconds": measured.seconds, "cpu": measured.cpu, "peak": measured.peak}
        figures |= {"others": others, **contender.figures(place)}
        self._runs.setdefault(contender.name, []).append(
            {key: round(value, 4) for key, value in figures.items()}
        )
        self._tell(contender.name, figures)

    def _tell(self, name: str, run: Mapping[str, float]) -> None:
        self._say(
            f"  {name:<28}{run['seconds']:>9.3f} s   cpu {run['cpu']:>8.3f} s"
            f"   peak {run['peak'] / 1024:>6.1f} MiB   others' cpu {run['others']:.2f} s"
        )

    def scores(self) -> dict[str, Any]:
        return {
            contender.name: {
                "version": version(contender.needs) if contender.needs else "",
                "runs": self._runs.get(contender.name, []),
                "skipped": self._skipped.get(contender.name, ""),
            }
            for contender in self._work.contenders
        }


def _check(measured: Measured) -> None:
    if measured.seconds > LIMIT:
        raise MissingError(f"it took more than {LIMIT:.0f} s")
    if measured.status:
        words = " ".join(measured.said[-_SHOWN:].decode(errors="replace").split())
        raise MissingError(f"it ended with {measured.status}: {words}")


def prepared(argv: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> None:
    """Run what must have been run before; raise MissingError if it fails."""
    _check(in_background(argv, folder, env=env, limit=LIMIT))


def counted(scores: Mapping[str, Any], contender: str) -> list[dict[str, float]]:
    """Return a contender's runs; without those that others have disturbed, if some are left."""
    runs: list[dict[str, float]] = scores["contenders"].get(contender, {}).get("runs", [])
    calm = [run for run in runs if run["others"] <= _NOISE + _DISTURBED * run["cpu"]]
    return calm or runs


def median(scores: Mapping[str, Any], contender: str, figure: str = "seconds") -> float | None:
    """Return the median of a contender's figure; None if it has none."""
    values = [run[figure] for run in counted(scores, contender) if figure in run]
    return statistics.median(values) if values else None
