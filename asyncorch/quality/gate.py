"""The gate: judge the rows of a phase, then promote exactly what has no errors.

Judging touches nothing. An artifact is promoted when its row says zero in every step that names it,
`pattern` takes it, its step passed, and it is a regular file below the gate's source. What an
earlier run promoted and its step no longer makes is to be removed; what a failed step promoted
earlier stays, and is marked stale. Files that asyncorch never put into the target are left alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from msgspec import Struct, field

from asyncorch.model import Row
from asyncorch.quality.contents import Digests, Tree, digests
from asyncorch.quality.doubts import doubts
from asyncorch.quality.manifest import Entry
from asyncorch.quality.rows import is_inside


class Rules(Struct, frozen=True):
    """The `[gate]` table, its folders absolute."""

    source: Path
    target: Path
    pattern: re.Pattern[str] | None  # None takes all
    minimum: float | None = None
    max_removed: float = 0.1
    allow_removal: bool = False
    originals: Path | None = None  # the snapshot: what the sources of rows are below
    digests: Digests = digests


class GateStep(Struct, frozen=True):
    """A step of the gate phase: whether it passed, and its rows in plan order."""

    id: str
    passed: bool
    rows: tuple[Row, ...]
    fresh: Collection[str] = ()  # sources whose rows stand from an earlier run


class Verdict(Struct, frozen=True):
    """What may go through. `promote` maps an artifact to its step and source."""

    reason: str | None  # why the gate is closed; None: it is open
    promote: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)  # artifact: why
    remove: tuple[str, ...] = ()
    stale: frozenset[str] = frozenset()
    successful: frozenset[str] = frozenset()
    filtered: tuple[str, ...] = ()  # zero rows that `pattern` does not take
    unchanged: Mapping[str, str] = field(default_factory=dict)  # in the target already: its sha256

    @property
    def passed(self) -> bool:
        return self.reason is None


def judge(
    rules: Rules,
    steps: Collection[GateStep],
    processed: Collection[str],
    previous: Mapping[str, Entry],
) -> Verdict:
    """Return the verdict over a phase's rows; `processed` are the sources it stands for."""
    judging = _Judging(rules, steps)
    promote, refused, filtered = judging.sorted_out()
    _refuse_what_is_in_the_way(rules, promote, refused, previous, judging.same)
    failed = {step.id for step in steps if not step.passed}
    stale = {name for name, entry in previous.items() if entry.step in failed}
    remove = sorted(name for name in previous if name not in promote and name not in stale)
    successful = _successful(steps, promote, refused, set(processed))
    verdict = Verdict(
        None,
        promote,
        refused,
        tuple(remove),
        frozenset(stale - set(promote)),
        frozenset(successful),
        tuple(filtered),
        {name: digest for name, digest in judging.same.items() if name in promote},
    )
    reason = _reason(rules, steps, verdict, len(processed), len(previous))
    if reason is None:
        return verdict
    return Verdict(reason, refused=refused, stale=verdict.stale, filtered=tuple(filtered))


class _Judging:
    """The rows of one phase, each looked at with what its artifact holds."""

    def __init__(self, rules: Rules, steps: Collection[GateStep]) -> None:
        self._rules, self._steps = rules, steps
        self._made = Tree(rules.source)
        self.same = self._unchanged()  # artifact: its sha256

    def _unchanged(self) -> dict[str, str]:
        """Return what the target has already, byte for byte."""
        rows = (row for step in self._steps if step.passed for row in step.rows)
        names = [row.artifact for row in rows if not row.errors and is_inside(row.artifact)]
        there = self._rules.digests(self._rules.target, names)
        made = self._rules.digests(self._rules.source, [n for n in names if there[n] is not None])
        held = Tree(self._rules.target)
        return {
            name: digest.hex()
            for name, digest in made.items()
            if digest is not None and digest == there[name] and held.has_file(name)
        }

    def sorted_out(self) -> tuple[dict[str, tuple[str, str]], dict[str, str], list[str]]:
        """Return what to promote (with step and source), what not (and why), what is filtered."""
        promote: dict[str, tuple[str, str]] = {}
        refused: dict[str, str] = {}
        filtered: list[str] = []
        for step in self._steps:
            for row in step.rows:
                reason = self._fault(step, row)
                other = promote.get(row.artifact)
                if reason is None and other is not None and other[1] != row.source:
                    reason = f"claimed by `{other[1]}` and by `{row.source}`"
                if reason is not None:
                    refused.setdefault(row.artifact, reason)
                elif not _taken(self._rules.pattern, row.artifact):
                    filtered.append(row.artifact)
                else:
                    promote[row.artifact] = (step.id, row.source)
        for artifact in refused:
            promote.pop(artifact, None)
        return promote, refused, filtered

    def _fault(self, step: GateStep, row: Row) -> str | None:
        """Return why this row's artifact cannot go through, or None."""
        if row.errors:
            return f"{row.errors} error{'s' if row.errors > 1 else ''}"
        if not step.passed:
            return f"{step.id} did not pass"
        if not is_inside(row.artifact):
            return "leads out of the tree"
        if not self._made.has_file(row.artifact):
            there = os.path.lexists(self._rules.source / row.artifact)
            return "is a link or no regular file" if there else "there is no such file"
        if row.artifact in self.same and row.source in step.fresh:
            return None  # it went through before, and its source was the same
        return doubts(self._rules.source / row.artifact, _original(self._rules, row.source))


def _original(rules: Rules, source: str) -> Path | None:
    if rules.originals is None or not is_inside(source):
        return None
    return rules.originals / source


def _taken(pattern: re.Pattern[str] | None, artifact: str) -> bool:
    if pattern is None:
        return True
    found = pattern.search(f"| {artifact} | 0 |")
    return found is not None and (found[1] or "").strip() == artifact.strip()


def _refuse_what_is_in_the_way(
    rules: Rules,
    promote: dict[str, tuple[str, str]],
    refused: dict[str, str],
    previous: Mapping[str, Entry],
    same: Collection[str],
) -> None:
    folders: dict[Path, bool] = {rules.target: True}
    for artifact in [name for name in promote if name not in same]:
        if not _is_way_free((rules.target / artifact).parent, folders):
            del promote[artifact]
            refused[artifact] = "a file or a link that asyncorch did not put there is in the way"
        if artifact in previous or artifact in refused:
            continue
        if os.path.lexists(rules.target / artifact):
            del promote[artifact]
            refused[artifact] = "a file that asyncorch did not put there is in the way"


def _is_way_free(folder: Path, known: dict[Path, bool]) -> bool:
    """Say whether a folder below the target is there or can be made, and no link leads to it."""
    if folder not in known:
        free = not folder.is_symlink() and (folder.is_dir() or not folder.exists())
        known[folder] = free and _is_way_free(folder.parent, known)
    return known[folder]


def _successful(
    steps: Iterable[GateStep],
    promote: Mapping[str, object],
    refused: Mapping[str, str],
    processed: set[str],
) -> set[str]:
    """Return the processed sources all of whose artifacts are promoted, and at least one."""
    good: set[str] = set()
    bad: set[str] = set()
    for step in steps:
        for row in step.rows:
            if row.artifact in promote:
                good.add(row.source)
            elif row.artifact in refused:
                bad.add(row.source)
    return (good - bad) & processed


def _some(names: tuple[str, ...], most: int = 3) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown}, …"


def _reason(
    rules: Rules, steps: Collection[GateStep], verdict: Verdict, processed: int, before: int
) -> str | None:
    if not any(step.passed for step in steps):
        return "no step of this phase passed, so nothing is promoted"
    if not any(step.rows for step in steps):
        return "no row came: the steps of this phase print none (`| path | errors |`)"
    rate = len(verdict.successful) / processed if processed else 0.0
    if rules.minimum is not None and rate < rules.minimum:
        return f"the success rate {rate:.2%} is below the minimum {rules.minimum:.2%}"
    gone = len(verdict.remove)
    if before and gone / before > rules.max_removed and not rules.allow_removal:
        return (
            f"{gone:,} of {before:,} promoted artifacts would be removed "
            f"({_some(verdict.remove)}), more than {rules.max_removed:.0%}; "
            "if that is meant, run with --allow-removal"
        )
    return None
