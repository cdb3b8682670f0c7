"""A step's rows, put together: of an artifact the last row counts, and it has one source.

Where two sources claim one artifact, each gets an error row that names the other, so that nothing
is lost in silence and the gate promotes neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asyncorch.model import Row
from asyncorch.quality.rows import is_inside


class RowBook:
    """Collects the rows of one step; memory grows with its artifacts."""

    def __init__(self, order: Sequence[str] = ()) -> None:
        self._order = {source: place for place, source in enumerate(order)}
        self._rows: dict[str, Row] = {}
        self._claims: dict[str, dict[str, int]] = {}  # only artifacts of several sources
        self.complaints: list[str] = []
        self.collisions: list[Row] = []  # rows that became errors when the step was settled

    def complain(self, text: str) -> None:
        """Say what is wrong with the rows; the same sort of thing is said once."""
        if text[:4] not in {known[:4] for known in self.complaints}:
            self.complaints.append(text)

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            checked = self._checked(row)
            first = self._rows.setdefault(row.artifact, checked)
            if first.source == row.source:
                self._rows[row.artifact] = checked
            claims = self._claims.get(row.artifact)
            if claims is not None:
                claims[row.source] = checked.errors
            elif first.source != row.source:
                self._claims[row.artifact] = {
                    first.source: first.errors,
                    row.source: checked.errors,
                }

    def settled(self) -> list[Row]:
        """Return all rows in plan order, those that collide as errors."""
        rows = [row for name, row in self._rows.items() if name not in self._claims]
        for artifact, claims in self._claims.items():
            others = ", ".join(f"`{source}`" for source in sorted(claims))
            self.complaints.append(f"`{artifact}` is claimed by {others}: none is promoted")
            why = f"claimed by {others}"
            self.collisions += [Row(artifact, max(1, n), s, why) for s, n in claims.items()]
        rows += self.collisions
        last = len(self._order)
        rows.sort(key=lambda row: (self._order.get(row.source, last), row.source, row.artifact))
        return rows

    def _checked(self, row: Row) -> Row:
        if is_inside(row.artifact):
            return row
        self.complaints.append(f"`{row.artifact}` leads out of the tree: an error")
        return row._replace(errors=max(1, row.errors))

    def __len__(self) -> int:
        return len(self._rows)
