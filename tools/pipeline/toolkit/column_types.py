"""What type the values of a column have: integer, decimal, date, time stamp, boolean or text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

EMPTY = frozenset({"", "NULL", "null", "\\N", "NA", "N/A", "n/a", "None"})
TYPES = {
    "boolean": re.compile(r"(?i:true|false|yes|no|[yntf])"),
    "integer": re.compile(r"[+-]?\d+"),
    "decimal": re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"
                          r"|[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?|[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
    "date": re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}"),
    "timestamp": re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?"
                            r"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?"),
}  # fmt: skip
# How sure a sample makes: of a hundred values that many have the column's type.
SURE = 0.98
ENOUGH = 20


def is_empty(value: str) -> bool:
    return value in EMPTY


def guess_type(values: Iterable[str]) -> str:
    """Name the narrowest type that nearly all values have; without enough of them, all."""
    filled = [value for value in map(str.strip, values) if value not in EMPTY]
    if not filled:
        return "empty"
    needed = SURE * len(filled) if len(filled) >= ENOUGH else len(filled)
    counts = Counter({
        name: sum(map(bool, map(form.fullmatch, filled))) for name, form in TYPES.items()
    })  # fmt: skip
    return next((name for name in TYPES if counts[name] >= needed), "text")


def has_type(value: str, name: str) -> bool:
    form = TYPES.get(name)
    return form is None or value in EMPTY or form.fullmatch(value.strip()) is not None
