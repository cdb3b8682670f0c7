"""The words of permanent lines: the same for the plain and the live view."""

from __future__ import annotations

from asyncorch.events import BuildJudged, GateJudged, Noted
from asyncorch.model import Outcome
from asyncorch.state import RunState
from asyncorch.views.lines import FEW_SKIPPED, LONGEST, RULE, Kind, Line, lines
from tests.views.stories import failing, passing
from tests.views.telling import Story


def told(story: Story) -> list[Line]:
    """Return the lines of a whole story."""
    state = RunState()
    found: list[Line] = []
    for stamped in story:
        state.apply(stamped)
        found += lines(stamped, state)
    return found


def words(story: Story) -> list[str]:
    return [line.words for line in told(story)]


def extract() -> Story:
    return Story().run().open_phase("extract", "EXTRACTION", "ddl")


def test_a_phase_opens_with_its_banner_between_rules() -> None:
    assert words(extract())[-3:] == [RULE, "PHASE 1: EXTRACTION", RULE]
    assert RULE == "=" * 60


def test_a_step_that_passed_leaves_a_line_with_its_figures() -> None:
    story = extract().start("ddl", "Extracting ddl", 1790)
    story.end("ddl", "Extracting ddl", files=1790, errors=17)

    assert words(story)[-1] == "✓ Extracting ddl completed (1,790 files, 17 with errors, 3.2 s)"


def test_rows_are_told_of_a_step_without_files() -> None:
    story = extract().end("ddl", "Extracting ddl", rows=1)
    assert words(story)[-1] == "✓ Extracting ddl completed (1 row, 3.2 s)"


def test_a_fresh_step_says_that_it_is_up_to_date() -> None:
    story = extract().end("ddl", "Extracting ddl", Outcome.FRESH, None)
    assert words(story)[-1] == "✓ Extracting ddl completed (up to date)"


def test_a_failure_shows_how_then_its_last_lines_its_reason_and_its_log() -> None:
    story = extract().end(
        "ddl", "Extracting ddl", Outcome.FAILED, 3, tail=("one", "two"), reason="no rows", log="l"
    )
    assert words(story)[-5:] == [
        "✗ Extracting ddl failed (exit 3) after 3.2 s",
        "    one",
        "    two",
        "  reason: no rows",
        "  log: l",
    ]


def test_how_a_step_failed_fits_what_happened() -> None:
    for outcome, exit_status, reason, how in (
        (Outcome.FAILED, 3, None, "exit 3"),
        (Outcome.FAILED, -9, None, "SIGKILL"),
        (Outcome.TIMED_OUT, -15, "ran longer than 5 s", "timed out"),
        (Outcome.FAILED, None, "no file matches", "no file matches"),
        (Outcome.FAILED, None, None, "failed"),
    ):
        story = extract().end("ddl", "Extracting ddl", outcome, exit_status, reason=reason)
        assert f"✗ Extracting ddl failed ({how}) after 3.2 s" in words(story)


def test_cancelled_and_skipped_steps_give_their_reason() -> None:
    story = extract().end("ddl", "Extracting ddl", Outcome.CANCELLED, -15, reason="halted")
    assert words(story)[-1] == "- Extracting ddl cancelled (halted)"


def test_many_skipped_steps_are_told_as_a_number() -> None:
    story = extract()
    for number in range(20):
        story.end(f"s{number}", f"Extracting s{number}", Outcome.SKIPPED, None)
    story.close_phase(Outcome.FAILED)

    found = words(story)
    assert sum(line.endswith("skipped") and "Extracting" in line for line in found) == FEW_SKIPPED
    assert found[-1] == "- 20 steps of EXTRACTION skipped"


def test_retries_and_deaths_of_batches_are_a_line_each() -> None:
    story = extract().start("ddl", "Extracting ddl", 80, 2).spawn("ddl", 7, 40)
    story.reap("ddl", 7, 3, outcome=Outcome.FAILED, exit_status=-9).retry("ddl", 7)

    assert words(story)[-2].startswith("! Extracting ddl batch 7 died (SIGKILL) log: runlogs/")
    assert words(story)[-1] == "! Extracting ddl batch 7: attempt 2 in 0.5 s (exit 75)"


def test_batches_that_only_found_errors_or_were_ended_by_us_leave_no_line() -> None:
    story = extract().start("ddl", "Extracting ddl", 80, 2).spawn("ddl", 1, 40).spawn("ddl", 2, 40)
    before = len(told(story))
    story.reap("ddl", 1, 40, 3, outcome=Outcome.FAILED, exit_status=1)
    story.reap("ddl", 2, 3, outcome=Outcome.CANCELLED, exit_status=-15)

    assert len(told(story)) == before


def test_the_one_process_of_a_step_is_told_by_the_step() -> None:
    story = extract().start("ddl", "Extracting ddl").spawn("ddl")
    before = len(told(story))
    assert len(told(story.reap("ddl", outcome=Outcome.FAILED, exit_status=3))) == before


def test_notes_and_warnings_differ_and_bring_their_hint() -> None:
    story = Story().tell(Noted(text="a note", hint="do so"))
    story.tell(Noted(text="a warning", level="warning"))

    assert told(story) == [
        Line(Kind.PLAIN, "a note"),
        Line(Kind.HINT, "  hint: do so"),
        Line(Kind.WARNING, "! a warning"),
    ]


def gate(*, passed: bool, reason: str | None = None) -> GateJudged:
    return GateJudged(
        phase="transform",
        passed=passed,
        promoted=1773,
        refused=17,
        removed=0,
        processed=1790,
        successful=1773,
        log="logs/transformation.log",
        reason=reason,
    )


def test_the_gate_tells_its_verdict_in_one_line() -> None:
    passed, refused = (
        told(Story().tell(gate(passed=passed, reason="success rate 50.00% is below 90.00%")))
        for passed in (True, False)
    )
    counts = "1,773 promoted, 17 refused, 0 removed"
    assert [line.words for line in passed] == [f"✓ Gate passed: {counts} (logs/transformation.log)"]
    assert [line.kind for line in refused] == [Kind.FAILED]
    assert refused[0].text == "✗ Gate failed: success rate 50.00% is below 90.00%"


def test_a_build_that_lost_artifacts_is_a_warning_and_one_without_anything_is_silent() -> None:
    story = Story().tell(gate(passed=True))
    assert told(story.tell(BuildJudged(built=1773)))[-1].kind is Kind.DONE
    assert told(story.tell(BuildJudged(built=1700)))[-1] == Line(
        Kind.WARNING, "! Built 1,700 of 1,773 artifacts"
    )
    before = len(told(story))
    assert len(told(story.tell(BuildJudged(built=None)))) == before


def test_a_phase_without_steps_is_passed_over_with_one_line() -> None:
    story = Story().run().open_phase("analyze", "ANALYSIS").close_phase(Outcome.SKIPPED)
    assert words(story)[-1] == "- phase analyze passed over (no steps)"


def test_a_phase_that_failed_for_its_own_reason_says_it() -> None:
    story = extract().close_phase(Outcome.FAILED, "no row came")
    assert words(story)[-1] == "✗ EXTRACTION failed: no row came"


def test_no_line_holds_what_a_terminal_would_act_on() -> None:
    hostile = "\x1b[2J\x07[/red]:smile:\r\n\udcff" + "x" * 10_000
    story = Story().run(app=hostile, snapshot=hostile, mode=hostile, folder=hostile)
    story.open_phase("p", hostile, "s").start("s", hostile, 2, 2).spawn("s", 1, 2)
    story.reap("s", 1, outcome=Outcome.FAILED, exit_status=-9).retry("s", 1)
    story.end("s", hostile, Outcome.FAILED, 1, tail=(hostile,), reason=hostile, log=hostile)
    story.tell(Noted(text=hostile, hint=hostile)).close_phase(Outcome.FAILED, hostile)

    for line in told(story):
        assert line.words.isprintable()
        assert len(line.words) <= 2 * LONGEST + 1


def test_the_stories_read_well_from_start_to_end() -> None:
    assert [line for line in words(passing()) if line.startswith(("✓", "✗"))] == [
        "✓ Extracting source-files completed (3.2 s)",
        "✓ Extracting metadata completed (3.2 s)",
        "✓ Validating syntax completed (160 files, 10 with errors, 3.2 s)",
        "✓ Transforming sources completed (150 files, 5 with errors, 1:05 min)",
        "✓ Gate passed: 145 promoted, 5 refused, 0 removed (logs/transformation.log)",
        "✓ Building python completed (12 s)",
    ]
    assert sum(line.startswith("✗") for line in words(failing())) == 1
