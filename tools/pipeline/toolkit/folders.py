"""Divide a tree into parts that a plan can speak of: none over a twelfth, if that can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.assessing import RISKS, Judged
from toolkit.ordering import count_efforts

PARTS = 12


def parts(files: Iterable[Judged]) -> list[dict[str, Any]]:
    """Sum up the effort and risk of each part, the heaviest first."""
    return _told(divide(files))


def tops(files: Iterable[Judged]) -> list[dict[str, Any]]:
    """Sum up the same for the folders that the tree begins with, once it begins to branch."""
    groups = {"": list(files)}
    while len(groups) == 1:
        ((folder, group),) = groups.items()
        groups = dict(_below(folder, group))
        if folder in groups or not groups:
            break
    return _told(groups)


def _told(groups: Mapping[str, list[Judged]]) -> list[dict[str, Any]]:
    return [
        {
            "folder": folder or ".",
            "files": len(group),
            "code": sum(at.code for at in group),
            "test_code": sum(at.code for at in group if at.origin == "test"),
            "tested": sum(at.tested and at.origin != "test" for at in group),
            "testable": sum(at.layer is not None and at.origin != "test" for at in group),
            "places": sum(at.places for at in group if at.origin != "test"),
            "test_places": sum(at.places for at in group if at.origin == "test"),
            "efforts": count_efforts(group),
            "risks": {risk: sum(at.risk == risk for at in group) for risk in RISKS},
        }
        for folder, group in sorted(groups.items(), key=lambda at: -_weight(at[1]))
    ]


def divide(files: Iterable[Judged]) -> dict[str, list[Judged]]:
    """Divide what is heavier than its share, until nothing is or none of it can be divided."""
    groups = {"": list(files)}
    share = _weight(groups[""]) / PARTS
    whole: set[str] = set()
    while open_ := {at for at in groups.keys() - whole if _weight(groups[at]) > share}:
        folder = max(open_, key=lambda at: (_weight(groups[at]), at))
        below = _below(folder, groups.pop(folder))
        groups |= below
        whole |= {folder} & below.keys()  # the files that lie in the folder itself
    return groups


def _below(folder: str, files: list[Judged]) -> Mapping[str, list[Judged]]:
    found: dict[str, list[Judged]] = defaultdict(list)
    start = len(folder) + 1 if folder else 0
    for at in files:
        first, slash, _ = at.path[start:].partition("/")
        found[at.path[: start + len(first)] if slash else folder].append(at)
    return found


def _weight(files: Iterable[Judged]) -> int:
    return sum(at.code + 1 for at in files)
