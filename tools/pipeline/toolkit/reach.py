"""What a change of one file reaches: who imports it, who imports those, and so on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any


def reached(graph: Mapping[str, Any], start: str) -> dict[str, int]:
    """Each file that the change reaches, and over how many imports, the nearest first."""
    importers: dict[str, list[str]] = defaultdict(list)
    for edge in graph["edges"]:
        importers[edge["to"]].append(edge["from"])
    found = {start: 0}
    waiting = [start]
    for path in waiting:  # which grows as it goes
        for importer in importers[path]:
            if importer not in found:
                found[importer] = found[path] + 1
                waiting.append(importer)
    del found[start]
    return found
