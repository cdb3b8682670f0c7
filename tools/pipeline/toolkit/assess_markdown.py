"""The assessment as Markdown, with the lists that a plan needs."""

from __future__ import annotations

from collections.abc import Iterator

from toolkit import assess_tables as tables
from toolkit.assess_page import about, findings
from toolkit.assess_tables import IN_REPORT, Assessment

UNSEEN = """
## What this does not see

- Imports made at run time (by name, by reflection, by a container or a configuration file): what
  only they reach counts as not imported and not tested.
- Whether the tests pass, and what they check: a file counts as tested if a test imports it,
  directly or through others.
- Which release of an external library runs on the target, and what it changed.
- Code that runs and stands elsewhere: in documents (doctests), templates, configuration, strings,
  files to be filled in (`*.in`). "What is no source" below says which such files there are.
- Types: a place for a person may be right as it stands.
- Hours: places and lines are counted; how long one takes is yours to measure on the first wave.
"""
OLD = """
Python of the 2-era that compiles is not given to fissix, and fails when it is run: `python2-name`
below counts what fissix would change. Run the step with `PYTHON2=all` in `[env]` if there is much.
What ruff will change in the files that are refused today is known once fissix has been there.
"""
OURS = """
What is vendored or generated is told by names, folders and first lines. Where that is wrong, or a
copy of somebody else's library has no mark, name it in `tools/pipeline/origins.toml` and run again.
"""
CYCLES = """
A cycle moves at once only where the new code cannot live beside the old; code that runs on both can
move file by file. `cuts` in assessment.json has all imports whose end would undo each cycle.
"""
CLASSES = {
    "none": "nothing found to do",
    "automatic": "the rules do it; read the diff",
    "review": "up to five places for a person, beside what the rules do",
    "manual": "more than five places for a person",
    "no rules": "code in a language without rules: left as it is, until a tool of yours takes it",
    "mend": "rejected by validation: repair, replace or drop it first",
    "documents": "HTML and styles: left as they are",
    "not ours": "vendored, generated or minified: replace or make it anew",
}
RISK = """
Risk adds up: a function of complexity over 20, and one over 50; a change that reaches a tenth of
the tree; a cycle of imports; half of the lines standing elsewhere too; no test that reaches it;
more than five places for a person. Two make it medium, four high; what nobody changes is low.
"""


def markdown(told: Assessment) -> Iterator[str]:
    yield "# Assessment"
    for lines in (about(told), findings(told)):
        yield ""
        yield from (f"- {line.strip()}" for line in lines)
    yield from _section("Size by language", tables.language_table(told, IN_REPORT))
    yield OURS.rstrip()
    yield from _section("Effort", tables.effort_table(told))
    yield ""
    yield from (f"- `{name}`: {text}" for name, text in CLASSES.items())
    yield RISK.rstrip()
    yield from _section("Parts", tables.folder_table(told["parts"]))
    yield from _section(
        "Folders, each without those below it that have a row", tables.folder_table(told["folders"])
    )
    yield from _section("Levels that build files declare", tables.level_table(told))
    yield from _order(told)
    yield from _people(told)
    yield from _changes(told)
    yield from _section("Languages without rules", tables.uncovered_table(told))
    yield from _section("Modules of Python's library that are gone", tables.gone_table(told))
    yield from _section("External libraries", tables.external_table(told))
    yield from _section("Code that stands twice", tables.twice_table(told))
    yield from _section("What is no source", tables.suffix_table(told))
    yield from _section("Rejected by validation", tables.rejected_table(told))
    yield from _section("Left out of the extraction", tables.left_out_table(told))
    yield UNSEEN.rstrip()


def _order(told: Assessment) -> Iterator[str]:
    yield from _section("Order: waves, dependencies first", tables.wave_table(told))
    yield from _section("Cycles: what moves at once, or is cut first", tables.cycle_table(told))
    if told["cuts"]:
        yield CYCLES.rstrip()
    yield from _section("Files with the highest risk", tables.file_table(told["riskiest"]))


def _people(told: Assessment) -> Iterator[str]:
    yield from _section("Most work for a person", tables.file_table(told["most_manual"]))
    tests = tables.file_table(told["most_manual_tests"][: tables.FEW])
    yield from _section("Most work for a person, in tests", tests)
    yield from _section("Places of 2-era Python that need a person", tables.person_table(told))
    if told["size"]["python2"]:
        yield OLD.rstrip()


def _changes(told: Assessment) -> Iterator[str]:
    yield from _section("What the rules change", tables.rules_table(told, "safe"))
    yield from _section("What the rules only report", tables.rules_table(told, "must"))
    yield from _section("What could be newer, and works as it is", tables.rules_table(told, "may"))


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
