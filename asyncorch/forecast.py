"""How long work will take, from how long it took: seconds a step, and seconds a file.

A batch tells only its whole time: that is divided over its files by what was expected of each, or
by size as long as nothing is remembered. What a file took before and what it took now are averaged,
so that one slow run does not turn the order upside down. A file that was never seen is expected to
take what the step's files take for their size.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from asyncorch.freshstore import Store

_WHOLES = ""  # the steps that do not fan out are remembered as if they were files of this step
_RATE = "/"  # no file's name: the seconds that a unit of size takes
_SHARE = 4096  # a file's cost beside its bytes: opening, parsing, writing
_MANY = 5000  # notes: with more than that, they are written down


class Expected(NamedTuple):
    """What files will take, by the names that processes get: in seconds if `known`, else units."""

    work: Mapping[str, float]
    known: bool


class Forecast:
    """Remembers in the store; what it learns is written in bulk."""

    def __init__(self, store: Store, root: Path) -> None:
        self._store, self._root = store, str(root)
        self._wholes: dict[str, float] | None = None
        self._files: dict[str, dict[str, float]] = {}
        self._work: dict[str, Mapping[str, float]] = {}
        self._sizes: dict[str, Mapping[str, float]] = {}
        self._notes: list[tuple[str, str, float]] = []

    def whole(self, step: str) -> float | None:
        """Return the seconds that a step without a fan-out is expected to take."""
        if self._wholes is None:
            self._wholes = self._store.seconds(_WHOLES)
        return self._wholes.get(step)

    def of_files(self, step: str, files: Mapping[str, str]) -> Expected:
        """Return what files (by name: their identity) are expected to take."""
        known = self._store.seconds(step, [*files.values(), _RATE]) if files else {}
        self._files[step] = known
        units = self._sizes[step] = {file: self._units(file) for file in files}
        rate = known.get(_RATE)
        if rate is None:
            work = units
        else:
            work = {file: known.get(name, units[file] * rate) for file, name in files.items()}
        self._work[step] = work
        return Expected(work, known=rate is not None)

    def learn(self, step: str, seconds: float) -> None:
        """Take note of what a step without a fan-out took."""
        self._note(_WHOLES, step, _mean(self.whole(step), seconds))

    def learn_files(self, step: str, files: Mapping[str, str], seconds: float) -> None:
        """Divide what a process took over its files, by what was expected of each."""
        known, expected, sizes = self._files[step], self._work[step], self._sizes[step]
        total = sum(expected[file] for file in files) or 1.0
        units = sum(sizes[file] for file in files) or 1.0
        for file, name in files.items():
            known[name] = _mean(known.get(name), seconds * expected[file] / total)
            self._note(step, name, known[name])
        known[_RATE] = _mean(known.get(_RATE), seconds / units)
        self._note(step, _RATE, known[_RATE])

    def close(self) -> None:
        """Write down what was learned."""
        notes, self._notes = self._notes, []
        self._store.note(notes)

    def _note(self, step: str, name: str, seconds: float) -> None:
        self._notes.append((step, name, seconds))
        if len(self._notes) > _MANY:
            self.close()

    def _units(self, file: str) -> float:
        try:
            return _SHARE + os.stat(f"{self._root}/{file}").st_size  # noqa: PTH116  # thousands
        except OSError:
            return _SHARE


def _mean(before: float | None, now: float) -> float:
    return now if before is None else (before + now) / 2
