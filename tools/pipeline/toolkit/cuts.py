"""Which imports of a cycle to cut so that none is left: few, though not surely the fewest.

The way of Eades, Lin and Smyth: put the files in a row, what imports most before what is imported
most; the imports that then point backwards are those to cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Imports = Mapping[str, set[str]]


def cuts(files: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Choose among the edges of the cycle that these files are in."""
    group = set(files)
    inner = sorted((one, other) for one, other in edges if {one, other} <= group)
    imports: dict[str, set[str]] = {path: set() for path in group}
    importers: dict[str, set[str]] = {path: set() for path in group}
    for one, other in inner:
        imports[one].add(other)
        importers[other].add(one)
    place = {path: at for at, path in enumerate(_row(imports, importers))}
    return [(one, other) for one, other in inner if place[one] > place[other]]


def _row(imports: Imports, importers: Imports) -> list[str]:
    first, last, left = [], [], set(imports)
    while left:
        if low := sorted(path for path in left if not imports[path]):
            last += low
        elif low := sorted(path for path in left if not importers[path]):
            first += low
        else:
            low = [min(left, key=lambda at: (len(importers[at]) - len(imports[at]), at))]
            first += low
        for path in low:
            _take_out(path, imports, importers)
        left.difference_update(low)
    return [*first, *reversed(last)]


def _take_out(path: str, imports: Imports, importers: Imports) -> None:
    for other in imports[path]:
        importers[other].discard(path)
    for other in importers[path]:
        imports[other].discard(path)
