"""Natural order: `v9` before `v10`, as people count; the order of snapshots."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"([0-9]+)")


def natural(text: str) -> tuple[tuple[str | int, ...], str]:
    """Return a sort key; texts that differ never have the same one.

    The parts alternate, text first, so that a number is only ever compared with a number.
    """
    parts = _DIGITS.split(text.casefold())
    return tuple(int(part) if i % 2 else part for i, part in enumerate(parts)), text
