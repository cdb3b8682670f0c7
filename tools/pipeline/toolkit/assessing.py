"""Judge each source file: how much work its migration is, how risky, and why.

The classes of effort, from least to most: `none` (nothing found to do), `automatic` (the rules do
it), `review` (a person reads a few places), `manual` (many places), `no rules` (none for its
language, so nothing is known), `mend` (rejected by validation). `documents` (HTML, CSS) have no
rules, and need none. What is vendored, generated or minified is `not ours`: it is replaced or made
anew, not migrated.

Only what fails, or has to be decided, makes effort. What merely could be newer is counted apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit.origin import NOT_OURS

EFFORTS = ("none", "automatic", "review", "manual", "no rules", "mend", "documents", "not ours")
AT_REST = frozenset({"none", "documents", "not ours"})  # what nobody changes
MAY = frozenset({"hint", "info"})  # severities of what works as it is
DOCUMENTS = frozenset({"html", "css", "sass", "less"})
RISKS = ("low", "medium", "high")
FEW = 5  # places that a person reads along with a review
TANGLED, KNOTTED = 20, 50  # ways through the most complex function
WIDE_SHARE, WIDE = 0.1, 20  # files that a change reaches: of all, and at least
COPIED = 0.5  # of the lines of code
MEDIUM, HIGH = 2, 4  # points of risk


@dataclass(frozen=True, slots=True)
class Tree:
    """What the other analyses found, by file."""

    metrics: Mapping[str, Mapping[str, Any]]
    nodes: Mapping[str, Mapping[str, Any]]
    matches: Mapping[str, Mapping[str, int]]
    person: Mapping[str, Mapping[str, int]]  # places for a person, by category or rule
    inventory: Mapping[str, Mapping[str, Any]]
    rejected: Mapping[str, str]  # and why
    knots: Mapping[str, int]  # the size of the cycle that a file is in
    tested: frozenset[str]  # files that a test imports, directly or through others
    ruled: frozenset[str]  # languages that there are rules for


@dataclass(slots=True)
class Judged:
    """One file's assessment."""

    path: str
    language: str
    origin: str
    code: int
    effort: str
    risk: str
    reasons: list[str] = field(default_factory=list)
    layer: int | None = None
    changes: int = 0
    places: int = 0
    may: int = 0  # places that could be newer, and work as they are
    wave: int | None = None
    tested: bool = False


def judge(path: str, tree: Tree) -> Judged:
    about = tree.inventory.get(path, {})
    metrics = tree.metrics.get(path, {})
    language = str(metrics.get("language") or about.get("language") or "other")
    matches = tree.matches.get(path, {})
    places = sum(tree.person.get(path, {}).values())
    effort, reasons = _effort(path, language, tree, places)
    points, risks = (0, []) if effort in AT_REST else _risk(path, tree, places)
    return Judged(
        path=path,
        language=language,
        origin=str(about.get("origin") or ""),
        code=int(metrics.get("code") or about.get("lines") or 0),
        effort=effort,
        risk=RISKS[(points >= MEDIUM) + (points >= HIGH)],
        reasons=[*reasons, *risks],
        layer=tree.nodes[path]["layer"] if path in tree.nodes else None,
        changes=matches.get("safe", 0) + matches.get("fissix", 0),
        places=places,
        may=matches.get("may", 0),
        tested=path in tree.tested,
    )


def _effort(path: str, language: str, tree: Tree, places: int) -> tuple[str, list[str]]:
    about, matches = tree.inventory.get(path, {}), tree.matches.get(path, {})
    if about.get("origin") in NOT_OURS:
        return "not ours", [str(about["origin"])]
    if path in tree.rejected:
        return "mend", [tree.rejected[path]]
    if language not in tree.ruled:
        return ("documents", []) if language in DOCUMENTS else ("no rules", [])
    old = about.get("dialect") == "python2"
    reasons = ["Python of the 2-era"] if old else []
    if safe := matches.get("safe", 0):
        reasons.append(f"rules change {_places(safe)}")
    found = tree.person.get(path, {})
    if found:
        told = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
        reasons.append(f"{_places(sum(found.values()))} for a person ({told})")
    if places:
        return ("review" if places <= FEW else "manual"), reasons
    return ("automatic" if old or safe else "none"), reasons


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"


def _risk(path: str, tree: Tree, places: int) -> tuple[int, list[str]]:
    """Add up what makes a change of this file go wrong, or go wrong unseen."""
    metrics, node = tree.metrics.get(path, {}), tree.nodes.get(path, {})
    most, reach = metrics.get("most_complex", 0), node.get("reaches", 0)
    code, copied = metrics.get("code", 0), metrics.get("duplicated", 0)
    signs = (
        (most > TANGLED, f"complexity {most} in one function"),
        (most > KNOTTED, ""),
        (reach >= max(WIDE, WIDE_SHARE * len(tree.nodes)), f"a change reaches {reach} files"),
        (path in tree.knots, f"in a cycle of {tree.knots.get(path, 0)} files"),
        (code and copied > COPIED * code, f"{copied} of {code} lines stand elsewhere too"),
        (bool(tree.tested) and node and path not in tree.tested, "no test reaches it"),
        (places > FEW, ""),
    )  # fmt: skip
    return sum(bool(sign) for sign, _ in signs), [why for sign, why in signs if sign and why]
