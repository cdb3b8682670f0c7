"""What rules find in source files: each match a place, each rule with its counts.

A rule's `fix` says what becomes of its matches: `safe` (the transform changes them), `unsafe`
(there is a change, which nobody makes unasked) or `none` (it only reports).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """What looks for something; `category` where it stands for a question of its own."""

    id: str
    engine: str
    language: str
    message: str
    fix: str = "none"
    severity: str = "warning"
    category: str = ""
    url: str = ""


class Match(NamedTuple):
    """A place where a rule found what it looks for; line and column count from 1."""

    rule: Rule
    path: str
    line: int
    column: int


def describe(matches: Iterable[Match]) -> dict[str, Any]:
    """Give the rules, the most frequent first, with their places; and the counts of each file."""
    rules: dict[tuple[str, str], Rule] = {}
    places: dict[tuple[str, str], dict[str, list[list[int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    files: dict[str, dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("safe", "unsafe", "none"), 0)
    )
    for rule, path, line, column in sorted(matches, key=lambda at: at[1:]):
        key = (rule.language, rule.id)
        known = rules.setdefault(key, rule)
        if known.fix != rule.fix:  # what can be changed safely in one place only
            key = (rule.language, f"{rule.id} ({rule.fix})")
            rules.setdefault(key, rule._replace(id=key[1]))
        places[key][path].append([line, column])
        files[path][rule.fix] += 1
    told = [
        rules[key]._asdict()
        | {"count": sum(map(len, found.values())), "files": len(found), "places": found}
        for key, found in places.items()
    ]
    told.sort(key=lambda at: (-at["count"], at["id"]))
    return {"rules": told, "files": [{"path": path, **files[path]} for path in sorted(files)]}
