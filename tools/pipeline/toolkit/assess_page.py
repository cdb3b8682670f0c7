"""The assessment as one page on screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten

from toolkit.assess_tables import Assessment, effort_table, language_table, n
from toolkit.rows import row_name

ON_PAGE, WIDE = 6, 140


def page(told: Assessment) -> Iterator[str]:
    """One screen: what there is, how much work, what first, what the rules leave."""
    yield from about(told)
    yield ""
    yield from columns(language_table(told, ON_PAGE))
    yield ""
    yield from columns(effort_table(told))
    yield ""
    yield from findings(told)
    yield "details: work/analysis/assessment.md and assessment.json"


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Align the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def about(told: Assessment) -> Iterator[str]:
    size = told["size"]
    yield (
        f"{told['snapshot']}: {n(size['files'])} files, of which {n(size['sources'])} sources with"
        f" {n(size['code'])} lines of code; {n(size['config'])} configuration,"
        f" {n(size['data'])} data"
    )
    if any(at["language"] == "python" for at in told["languages"]):
        target = told["target"].replace("py3", "3.")
        yield f"target: Python {target}; what is written has to compile with {told['python']}"
    if size["python2"]:
        refuses = f"Python {told['python']} refuses them"
        yield f"{n(size['python2'])} Python files are of the 2-era: {refuses}"
    bad = told["rejected"]
    kinds = ", ".join(f"{n(count)} {kind}" for kind, count in told["rejected_by_kind"].items())
    if bad:
        fixtures = f"; {n(told['rejected_fixtures'])} of them lie with tests"
        yield f"{n(len(bad))} files were rejected by validation ({kinds}){fixtures}"


def findings(told: Assessment) -> Iterator[str]:
    yield from _risk_lines(told)
    yield from _order_lines(told)
    yield from _rule_lines(told)


def _risk_lines(told: Assessment) -> Iterator[str]:
    risks = told["risks"]
    yield (
        f"risk: {n(risks['high'])} files high, {n(risks['medium'])} medium, {n(risks['low'])} low;"
        f" tests reach {n(told['tested'])} of the {n(told['untested'] + told['tested'])} files that"
        " are no tests"
    )
    for at in told["riskiest"][:3]:
        text = f"{row_name(at['path'])}: {'; '.join(at['reasons'])}"
        yield f"  {shorten(text, WIDE, placeholder=' ...')}"


def _order_lines(told: Assessment) -> Iterator[str]:
    waves = told["waves"]
    if not waves:
        return
    first = waves[0]
    yield (
        f"order: {len(waves)} waves; the first has {n(first['files'])} files;"
        f" {len(told['cycles'])} cycles, the largest of {max(map(len, told['cycles']), default=0)}"
        " files"
    )


def _rule_lines(told: Assessment) -> Iterator[str]:
    coverage = told["coverage"]
    yield (
        f"rules: {n(coverage['changed_places'])} places in {n(coverage['changed_files'])} files"
        f" would be changed; {n(coverage['may'])} could be newer and work as they are;"
        f" {n(coverage['uncovered_files'])} files are in languages without rules"
    )
    person = ", ".join(f"{n(at['count'])} {at['category']}" for at in told["person"])
    if person:
        yield f"for a person: {person}"
    libraries = [f"{row_name(at['name'])} ({at['files']})" for at in told["external"][:ON_PAGE]]
    yield f"libraries: {n(len(told['external']))} external: {', '.join(libraries) or 'none'}"
