"""The assessment as one page on screen, and as Markdown with the lists that a plan needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from toolkit.assessing import EFFORTS
from toolkit.rows import row_name

ON_PAGE = 6
IN_REPORT = 40
Assessment = Mapping[str, Any]


def page(told: Assessment) -> Iterator[str]:
    """One screen: what there is, how much work, what first, what the rules leave."""
    yield from _about(told)
    yield ""
    yield from columns(_language_table(told, ON_PAGE))
    yield ""
    yield from columns(_effort_table(told))
    yield ""
    yield from _risk_lines(told)
    yield from _order_lines(told)
    yield from _rule_lines(told)
    yield "details: work/analysis/assessment.md and assessment.json"


def markdown(told: Assessment) -> Iterator[str]:
    yield "# Assessment"
    yield ""
    yield from _about(told)
    yield from _section("Size by language", _language_table(told, IN_REPORT))
    yield from _section("Effort", _effort_table(told))
    yield ""
    yield from (f"- `{name}`: {text}" for name, text in CLASSES.items())
    yield from _section("Folders", _folder_table(told))
    yield from _section("Order: waves, dependencies first", _wave_table(told))
    yield from _section("Cycles: each moves as one", _cycle_table(told))
    yield from _section("Files with the highest risk", _file_table(told["riskiest"]))
    yield from _section("Files with the most work for a person", _file_table(told["most_manual"]))
    yield from _section("Places that need a person", _person_table(told))
    yield from _section("Code that stands twice", _twice_table(told))
    yield from _section("What the rules change", _rules_table(told, "safe"))
    yield from _section("What the rules only report, or leave alone", _rules_table(told, ""))
    yield from _section("Languages without rules", _uncovered_table(told))
    yield from _section("External libraries", _external_table(told))
    yield from _section("Rejected by validation", _rejected_table(told))
    yield from _section("Left out of the extraction", _left_out_table(told))
    yield UNSEEN.rstrip()


UNSEEN = """
## What this does not see

- Imports made at run time (by name, by reflection, by a container or a configuration file): what
  only they reach counts as not imported and not tested.
- Whether the tests pass, and what they check: a file counts as tested if a test imports it,
  directly or through others.
- Which release of an external library runs on the target, and what it changed.
- Types: a place for a person may be right as it stands.
- Hours: places and lines are counted; how long one takes is yours to measure on the first wave.
"""
CLASSES = {
    "none": "no rule finds anything to do",
    "automatic": "the rules do it; read the diff",
    "review": "the rules do most; a person reads up to five places",
    "manual": "more than five places for a person",
    "no rules": "none for its language: left as it is, until a tool or rules of yours take it",
    "mend": "rejected by validation: repair, replace or drop it first",
    "not ours": "vendored, generated or minified: replace or make it anew",
}


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Align the first column to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)]
        yield "  ".join(cells).rstrip()


def _section(title: str, rows: list[list[str]]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    if len(rows) <= 1:
        yield "None."
        return
    head, *rest = rows
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rest:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _about(told: Assessment) -> Iterator[str]:
    size = told["size"]
    yield (
        f"{told['snapshot']}: {n(size['files'])} files, of which {n(size['sources'])} sources with"
        f" {n(size['code'])} lines of code; {n(size['config'])} configuration,"
        f" {n(size['data'])} data"
    )
    if size["python2"]:
        yield f"{n(size['python2'])} Python files are of the 2-era: today's Python refuses them"
    bad = told["rejected"]
    kinds = ", ".join(f"{n(count)} {kind}" for kind, count in told["rejected_by_kind"].items())
    if bad:
        yield f"{n(len(bad))} files were rejected by validation ({kinds})"


def _language_table(told: Assessment, limit: int) -> list[list[str]]:
    head = [
        "language",
        "files",
        "code",
        "functions",
        "complex",
        "twice",
        "tests",
        "not ours",
        "rules",
    ]
    return [head] + [
        [
            at["language"],
            n(at["files"]),
            n(at["code"]),
            n(at["functions"]),
            n(at["complex_functions"]),
            f"{100 * at['duplicated'] // max(1, at['code'])} %",
            n(at["tests"]),
            n(at["not_ours"]),
            "yes" if at["rules"] else "no",
        ]
        for at in told["languages"][:limit]
    ]


def _effort_table(told: Assessment) -> list[list[str]]:
    rows = [["effort", "files", "code", "of it tests"]]
    for effort in EFFORTS:
        at = told["efforts"][effort]
        rows.append([effort, n(at["files"]), n(at["code"]), n(at["tests"])])
    return rows


def _risk_lines(told: Assessment) -> Iterator[str]:
    risks = told["risks"]
    yield (
        f"risk: {n(risks['high'])} files high, {n(risks['medium'])} medium, {n(risks['low'])} low;"
        f" tests reach {n(told['tested'])} of the {n(told['untested'] + told['tested'])} files that"
        " are no tests"
    )
    for at in told["riskiest"][:3]:
        yield f"  {row_name(at['path'])}: {'; '.join(at['reasons'])}"[:150]


def _order_lines(told: Assessment) -> Iterator[str]:
    waves = told["waves"]
    if not waves:
        return
    first = waves[0]
    yield (
        f"order: {len(waves)} waves; the first has {n(first['files'])} files;"
        f" {len(told['cycles'])} cycles, the largest of {max(map(len, told['cycles']), default=0)}"
        " files, each to be moved as one"
    )


def _rule_lines(told: Assessment) -> Iterator[str]:
    coverage = told["coverage"]
    yield (
        f"rules: {n(coverage['changed_places'])} places in {n(coverage['changed_files'])} files"
        f" would be changed; {n(coverage['uncovered_files'])} files are in languages without rules"
    )
    person = ", ".join(f"{n(at['count'])} {at['category']}" for at in told["person"])
    if person:
        yield f"for a person: {person}"
    libraries = [f"{row_name(at['name'])} ({at['files']})" for at in told["external"][:ON_PAGE]]
    yield f"libraries: {n(len(told['external']))} external: {', '.join(libraries) or 'none'}"


def _wave_table(told: Assessment) -> list[list[str]]:
    head = ["wave", "files", "code", *EFFORTS, "largest cycle", "start with"]
    return [head] + [
        [
            str(at["wave"]),
            n(at["files"]),
            n(at["code"]),
            *(n(at["efforts"][effort]) for effort in EFFORTS),
            n(at["largest_cycle"]),
            ", ".join(map(_code, at["start_with"])),
        ]
        for at in told["waves"]
    ]


def _folder_table(told: Assessment) -> list[list[str]]:
    head = ["folder", "files", "code", *EFFORTS, "places for a person", "high risk", "tested"]
    return [head] + [
        [
            _code(at["folder"]),
            n(at["files"]),
            n(at["code"]),
            *(n(at["efforts"][effort]) for effort in EFFORTS),
            n(at["places"]),
            n(at["risks"]["high"]),
            n(at["tested"]),
        ]
        for at in told["folders"]
    ]


def _twice_table(told: Assessment) -> list[list[str]]:
    return [["lines", "here", "and here"]] + [
        [
            n(at["code"]),
            f"{_code(at['file'])}:{at['line']}-{at['end']}",
            f"{_code(at['other'])}:{at['other_line']}",
        ]
        for at in told["twice"]
    ]


def _cycle_table(told: Assessment) -> list[list[str]]:
    return [["files", "among them"]] + [
        [n(len(group)), ", ".join(map(_code, group[:5]))] for group in told["cycles"][:IN_REPORT]
    ]


def _file_table(files: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    return [["file", "effort", "risk", "wave", "why"]] + [
        [
            _code(at["path"]),
            at["effort"],
            at["risk"],
            str(at["wave"] or ""),
            "; ".join(at["reasons"]),
        ]
        for at in list(files)[:IN_REPORT]
    ]


def _person_table(told: Assessment) -> list[list[str]]:
    return [["question", "rule", "places", "files", "what to look for"]] + [
        [at["category"], at["id"], n(at["count"]), n(at["files"]), at["message"]]
        for at in told["person_rules"]
    ]


def _rules_table(told: Assessment, fix: str) -> list[list[str]]:
    rules = [
        at
        for at in told["rules"]
        if not at["category"] and ((at["fix"] == "safe") == (fix == "safe"))
    ]
    return [["rule", "by", "places", "files", "what it says"]] + [
        [at["id"], at["engine"], n(at["count"]), n(at["files"]), at["message"]]
        for at in rules[:IN_REPORT]
    ]


def _uncovered_table(told: Assessment) -> list[list[str]]:
    found = [at for at in told["languages"] if not at["rules"]]
    return [["language", "files", "code"]] + [
        [at["language"], n(at["files"]), n(at["code"])] for at in found
    ]


def _external_table(told: Assessment) -> list[list[str]]:
    return [["library", "imports", "files", "languages"]] + [
        [_code(at["name"]), n(at["imports"]), n(at["files"]), ", ".join(at["languages"])]
        for at in told["external"][:IN_REPORT]
    ]


def _rejected_table(told: Assessment) -> list[list[str]]:
    return [["file", "why"]] + [
        [_code(path), " ".join(why.split())]
        for path, why in list(told["rejected"].items())[:IN_REPORT]
    ]


def _left_out_table(told: Assessment) -> list[list[str]]:
    return [["reason", "count"]] + [[why, n(count)] for why, count in told["left_out"].items()]


def _code(path: str) -> str:
    return f"`{row_name(path)}`"


def n(number: int) -> str:
    return f"{number:,}"
