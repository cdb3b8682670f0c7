"""What is added up of a run: files and rows, and the seconds that its processes were to take."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from asyncorch.events import WorkExpected

_SURE = 2.0  # seconds: what has taken less says nothing about the pace


class Count(Struct):
    """Files that are done and rows that were seen, of a step, a phase or a run."""

    files: int = 0  # known so far
    done: int = 0
    rows: int = 0
    errors: int = 0  # rows with errors
    rejected: int = 0  # files left out because an earlier phase rejected them

    def add(self, other: Count) -> None:
        self.files += other.files
        self.done += other.done
        self.rows += other.rows
        self.errors += other.errors
        self.rejected += other.rejected

    @property
    def success(self) -> float | None:
        """Return the share of good rows as it forms, the rejected files in proportion."""
        if not self.rows:
            return None
        kept = self.files / (self.files + self.rejected) if self.rejected else 1.0
        return max(0, self.rows - self.errors) / self.rows * kept


class Outlook(Struct):
    """The seconds that the processes of a phase were to take, going by earlier runs."""

    seconds: float = 0.0  # of all processes so far
    unknown: int = 0  # processes of which nobody knows
    waiting: int = 0  # steps that still wait for others
    spent: float = 0.0  # of `seconds`: those of the processes that have ended
    took: float = 0.0  # what these really took

    def add(self, event: WorkExpected) -> None:
        self.seconds += event.seconds
        self.unknown += event.unknown
        self.waiting = event.waiting

    def end(self, expected: float, took: float) -> None:
        self.spent += expected
        self.took += took

    def left(self, slots: int, running: Iterable[tuple[float, float]]) -> float | None:
        """Return the seconds until all is done; `running` has what is expected and what has passed.

        None where too much is unknown.
        """
        if not self.seconds or self.unknown or self.waiting:
            return None
        pace = self.took / self.spent if self.took > _SURE and self.spent else 1.0
        rest = self.seconds - self.spent
        longest = 0.0
        for expected, passed in running:
            passed_by_pace = min(expected, passed / pace)
            rest -= passed_by_pace
            longest = max(longest, expected - passed_by_pace)
        return max(rest / slots, longest, 0.0) * pace
