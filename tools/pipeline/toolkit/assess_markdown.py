"""The assessment as Markdown, with the lists that a plan needs."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit import assess_tables as tables
from toolkit.assess_page import about
from toolkit.assess_tables import IN_REPORT, Assessment

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


def markdown(told: Assessment) -> Iterator[str]:
    yield "# Assessment"
    yield ""
    yield from about(told)
    yield from _section("Size by language", tables.language_table(told, IN_REPORT))
    yield from _section("Effort", tables.effort_table(told))
    yield ""
    yield from (f"- `{name}`: {text}" for name, text in CLASSES.items())
    yield from _section("Folders", tables.folder_table(told))
    yield from _section("Order: waves, dependencies first", tables.wave_table(told))
    yield from _section("Cycles: each moves as one", tables.cycle_table(told))
    yield from _section("Files with the highest risk", tables.file_table(told["riskiest"]))
    yield from _section(
        "Files with the most work for a person", tables.file_table(told["most_manual"])
    )
    yield from _section("Places that need a person", tables.person_table(told))
    yield from _section("Code that stands twice", tables.twice_table(told))
    yield from _section("What the rules change", tables.rules_table(told, "safe"))
    yield from _section("What the rules only report, or leave alone", tables.rules_table(told, ""))
    yield from _section("Languages without rules", tables.uncovered_table(told))
    yield from _section("External libraries", tables.external_table(told))
    yield from _section("Rejected by validation", tables.rejected_table(told))
    yield from _section("Left out of the extraction", tables.left_out_table(told))
    yield UNSEEN.rstrip()


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
