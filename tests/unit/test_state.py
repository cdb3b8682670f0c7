"""The fold counts right, forgets what has ended, and replays to the same."""

from __future__ import annotations

from asyncorch.events import Event, Stamped
from asyncorch.model import Outcome
from asyncorch.state import LAST_FAILURES, PhaseState, RunState
from asyncorch.views.progress import seconds_left, share_of_phase, share_of_run
from tests.views.stories import bursting, crowded, failing, interrupted, passing
from tests.views.telling import START, Story


def folded(story: Story, *, until: int | None = None) -> RunState:
    state = RunState()
    for stamped in story.told[:until]:
        state.apply(stamped)
    return state


def running_phase(state: RunState) -> PhaseState:
    assert state.phase is not None
    return state.phase


def fan_out(files: int = 100, batches: int = 2, rejected: int = 0) -> Story:
    story = Story().run().open_phase("transform", "TRANSFORMATION", "sources")
    return story.start("sources", "Transforming sources", files, batches, rejected)


def test_run_facts_and_the_end_are_kept() -> None:
    state = folded(passing())

    assert state.run is not None
    assert state.run.app == "shop"
    assert state.ended is not None
    assert (state.ended.status, state.ended.artifacts.built) == ("passed", 142)
    assert state.gate is not None
    assert state.gate.refused == 5
    assert state.build is not None
    assert [phase.number for phase in state.phases.values()] == [1, 2, 3, 4, 5]


def test_phases_count_their_steps_by_outcome() -> None:
    extract = folded(failing()).phases["extract"]

    assert extract.total == 4
    assert extract.outcomes == {
        Outcome.FAILED: 1,
        Outcome.PASSED: 1,
        Outcome.CANCELLED: 1,
        Outcome.SKIPPED: 1,
    }
    assert extract.failed == 1


def test_a_running_process_is_known_until_it_ends() -> None:
    story = fan_out().spawn("sources", 1, 50).show("sources", 1, 7, 2, "a line")

    process = folded(story).running["transform", "sources", 1]
    assert (process.title, process.rows, process.errors) == ("Transforming sources", 7, 2)
    assert (process.line, process.started) == ("a line", START)
    assert not folded(story.reap("sources", 1, 50)).running


def test_a_process_keeps_its_place_and_the_next_one_takes_the_free_one() -> None:
    story = fan_out().spawn("sources", 1).spawn("sources", 2).spawn("sources", 3)
    state = folded(story.reap("sources", 2).spawn("sources", 4))

    assert {key[2]: process.place for key, process in state.running.items()} == {1: 0, 3: 2, 4: 1}


def test_rows_of_running_and_of_ended_processes_add_up() -> None:
    story = fan_out().spawn("sources", 1, 50).spawn("sources", 2, 50)
    state = folded(story.reap("sources", 1, 50, 3).show("sources", 2, 20, 1))
    counted = state.count(running_phase(state))

    assert (counted.files, counted.done, counted.rows, counted.errors) == (100, 70, 70, 4)
    assert counted.success == (70 - 4) / 70


def test_a_batch_that_dies_counts_what_it_reported_and_its_rest_is_counted_later() -> None:
    story = fan_out().spawn("sources", 1, 100)
    story.reap("sources", 1, 40, outcome=Outcome.FAILED, exit_status=-9)
    state = folded(story)
    assert state.count(running_phase(state)).done == 40

    story.spawn("sources", 2, 1).reap("sources", 2, outcome=Outcome.FAILED, exit_status=-9)
    story.spawn("sources", 3, 59).reap("sources", 3, 59)
    state = folded(story)
    assert state.count(running_phase(state)).done == 100


def test_what_a_retried_attempt_reported_does_not_count() -> None:
    story = fan_out().spawn("sources", 1, 50)
    story.reap("sources", 1, 30, 2, outcome=Outcome.FAILED, exit_status=75).retry("sources", 1)
    state = folded(story)
    counted = state.count(running_phase(state))
    assert (counted.done, counted.rows, counted.errors) == (0, 0, 0)

    state = folded(story.spawn("sources", 1, 50, attempt=2).reap("sources", 1, 50, 1, attempt=2))
    counted = state.count(running_phase(state))
    assert (counted.done, counted.rows, counted.errors) == (50, 50, 1)


def test_a_tool_that_ends_with_1_and_a_row_for_every_file_has_not_died() -> None:
    story = fan_out().spawn("sources", 1, 50)
    story.reap("sources", 1, 50, 3, outcome=Outcome.FAILED, exit_status=1)

    assert not folded(story).steps["transform", "sources"].died


def test_more_rows_than_files_never_count_as_more_than_the_files() -> None:
    story = fan_out(10, 1).spawn("sources", 1, 10).show("sources", 1, 35)
    state = folded(story)

    assert state.count(running_phase(state)).done == 10
    assert share_of_phase(state, running_phase(state)) == 1.0


def test_rejected_files_weigh_on_the_success_rate_in_proportion() -> None:
    story = fan_out(90, 2, rejected=10).spawn("sources", 1, 45).reap("sources", 1, 45)
    state = folded(story)

    assert state.count(running_phase(state)).success == 0.9


def test_a_replay_without_progress_counts_the_same() -> None:
    story = passing()
    journalled = Story(told=[s for s in story if type(s.event).__name__ != "Progressed"])

    assert folded(story).phases == folded(journalled).phases


def test_memory_does_not_grow_with_ended_steps() -> None:
    state = folded(bursting(500))

    assert not state.steps
    assert not state.running
    assert state.failed_steps == 5
    assert state.first_failure is not None
    assert state.first_failure.step == "part-0099"


def test_only_the_last_failures_are_kept_and_the_first_one() -> None:
    story = Story().run().open_phase("extract", "EXTRACTION")
    for number in range(LAST_FAILURES + 10):
        story.start(f"s{number}", "S").end(f"s{number}", "S", Outcome.FAILED, 1)
    state = folded(story)

    assert len(state.failures) == LAST_FAILURES
    assert state.first_failure is not None
    assert state.first_failure.step == "s0"
    assert state.failed_steps == LAST_FAILURES + 10


def test_a_step_that_ends_without_a_start_is_counted() -> None:
    story = Story().run().open_phase("extract", "EXTRACTION", "a", "b")
    state = folded(story.end("a", "A", Outcome.FRESH, None, files=7))

    phase = running_phase(state)
    assert (phase.ended, phase.outcomes[Outcome.FRESH]) == (1, 1)
    assert state.count(phase).done == 7


def test_commands_that_code_runs_add_to_the_announced_steps() -> None:
    story = Story().run().open_phase("deploy", "DEPLOY")
    for name in ("one", "two"):
        story.start(name, name).end(name, name)
    state = folded(story)

    assert running_phase(state).total == 2
    assert share_of_phase(state, running_phase(state)) is None


def test_events_of_a_phase_that_was_never_announced_are_taken() -> None:
    story = Story(phase="own")
    state = folded(story.start("x", "X").spawn("x").reap("x").end("x", "X").close())

    assert state.phases["own"].ended == 1


def test_progress_of_a_process_that_has_ended_is_passed_over() -> None:
    story = fan_out().spawn("sources", 1, 5).reap("sources", 1, 5).show("sources", 1, 99)
    assert not folded(story).running


def test_a_step_that_ends_takes_its_processes_with_it() -> None:
    story = fan_out().spawn("sources", 1, 5).spawn("sources", 2, 5)
    state = folded(story.end("sources", "Transforming sources", Outcome.CANCELLED, -15))
    assert not state.running


def test_the_share_of_a_run_grows_to_one() -> None:
    for story in (passing(), failing(), interrupted()):
        state = RunState()
        shares = []
        for stamped in story:
            state.apply(stamped)
            shares.append(share_of_run(state))
        assert shares[-1] == 1.0
        assert all(0.0 <= share <= 1.0 for share in shares)


def test_the_share_of_a_passing_run_never_falls() -> None:
    state = RunState()
    before = 0.0
    for stamped in passing():
        state.apply(stamped)
        assert share_of_run(state) >= before
        before = share_of_run(state)


def test_seconds_left_come_from_files_once_all_steps_have_started() -> None:
    story = fan_out().spawn("sources", 1, 100).tell(_progress("sources", 25), after=10.0)
    assert seconds_left(folded(story), START + 10) == 30.0


def test_seconds_left_are_unknown_while_the_past_says_too_little() -> None:
    assert seconds_left(RunState(), START) is None
    early = fan_out().spawn("sources", 1, 100).show("sources", 1, 50)
    assert seconds_left(folded(early), START + 1) is None
    little = fan_out().spawn("sources", 1, 100).show("sources", 1, 1)
    assert seconds_left(folded(little), START + 60) is None
    waiting = Story().run().open_phase("validate", "VALIDATION", "a", "b")
    waiting.start("a", "A", 100).spawn("a", 1, 100).show("a", 1, 50)
    assert seconds_left(folded(waiting), START + 60) is None


def test_seconds_left_come_from_the_number_of_steps_when_they_are_many() -> None:
    story = bursting(100)
    half = len(story.told) // 2
    state = folded(story, until=half)
    left = seconds_left(state, START + 10)

    assert left is not None
    assert 9 < left < 11


def test_seconds_left_end_with_the_work() -> None:
    story = fan_out().spawn("sources", 1, 100).show("sources", 1, 100)
    assert seconds_left(folded(story), START + 10) is None


def test_places_follow_the_phases_of_the_run() -> None:
    story = crowded()
    state = folded(story)
    assert (state.place, state.places) == (1, 1)
    state = folded(passing())
    assert (state.place, state.places) == (5, 5)


def _progress(step: str, rows: int) -> Event:
    return Story(phase="transform").show(step, 1, rows).told[0].event


def test_an_unknown_event_changes_nothing_but_the_time() -> None:
    state = RunState()
    state.apply(Stamped(1, 5.0, object()))  # type: ignore[arg-type]  # of a later version
    assert state == RunState(began=5.0, time=5.0)
