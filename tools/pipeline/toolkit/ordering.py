"""An order to migrate in: waves, each of which imports only what earlier waves hold.

Files of a cycle are in one wave. A file that no analysis of imports has read is in none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.assessing import AT_REST, EFFORTS, Judged

ASIDE = re.compile(r"(?i)(?:^|/)(?:docs?|documentation|examples?|demos?|samples?|testcases)/")


def number_waves(files: Iterable[Judged]) -> None:
    """Give each file its wave: layers of which no file asks for work go with the next one."""
    files = [at for at in files if at.layer is not None]
    busy = sorted({at.layer for at in files if at.layer is not None and at.effort not in AT_REST})
    numbers = {layer: number for number, layer in enumerate(busy, start=1)}
    for at in files:
        at.wave = numbers.get(at.layer) if at.layer is not None else None


def waves(files: Iterable[Judged], cycles: Iterable[list[str]]) -> list[dict[str, Any]]:
    """Sum up each wave; `largest_cycle` is what has to be moved at once."""
    found: dict[int, list[Judged]] = {}
    for at in files:
        if at.wave is not None:
            found.setdefault(at.wave, []).append(at)
    sizes = _cycle_sizes(cycles)
    return [
        {
            "wave": number,
            "files": len(group),
            "code": sum(at.code for at in group),
            "efforts": count_efforts(group),
            "largest_cycle": max((sizes.get(at.path, 0) for at in group), default=0),
            "start_with": [at.path for at in sorted(group, key=_weight)[:3]],
        }
        for number, group in sorted(found.items())
    ]


def count_efforts(files: Iterable[Judged]) -> dict[str, int]:
    counts = Counter(at.effort for at in files)
    return {effort: counts[effort] for effort in EFFORTS}


def _cycle_sizes(cycles: Iterable[list[str]]) -> Mapping[str, int]:
    return {path: len(group) for group in cycles for path in group}


def _weight(judged: Judged) -> tuple[bool, bool, int, int, str]:
    """Let the first ones of a wave be small ones that ask for work: they teach most for least.

    Tests come after what they test, and examples and documents last.
    """
    aside = judged.origin == "test" or ASIDE.search(judged.path) is not None
    return judged.effort in AT_REST, aside, judged.places, judged.code, judged.path
