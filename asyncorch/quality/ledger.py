"""What became of every source file: rejected where, taken by the gate phase, promoted or not.

A file's identity through the run is its path below the snapshot. Whoever has a row with errors is
left out of every later fan-out; it still counts as processed when the gate phase would have taken
it. Rejections outlive the run in the phases' stamps, so that a mode which starts in the middle
leaves out the same files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from asyncorch.model import Row
from asyncorch.plan.globs import matches


class Rejection(Struct, frozen=True):
    """A source with errors: the phase and step that said so, and where it is or would have been."""

    source: str
    phase: str
    step: str
    places: tuple[str, ...]
    reason: str = ""


class Ledger(Struct):
    """The run's book of source files."""

    rejected: dict[str, Rejection] = field(default_factory=dict)
    processed: set[str] = field(default_factory=set)
    gate_ran: bool = False

    def reject(self, rejections: Iterable[Rejection]) -> None:
        for rejection in rejections:
            self.rejected.setdefault(rejection.source, rejection)

    def settle(
        self, phase: str, step: str, rows: Iterable[Row], places: Mapping[str, tuple[str, ...]]
    ) -> None:
        """Take in a step's rows; `places` says where each source is or would have been."""
        self.reject(
            Rejection(row.source, phase, step, places.get(row.source, ()), row.reason)
            for row in rows
            if row.errors
        )

    def of_phase(self, phase: str) -> list[Rejection]:
        return [r for r in self.rejected.values() if r.phase == phase]

    def would_have_come(self, globs: tuple[str, ...]) -> set[str]:
        """Return the rejected sources that a fan-out over these globs would have taken."""
        return {
            source
            for source, rejection in self.rejected.items()
            if any(matches(glob, place) for glob in globs for place in rejection.places)
        }
