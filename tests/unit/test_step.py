"""What a process ends with decides what comes next: rows, retries, alone, the rest, broken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncorch.model import Batch, Outcome, Row, Step
from asyncorch.step import Job, JobEnd, StepRun
from asyncorch.work import FileNames, Work, files_of
from tests.bench import step

SEGV = -11


def run_of(*files: str, size: int | None = None, **changes: object) -> StepRun:
    """Return a step that fans out over files, `size` a batch, the jitter at its most."""
    of_work = {"per_file", "output_exists", "names"}
    work_changes = {key: changes.pop(key) for key in of_work & set(changes)}
    plan = step("s", foreach=("work/**",), rows=True, **changes)
    size = size or len(files)
    parts = [files[i : i + size] for i in range(0, len(files), size)]
    batches = tuple(Batch(i, part) for i, part in enumerate(parts, 1))
    words = {"names": {file: FileNames(file) for file in files}} | work_changes
    return started(Work(plan, batches, **words))  # type: ignore[arg-type]  # words of a test


def started(work: Work) -> StepRun:
    run = StepRun(work, jitter=lambda: 1.0)
    run.started()
    return run


def plain(**changes: object) -> StepRun:
    return started(Work(step("s", **changes), (Batch(0),)))


def end(
    exit_code: int,
    *rows: str,
    errors: dict[str, int] | None = None,
    outcome: Outcome | None = None,
    log: str = "the.log",
    reason: str | None = None,
) -> JobEnd:
    found = outcome or (Outcome.FAILED if exit_code else Outcome.PASSED)
    made = tuple(Row(name, (errors or {}).get(name, 0), name) for name in rows)
    return JobEnd(found, exit_code, 1.0, log, made, reason=reason)


def files(jobs: list[Job]) -> list[tuple[str, ...]]:
    return [job.batch.files for job in jobs]


def errors_of(run: StepRun) -> dict[str, int]:
    return {row.source: row.errors for row in run.book.settled()}


# --- a step without files


def test_a_plain_step_passes_with_exit_0() -> None:
    run = plain()
    (job,) = run.take()

    run.ended(job, end(0))

    assert run.finished
    assert (run.outcome, run.exit, run.log) == (Outcome.PASSED, 0, "the.log")


def test_a_plain_step_fails_with_any_other_exit() -> None:
    run = plain()
    (job,) = run.take()

    run.ended(job, end(1))

    assert run.finished
    assert (run.outcome, run.exit) == (Outcome.FAILED, 1)


def test_a_step_that_never_started_is_skipped() -> None:
    run = StepRun(Work(step("s"), (Batch(0),)))
    jobs = run.take()

    run.withdrawn(len(jobs), "halted")

    assert run.finished
    assert (run.outcome, run.reason) == (Outcome.SKIPPED, "halted")


def test_rows_of_a_plain_step_are_kept() -> None:
    run = plain(rows=True)
    (job,) = run.take()

    rows = run.ended(job, end(0, "a", "b", errors={"b": 2}))

    assert [row[:3] for row in rows] == [("a", 0, "a"), ("b", 2, "b")]
    assert run.outcome is Outcome.PASSED


# --- rows for every file


def test_exit_0_with_a_row_for_every_file_passes() -> None:
    run = run_of("a", "b")
    (job,) = run.take()

    run.ended(job, end(0, "a", "b"))

    assert (run.finished, run.outcome, run.exit) == (True, Outcome.PASSED, 0)


def test_exit_1_with_a_row_for_every_file_passes_with_errors_in_some() -> None:
    run = run_of("a", "b")
    (job,) = run.take()

    run.ended(job, end(1, "a", "b", errors={"b": 3}))

    assert (run.finished, run.outcome) == (True, Outcome.PASSED)
    assert errors_of(run) == {"a": 0, "b": 3}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_exit_of_a_passed_step_is_the_worst_of_its_batches(order: tuple[int, ...]) -> None:
    run = run_of("a", "b", size=1)
    jobs = run.take()

    for job, code in zip(jobs, order, strict=True):
        run.ended(job, end(code, *job.batch.files))

    assert (run.outcome, run.exit) == (Outcome.PASSED, 1)


@pytest.mark.parametrize("exit_code", [2, 3, SEGV])
def test_another_exit_fails_the_step_even_with_a_row_for_every_file(exit_code: int) -> None:
    run = run_of("a", "b")
    (job,) = run.take()

    run.ended(job, end(exit_code, "a", "b"))

    assert (run.finished, run.outcome, run.exit) == (True, Outcome.FAILED, exit_code)
    assert errors_of(run) == {"a": 0, "b": 0}


def test_retries_come_before_such_a_failure() -> None:
    run = run_of("a", "b", retries=1)
    (job,) = run.take()

    assert run.ended(job, end(3, "a", "b")) == []

    (again,) = run.take()
    assert again.attempt == 2


def test_exit_0_that_leaves_out_some_files_gives_these_an_error() -> None:
    run = run_of("a", "b", "c")
    (job,) = run.take()

    run.ended(job, end(0, "a", "c"))

    assert (run.finished, run.outcome) == (True, Outcome.PASSED)
    assert errors_of(run) == {"a": 0, "b": 1, "c": 0}


def test_exit_0_without_a_row_gives_no_verdict_when_there_are_no_outputs_to_look_at() -> None:
    run = run_of("a", "b")
    (job,) = run.take()

    run.ended(job, end(0))

    assert (run.finished, run.outcome) == (True, Outcome.PASSED)
    assert errors_of(run) == {}


def test_exit_0_without_a_row_is_judged_by_the_outputs() -> None:
    names = {file: FileNames(file, (f"out/{file}",)) for file in "ab"}
    run = run_of(
        "a",
        "b",
        names=names,
        outputs=("out/{path}",),
        output_exists=lambda output: output == "out/a",
    )
    (job,) = run.take()

    run.ended(job, end(0))

    assert errors_of(run) == {"a": 0, "b": 1}


def test_rows_that_speak_of_no_file_of_the_step_are_left_out_with_one_complaint() -> None:
    run = run_of("a", "b")
    (job,) = run.take()

    run.ended(job, end(0, "a", "b", "stranger", "another"))

    assert errors_of(run) == {"a": 0, "b": 0}
    (complaint,) = run.book.complaints
    assert complaint.startswith("row `stranger` names none of the files given: ")


def test_an_artifact_of_another_name_that_names_its_source_is_this_step_s_own() -> None:
    run = run_of("a.cob")
    (job,) = run.take()
    rows = (Row("A.java", 0, "a.cob"), Row("B.java", 1, "a.cob"))

    run.ended(job, JobEnd(Outcome.PASSED, 0, 1.0, "l", rows))

    assert run.book.settled() == list(rows)


# --- {file} form


@pytest.mark.parametrize(("exists", "errors"), [(True, 0), (False, 1)], ids=["made", "not made"])
def test_a_silent_tool_in_file_form_is_judged_by_its_output(exists: bool, errors: int) -> None:  # noqa: FBT001  # a case
    names = {"a": FileNames("a", ("out/a",))}
    run = run_of("a", names=names, per_file=True, output_exists=lambda _: exists)
    (job,) = run.take()

    run.ended(job, end(0))

    assert errors_of(run) == {"a": errors}


def test_a_silent_tool_in_file_form_gives_an_error_by_its_exit_and_never_counts_as_broken() -> None:
    run = run_of(*"abcdef", size=1, per_file=True)

    for job in run.take():
        run.ended(job, end(2))

    assert (run.finished, run.outcome) == (True, Outcome.PASSED)
    assert errors_of(run) == dict.fromkeys("abcdef", 1)


def test_a_silent_tool_in_file_form_is_retried_before_its_file_gets_an_error() -> None:
    run = run_of("a", per_file=True, retries=1)
    (job,) = run.take()
    run.ended(job, end(2))
    (again,) = run.take()

    run.ended(again, end(0))

    assert errors_of(run) == {"a": 0}


# --- death


def test_of_a_dead_batch_the_first_file_without_a_row_goes_alone_and_the_rest_goes_on() -> None:
    run = run_of("a", "b", "c", "d")
    (job,) = run.take()

    rows = run.ended(job, end(SEGV, "a"))

    assert [row.source for row in rows] == ["a"]
    alone, rest = run.take()
    assert files([alone, rest]) == [("b",), ("c", "d")]
    assert alone.batch.number != rest.batch.number != job.batch.number
    assert alone.reason == "batch died (SIGSEGV)"


def test_a_file_that_dies_alone_gets_an_error_row_and_the_step_passes() -> None:
    run = run_of("a", "b", "c")
    (job,) = run.take()
    run.ended(job, end(SEGV, "a"))
    alone, rest = run.take()

    rows = run.ended(alone, end(SEGV, log="alone.log"))
    run.ended(rest, end(0, "c"))

    assert [row[:3] for row in rows] == [("b", 1, "b")]
    assert (run.finished, run.outcome, run.log) == (True, Outcome.PASSED, "alone.log")
    assert errors_of(run) == {"a": 0, "b": 1, "c": 0}


def test_a_file_that_passes_alone_was_only_in_bad_company() -> None:
    run = run_of("a", "b")
    (job,) = run.take()
    run.ended(job, end(SEGV))
    alone, rest = run.take()

    run.ended(alone, end(0, "a"))
    run.ended(rest, end(0, "b"))

    assert (run.outcome, errors_of(run)) == (Outcome.PASSED, {"a": 0, "b": 0})


def test_an_orderly_exit_1_with_rows_missing_is_a_death_too() -> None:
    run = run_of("a", "b", "c")
    (job,) = run.take()

    run.ended(job, end(1, "a"))

    assert files(run.take()) == [("b",), ("c",)]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TIMED_OUT])
def test_three_deaths_alone_without_a_single_row_mean_the_tool_is_broken(outcome: Outcome) -> None:
    run = run_of(*"abcdefgh")
    deaths = 0
    while jobs := run.take():
        for job in jobs:
            run.ended(job, end(SEGV, outcome=outcome))
            deaths += len(job.batch.files) == 1
        assert deaths < 9

    assert (run.finished, run.outcome) == (True, outcome)
    assert "no row for any file" in (run.reason or "")
    assert deaths == 3


def test_many_deaths_are_no_broken_tool_once_a_row_has_come() -> None:
    run = run_of(*"abcdefgh", size=1)

    for job in run.take():
        good = job.batch.files == ("a",)
        run.ended(job, end(0, "a") if good else end(SEGV))

    assert (run.finished, run.outcome) == (True, Outcome.PASSED)
    assert errors_of(run) == {"a": 0} | dict.fromkeys("bcdefgh", 1)


def test_a_timeout_of_a_batch_is_a_death() -> None:
    run = run_of("a", "b", "c")
    (job,) = run.take()

    run.ended(job, end(-15, "a", outcome=Outcome.TIMED_OUT, reason="ran longer than 5 s"))

    alone, rest = run.take()
    assert files([alone, rest]) == [("b",), ("c",)]
    assert alone.reason == "batch died (ran longer than 5 s)"


def test_a_broken_tool_starts_nothing_more() -> None:
    run = run_of(*"abcdef", size=1)
    for job in run.take()[:3]:
        run.ended(job, end(SEGV))

    assert run.outcome is Outcome.FAILED
    assert run.take() == []


# --- retries


def test_retries_come_first_and_only_the_last_attempt_s_rows_count() -> None:
    run = run_of("a", "b", retries=1)
    (job,) = run.take()

    assert run.ended(job, end(SEGV, "a", errors={"a": 7})) == []
    (again,) = run.take()
    assert (again.batch, again.attempt, again.reason) == (job.batch, 2, "SIGSEGV")
    run.ended(again, end(0, "a", "b"))

    assert errors_of(run) == {"a": 0, "b": 0}


def test_delays_double_up_to_a_minute_and_jitter_takes_off_half_at_most() -> None:
    for jitter, share in ((1.0, 1.0), (0.0, 0.5)):
        run = StepRun(Work(step("s", retries=20), (Batch(0),)), jitter=lambda j=jitter: j)  # type: ignore[misc]  # bound early
        delays = []
        while jobs := run.take():
            delays.append(jobs[0].delay / share)
            run.ended(jobs[0], end(1))
        assert delays[:5] == [0.0, 0.5, 1.0, 2.0, 4.0]
        assert delays[-1] == 60.0


def test_thousands_of_retries_overflow_nothing() -> None:
    run = plain(retries=2000)
    while jobs := run.take():
        run.ended(jobs[0], end(1))

    assert run.outcome is Outcome.FAILED


def test_a_program_that_cannot_start_is_not_tried_again() -> None:
    run = run_of("a", "b", retries=5)
    (job,) = run.take()

    run.ended(job, JobEnd(Outcome.FAILED, 127, 0.0, "l", started=False, reason="there is none"))

    assert (run.finished, run.outcome) == (True, Outcome.FAILED)
    assert (run.exit, run.reason) == (127, "there is none")


# --- cancellation and halt


def test_a_cancelled_process_cancels_its_step() -> None:
    run = run_of("a", "b")
    (job,) = run.take()

    run.ended(job, end(-15, "a", outcome=Outcome.CANCELLED, reason="ended by asyncorch"))

    assert (run.finished, run.outcome, run.exit) == (True, Outcome.CANCELLED, -15)


def test_a_halt_drops_what_has_not_begun_and_the_step_is_cancelled() -> None:
    run = run_of("a", "b", "c", size=1)
    first, *_ = run.take()

    run.cancel("halted: x failed")
    run.withdrawn(2, "halted: x failed")
    run.ended(first, end(0, "a"))

    assert run.finished
    assert (run.outcome, run.reason) == (Outcome.CANCELLED, "halted: x failed")
    assert errors_of(run) == {"a": 0}


def test_a_halted_step_whose_processes_were_all_running_may_pass() -> None:
    run = run_of("a", "b", size=1)
    jobs = run.take()

    run.cancel("halted: x failed")
    for job in jobs:
        run.ended(job, end(0, *job.batch.files))

    assert (run.finished, run.outcome) == (True, Outcome.PASSED)


def test_after_a_halt_there_are_no_retries_and_no_second_tries() -> None:
    run = run_of("a", "b", "c", retries=3)
    (job,) = run.take()

    run.cancel("halted: x failed")
    run.ended(job, end(SEGV, "a"))

    assert run.take() == []
    assert (run.finished, run.outcome) == (True, Outcome.CANCELLED)


def test_the_first_failure_is_the_one_that_is_told() -> None:
    run = plain()
    (job,) = run.take()
    run.ended(job, end(3, log="first.log"))

    run.cancel("halted: something else")

    assert (run.outcome, run.exit, run.log) == (Outcome.FAILED, 3, "first.log")


@pytest.mark.slow
@given(st.data())
def test_whatever_processes_do_every_file_of_a_step_that_passed_has_one_verdict(
    data: st.DataObject,
) -> None:
    names = [f"f{i}" for i in range(data.draw(st.integers(1, 8)))]
    run = run_of(*names, size=data.draw(st.integers(1, 8)), retries=data.draw(st.integers(0, 1)))
    jobs = run.take()
    silent = False  # a process that ended well and said nothing gives no verdict
    for _ in range(300):
        if not jobs:
            break
        job = jobs.pop(data.draw(st.integers(0, len(jobs) - 1)))
        rows = data.draw(st.lists(st.sampled_from(job.batch.files), unique=True))
        code = data.draw(st.sampled_from([0, 1, 2, SEGV]))
        run.ended(job, end(code, *rows))
        silent = silent or (code == 0 and not rows)
        jobs += run.take()
    else:
        pytest.fail("the step does not end")

    assert run.finished
    verdicts = [row.source for row in run.book.settled()]
    assert len(verdicts) == len(set(verdicts))
    assert set(verdicts) <= set(names)
    if run.outcome is Outcome.PASSED and not silent:
        assert set(verdicts) == set(names)


# --- names


def test_a_file_may_be_reported_by_its_name_its_identity_and_its_output() -> None:
    names = {
        "work/validated/sub/a.py": FileNames(
            "sub/a.py", ("work/transformed/sub/a.py",), "work/transformed/"
        )
    }
    work = Work(Step("transform", "s", ("x",)), (), names)

    found = files_of(work, Batch(1, tuple(names)))

    assert {name.decode(): tuple(known) for name, known in found.known.items()} == dict.fromkeys(
        ["work/validated/sub/a.py", "sub/a.py", "work/transformed/sub/a.py"],
        ("sub/a.py", "sub/a.py"),
    )
    assert found.only == "sub/a.py"


def test_an_artifact_of_another_name_keeps_its_source() -> None:
    names = {"in/O.cob": FileNames("O.cob", ("out/O.java",), "out/")}
    found = files_of(Work(Step("t", "s", ("x",)), (), names), Batch(1, ("in/O.cob",)))

    assert tuple(found.known[b"O.java"]) == ("O.java", "O.cob")
    assert tuple(found.known[b"in/O.cob"])[1] == "O.cob"


def test_a_file_that_is_tried_alone_gets_no_retries() -> None:
    run = run_of("a", "b", retries=1)
    (job,) = run.take()
    run.ended(job, end(SEGV))
    (again,) = run.take()
    run.ended(again, end(SEGV))
    alone, rest = run.take()

    run.ended(alone, end(SEGV))
    run.ended(rest, end(0, "b"))

    assert run.take() == []
    assert errors_of(run) == {"a": 1, "b": 0}


@pytest.mark.parametrize("silent_first", [True, False])
def test_files_of_a_silent_batch_have_an_error_when_the_tool_reports_others(
    *, silent_first: bool
) -> None:
    run = run_of("a", "b", size=1)
    jobs = run.take()
    order = jobs if silent_first else jobs[::-1]

    for job in order:
        run.ended(job, end(0) if job.batch.files == ("a",) else end(0, "b"))

    assert run.finished
    assert errors_of(run) == {"a": 1, "b": 0}


def test_a_tool_that_never_prints_a_row_gives_no_verdicts() -> None:
    run = run_of("a", "b", size=1)
    for job in run.take():
        run.ended(job, end(0))

    assert errors_of(run) == {}
