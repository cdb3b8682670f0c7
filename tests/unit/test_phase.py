"""A phase keeps its bound and its order, and tells one end for each start, however it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from asyncorch.dispatch import Dispatcher
from asyncorch.errors import ConfigError
from asyncorch.events import (
    BatchEnded,
    BatchStarted,
    Noted,
    Progressed,
    RowsSettled,
    StepEnded,
    StepRetried,
    StepStarted,
    WorkExpected,
)
from asyncorch.model import Batch, Halt, Outcome, Row, Step
from asyncorch.phase import run_phase
from asyncorch.process import CannotStartError
from asyncorch.work import FileNames, Work
from tests.bench import Bench, phase, rows, step, work_of
from tests.fakes import Play, Script, ScriptedSpawner

pytestmark = pytest.mark.anyio

Benches = Callable[..., Bench]
FAILS = Script(exit=3)
HOUR = 3600.0


@pytest.fixture
def bench(tmp_path: Path) -> Benches:
    def make(**plays: Play) -> Bench:
        return Bench(tmp_path, ScriptedSpawner(**plays))

    return make


def outcomes(bench: Bench) -> dict[str, Outcome]:
    return {judged.step.name: judged.summary.outcome for judged in bench.judged}


def ended(bench: Bench, name: str) -> StepEnded:
    found = [event for event in bench.of(StepEnded) if event.step == name]
    assert len(found) == 1
    return found[0]  # type: ignore[no-any-return]  # of() is untyped for brevity


def assert_starts_have_ends(bench: Bench) -> None:
    """Every start has one end, in this order, and nothing runs any more."""
    for start, end in ((StepStarted, StepEnded), (BatchStarted, BatchEnded)):
        open_now: list[tuple[object, ...]] = []
        for event in bench.events:
            if isinstance(event, (StepStarted, StepEnded, BatchStarted, BatchEnded)):
                place = (event.step, getattr(event, "batch", 0), getattr(event, "attempt", 0))
                if isinstance(event, start):
                    open_now.append(place)
                elif isinstance(event, end):
                    open_now.remove(place)
        assert open_now == []
    assert bench.spawner.running == 0


# --- order and bound


async def test_steps_start_in_plan_order(bench: Benches) -> None:
    b = bench()

    assert await run_phase(phase(*"cab"), b.setting(slots=1)) is Outcome.PASSED

    assert [event.step for event in b.of(StepStarted)] == ["c", "a", "b"]
    assert_starts_have_ends(b)


async def test_the_longest_expected_work_starts_first_and_what_nobody_knows_before_it(
    bench: Benches,
) -> None:
    b = bench()
    known = {"a": 1.0, "b": 3.0, "c": 2.0}

    def ready(step: Step) -> Work:
        expected = {"": known[step.name]} if step.name in known else {}
        return Work(step, (Batch(0),), expected=expected)

    await run_phase(phase(*"abcx"), b.setting(slots=1, make_ready=ready))

    assert [event.step for event in b.of(StepStarted)] == ["x", "b", "c", "a"]
    (expected,) = b.of(WorkExpected)
    assert (expected.seconds, expected.unknown, expected.waiting) == (6.0, 1, 0)
    assert [event.expected for event in b.of(BatchStarted)] == [None, 3.0, 2.0, 1.0]


async def test_a_short_step_that_long_ones_need_starts_before_a_longer_one(bench: Benches) -> None:
    b = bench()
    seconds = {"short": 1.0, "long": 5.0, "behind": 9.0}
    steps = (step("long"), step("short"), step("behind", needs=("short",)))

    await run_phase(
        phase(*steps),
        b.setting(
            slots=1,
            seconds=lambda step: seconds[step.name],
            make_ready=lambda step: Work(step, (Batch(0),), expected={"": seconds[step.name]}),
        ),
    )

    assert [event.step for event in b.of(StepStarted)] == ["short", "behind", "long"]


@pytest.mark.parametrize("slots", [1, 2, 3, 7])
async def test_never_more_processes_than_slots_and_all_slots_are_used(
    bench: Benches, slots: int
) -> None:
    b = bench(**{name: Script(seconds=1 + i % 3) for i, name in enumerate("abcdefghij")})

    await run_phase(phase(*"abcdefghij"), b.setting(slots=slots))

    assert b.spawner.most == slots
    assert set(outcomes(b).values()) == {Outcome.PASSED}


async def test_a_step_of_several_slots_counts_as_several(bench: Benches) -> None:
    b = bench(**dict.fromkeys(("wide", "a", "b"), Script(seconds=1)))

    await run_phase(phase(step("wide", slots=2), "a", "b"), b.setting(slots=3))

    assert {event.step for event in b.of(StepStarted)[:2]} == {"wide", "a"}
    assert b.spawner.most == 2


async def test_a_step_with_more_slots_than_there_are_runs_alone(bench: Benches) -> None:
    b = bench(**dict.fromkeys(("wide", "a"), Script(seconds=1)))

    outcome = await run_phase(phase(step("wide", slots=9), "a"), b.setting(slots=2))

    assert outcome is Outcome.PASSED
    assert b.spawner.most == 1


async def test_a_limit_holds_back_only_those_who_name_it(bench: Benches) -> None:
    b = bench(**dict.fromkeys(("one", "two", "free"), Script(seconds=1)))
    steps = (step("one", limits=("db",)), step("two", limits=("db",)), step("free"))

    await run_phase(phase(*steps), b.setting(slots=3, limits={"db": 1}))

    assert [event.step for event in b.of(StepStarted)][2:] == ["two"]
    assert b.spawner.most == 2


async def test_a_phase_without_steps_is_skipped(bench: Benches) -> None:
    b = bench()

    assert await run_phase(phase(), b.setting()) is Outcome.SKIPPED
    assert b.events == []


@pytest.mark.slow
async def test_a_thousand_steps_take_no_task_while_they_wait(bench: Benches) -> None:
    names = [f"s{i:04}" for i in range(1000)]
    most_tasks = 0

    def busy(_: tuple[str, ...]) -> Script:
        nonlocal most_tasks
        most_tasks = max(most_tasks, len(anyio.get_running_tasks()))
        return Script(seconds=1)

    b = bench(**dict.fromkeys(names, busy))
    before = len(anyio.get_running_tasks())

    assert await run_phase(phase(*names), b.setting(slots=4)) is Outcome.PASSED

    assert sorted(event.step for event in b.of(StepStarted)) == names
    assert most_tasks <= before + 4
    assert_starts_have_ends(b)


# --- needs


async def test_needs_waits_for_the_whole_sibling(bench: Benches) -> None:
    b = bench(first=Script(seconds=HOUR))
    fans_out = step("first", command=("first", "{file}"), foreach=("x", "y"), batch=1)

    await run_phase(phase(step("then", needs=("first",)), fans_out), b.setting(slots=4))

    told = [(type(e).__name__, e.step) for e in b.events if isinstance(e, (StepStarted, StepEnded))]
    assert told == [
        ("StepStarted", "first"),
        ("StepEnded", "first"),
        ("StepStarted", "then"),
        ("StepEnded", "then"),
    ]


async def test_who_needs_a_failed_step_is_never_started(bench: Benches) -> None:
    b = bench(first=FAILS)
    steps = (step("first"), step("then", needs=("first",)), step("last", needs=("then",)), "free")

    outcome = await run_phase(phase(*steps), b.setting(halt=Halt.NEVER))

    assert outcome is Outcome.FAILED
    assert outcomes(b) == {
        "first": Outcome.FAILED,
        "then": Outcome.SKIPPED,
        "last": Outcome.SKIPPED,
        "free": Outcome.PASSED,
    }
    assert {event.step for event in b.of(StepStarted)} == {"first", "free"}


async def test_a_sequential_phase_runs_its_steps_one_after_another(bench: Benches) -> None:
    b = bench(**dict.fromkeys("abc", Script(seconds=1)))

    await run_phase(phase(*"abc", sequential=True), b.setting(slots=3))

    assert b.spawner.most == 1
    assert [event.step for event in b.of(StepStarted)] == ["a", "b", "c"]


async def test_needs_against_the_order_of_a_sequential_phase_does_not_hang(bench: Benches) -> None:
    """Whoever forbids it (the plan, with a message) or bears it: a phase must come to its end."""
    b = bench()

    with anyio.fail_after(HOUR):
        try:
            await run_phase(phase(step("a", needs=("b",)), "b", sequential=True), b.setting())
        except ConfigError:
            return

    assert set(outcomes(b)) == {"a", "b"}


# --- fan-outs


async def test_an_empty_fan_out_is_passed_over_with_a_warning(bench: Benches) -> None:
    b = bench()
    empty = step("empty", foreach=("work/**",))
    make_ready = {"empty": Work(empty, (), rejected=4)}
    setting = b.setting(make_ready=lambda s: make_ready.get(s.name) or work_of(s))

    outcome = await run_phase(phase(empty, step("then", needs=("empty",))), setting)

    assert outcome is Outcome.PASSED
    assert outcomes(b) == {"empty": Outcome.SKIPPED, "then": Outcome.PASSED}
    assert [(note.level, note.text) for note in b.of(Noted)] == [
        ("warning", "p-empty is passed over: no file matches work/**, 4 rejected before")
    ]


async def test_an_empty_fan_out_fails_the_gate_phase(bench: Benches) -> None:
    b = bench()
    empty = step("empty", foreach=("work/**",))

    outcome = await run_phase(
        phase(empty), b.setting(make_ready=lambda s: Work(s, ()), must_have_files=True)
    )

    assert outcome is Outcome.FAILED
    assert ended(b, "empty").reason == "no file matches work/**"
    assert_starts_have_ends(b)


@pytest.mark.parametrize("halt", list(Halt))
async def test_a_step_that_cannot_be_made_ready_fails_and_its_siblings_are_told_of(
    bench: Benches, halt: Halt
) -> None:
    b = bench()

    def make_ready(s: Step) -> Work:
        if s.name == "bad":
            raise ConfigError("two files would both write `x`", where="[steps.p-bad] outputs")
        return work_of(s)

    outcome = await run_phase(
        phase("bad", "one", "two"), b.setting(make_ready=make_ready, halt=halt)
    )

    assert outcome is Outcome.FAILED
    rest = Outcome.PASSED if halt is Halt.NEVER else Outcome.SKIPPED
    assert outcomes(b) == {"bad": Outcome.FAILED, "one": rest, "two": rest}
    assert "two files would both write `x`" in (ended(b, "bad").reason or "")
    assert_starts_have_ends(b)


async def test_a_rows_step_tells_its_rows_and_counts_its_errors(bench: Benches) -> None:
    b = bench(s=Script(output=(rows("a", "b"), rows("c", errors=2)), exit=1))
    fans_out = step("s", command=("s", "{files}"), foreach=("a", "b", "c"), rows=True)

    assert await run_phase(phase(fans_out), b.setting()) is Outcome.PASSED

    (settled,) = b.of(RowsSettled)
    assert [(row.source, row.errors) for row in settled.rows] == [("a", 0), ("b", 0), ("c", 2)]
    end = ended(b, "s")
    assert (end.outcome, end.exit, end.files, end.rows, end.errors) == (Outcome.PASSED, 1, 3, 3, 1)
    assert b.spawner.started == [("s", "a", "b", "c")]
    (judged,) = b.judged
    assert [row.source for row in judged.rows] == ["a", "b", "c"]


async def test_the_file_that_kills_its_batch_costs_only_itself(bench: Benches) -> None:
    def tool(files: tuple[str, ...]) -> Script:
        good = files[: files.index("bad")] if "bad" in files else files
        return Script(output=(rows(*good),), exit=-11 if "bad" in files else 0)

    b = bench(s=tool)
    fans_out = step("s", command=("s", "{files}"), foreach=("a", "bad", "c", "d"), rows=True)

    assert await run_phase(phase(fans_out), b.setting(slots=1)) is Outcome.PASSED

    assert [row[0] for row in b.judged[0].rows if not row.errors] == ["a", "c", "d"]
    assert [row.source for row in b.judged[0].rows if row.errors] == ["bad"]
    assert [words[1:] for words in b.spawner.started] == [
        ("a", "bad", "c", "d"),
        ("bad",),
        ("c", "d"),
    ]


async def test_rows_are_seen_while_the_process_runs(bench: Benches) -> None:
    b = bench(s=Script(seconds=10, output=(rows("a"), rows("b", errors=1), b"now c\n")))
    fans_out = step("s", command=("s", "{files}"), foreach=("a", "b"), rows=True)
    setting = b.setting()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(setting.shop.tails.watch)
        await run_phase(phase(fans_out), setting)
        tasks.cancel_scope.cancel()

    seen = [(p.rows, p.errors, p.line) for p in b.of(Progressed)]
    assert seen == [(1, 0, "| a | 0 |"), (2, 1, "| b | 1 |"), (2, 1, "now c")]


# --- what is up to date


def up_to_date(s: Step) -> Work:
    return Work(s, (), whole_fresh=True)


async def test_a_step_that_is_up_to_date_starts_no_process_and_is_told_as_fresh(
    bench: Benches,
) -> None:
    b = bench()
    setting = b.setting(make_ready=lambda s: up_to_date(s) if s.name == "a" else work_of(s))

    outcome = await run_phase(phase("a", step("b", needs=("a",))), setting)

    assert outcome is Outcome.PASSED
    assert outcomes(b) == {"a": Outcome.FRESH, "b": Outcome.PASSED}
    assert b.spawner.started == [("b",)]
    assert ended(b, "a").outcome is Outcome.FRESH
    assert_starts_have_ends(b)


async def test_files_that_are_up_to_date_keep_their_rows_and_the_others_run(
    bench: Benches,
) -> None:
    b = bench(s=Script(output=(rows("new"),)))
    fans_out = step("s", command=("s", "{files}"), foreach=("old", "new"), rows=True)
    names = {file: FileNames(file) for file in fans_out.foreach}
    fresh = {"old": (Row("old", 2, "old"),)}
    work = Work(fans_out, (Batch(1, ("new",)),), names, fresh=fresh)

    assert await run_phase(phase(fans_out), b.setting(make_ready=lambda _: work)) is Outcome.PASSED

    (judged,) = b.judged
    assert [row[:3] for row in judged.rows] == [("old", 2, "old"), ("new", 0, "new")]
    assert b.spawner.started == [("s", "new")]


@pytest.mark.slow
async def test_a_long_row_of_steps_that_are_up_to_date_needs_no_deep_stack(
    bench: Benches,
) -> None:
    b = bench()
    names = [f"s{i:03}" for i in range(500)]
    plan = phase(*(step(n, needs=names[max(0, i - 1) : i]) for i, n in enumerate(names)))

    assert await run_phase(plan, b.setting(make_ready=up_to_date)) is Outcome.PASSED

    assert set(outcomes(b).values()) == {Outcome.FRESH}


# --- halting


async def test_halt_now_ends_the_running_and_skips_the_waiting(bench: Benches) -> None:
    b = bench(lint=Script(seconds=1, exit=3), build=Script(seconds=HOUR))

    outcome = await run_phase(phase("lint", "build", "docs"), b.setting(halt=Halt.NOW))

    assert outcome is Outcome.FAILED
    assert outcomes(b) == {
        "lint": Outcome.FAILED,
        "build": Outcome.CANCELLED,
        "docs": Outcome.SKIPPED,
    }
    assert {event.step for event in b.of(StepStarted)} == {"lint", "build"}
    assert_starts_have_ends(b)


async def test_halt_soon_lets_the_running_finish_and_starts_nothing_more(bench: Benches) -> None:
    b = bench(lint=Script(seconds=1, exit=3), build=Script(seconds=HOUR))

    outcome = await run_phase(phase("lint", "build", "docs"), b.setting(halt=Halt.SOON))

    assert outcome is Outcome.FAILED
    assert outcomes(b) == {
        "lint": Outcome.FAILED,
        "build": Outcome.PASSED,
        "docs": Outcome.SKIPPED,
    }
    assert_starts_have_ends(b)


async def test_halt_never_goes_on_with_all_the_others(bench: Benches) -> None:
    b = bench(lint=FAILS)

    outcome = await run_phase(phase("lint", "build", "docs"), b.setting(slots=1, halt=Halt.NEVER))

    assert outcome is Outcome.FAILED
    assert outcomes(b) == {
        "lint": Outcome.FAILED,
        "build": Outcome.PASSED,
        "docs": Outcome.PASSED,
    }


async def test_halt_soon_cuts_a_fan_out_short_and_calls_it_cancelled(bench: Benches) -> None:
    b = bench(bad=Script(seconds=1, exit=3), many=Script(seconds=2))
    many = step("many", command=("many", "{file}"), foreach=tuple("abcdef"), batch=1)

    await run_phase(phase("bad", many), b.setting(slots=2))

    assert outcomes(b) == {"many": Outcome.CANCELLED, "bad": Outcome.FAILED}
    assert ended(b, "many").reason == "halted: p-bad failed"
    assert len(b.of(BatchStarted)) < 7
    assert_starts_have_ends(b)


async def test_after_a_halt_no_small_step_slips_in_where_a_wide_one_waited(bench: Benches) -> None:
    b = bench(bad=Script(seconds=1, exit=3), long=Script(seconds=HOUR))
    steps = ("bad", "long", step("wide", slots=3), "small")

    await run_phase(phase(*steps), b.setting(slots=3))

    assert {event.step for event in b.of(StepStarted)} == {"bad", "long"}
    assert outcomes(b)["small"] is Outcome.SKIPPED


async def test_after_a_halt_nothing_starts_in_a_slot_that_became_free_at_the_same_moment(
    bench: Benches,
) -> None:
    b = bench(good=Script(seconds=1), bad=Script(seconds=1, exit=3), later=Script(seconds=1))

    await run_phase(phase("good", "bad", "later", "last"), b.setting(slots=2))

    failed = next(
        i
        for i, event in enumerate(b.events)
        if isinstance(event, BatchEnded) and event.outcome is Outcome.FAILED
    )
    after = b.events[failed:]
    assert [event for event in after if isinstance(event, (StepStarted, BatchStarted))] == []


@pytest.mark.parametrize("halt", [Halt.NOW, Halt.SOON])
async def test_halting_ends_a_step_that_is_backing_off(bench: Benches, halt: Halt) -> None:
    b = bench(flaky=FAILS, bad=Script(seconds=0.1, exit=4))

    outcome = await run_phase(
        phase(step("flaky", retries=5), "bad", step("then", needs=("flaky",))),
        b.setting(halt=halt),
    )

    assert outcome is Outcome.FAILED
    assert outcomes(b) == {
        "flaky": Outcome.CANCELLED,
        "bad": Outcome.FAILED,
        "then": Outcome.SKIPPED,
    }
    assert_starts_have_ends(b)


@pytest.mark.slow
@pytest.mark.parametrize("halt", [Halt.NOW, Halt.SOON])
async def test_two_thousand_waiting_steps_are_skipped_by_a_halt(bench: Benches, halt: Halt) -> None:
    b = bench(bad=FAILS)
    names = [f"s{i:04}" for i in range(2000)]

    assert await run_phase(phase("bad", *names), b.setting(slots=1, halt=halt)) is Outcome.FAILED

    assert [event.step for event in b.of(StepStarted)] == ["bad"]
    assert len(b.judged) == 2001


# --- retries


async def test_a_retry_follows_a_death_after_a_pause_and_the_last_attempt_counts(
    bench: Benches,
) -> None:
    b = bench(s=(FAILS, Script(exit=4), Script()))

    assert await run_phase(phase(step("s", retries=2)), b.setting()) is Outcome.PASSED

    told = [(event.attempt, event.reason) for event in b.of(StepRetried)]
    assert told == [(2, "exit 3"), (3, "exit 4")]
    assert all(0.25 <= e.delay / 2 ** (e.attempt - 2) <= 0.5 for e in b.of(StepRetried))
    assert [event.attempt for event in b.of(BatchStarted)] == [1, 2, 3]
    assert len({event.log for event in b.of(BatchStarted)}) == 3
    assert ended(b, "s").exit == 0


async def test_retries_that_are_used_up_fail_the_step_with_the_last_attempt(bench: Benches) -> None:
    b = bench(s=(FAILS, Script(exit=4)))

    assert await run_phase(phase(step("s", retries=1)), b.setting()) is Outcome.FAILED

    end = ended(b, "s")
    assert (end.exit, end.log) == (4, b.of(BatchEnded)[-1].log)


async def test_back_off_holds_no_slot(bench: Benches) -> None:
    b = bench(flaky=(FAILS, Script()), other=Script(seconds=0.01))

    await run_phase(phase(step("flaky", retries=1), "other"), b.setting(slots=1))

    order = [(event.step, event.attempt) for event in b.of(BatchStarted)]
    assert order == [("flaky", 1), ("other", 1), ("flaky", 2)]


# --- timeouts and silence


async def test_a_timeout_is_an_attempt_s_own_and_starts_with_its_process(bench: Benches) -> None:
    b = bench(slow=Script(seconds=HOUR), other=Script(seconds=HOUR / 2))

    outcome = await run_phase(phase("other", step("slow", timeout=600)), b.setting(slots=1))

    assert outcome is Outcome.FAILED
    end = ended(b, "slow")
    assert (end.outcome, end.reason) == (Outcome.TIMED_OUT, "ran longer than 600 s")
    assert end.exit == -15
    assert 600 <= end.seconds < 601


async def test_a_process_that_ignores_term_is_killed_after_the_grace(bench: Benches) -> None:
    b = bench(slow=Script(seconds=HOUR, stubborn=True))

    await run_phase(phase(step("slow", timeout=60)), b.setting())

    end = ended(b, "slow")
    assert end.exit == -9
    assert 65 <= end.seconds < 66


async def test_a_timeout_is_retried_like_a_death(bench: Benches) -> None:
    b = bench(slow=(Script(seconds=HOUR), Script()))

    outcome = await run_phase(phase(step("slow", timeout=60, retries=1)), b.setting())

    assert outcome is Outcome.PASSED
    assert [event.reason for event in b.of(StepRetried)] == ["ran longer than 60 s"]


@pytest.mark.parametrize("timeout", [None, HOUR, 13.0])
async def test_a_step_that_says_nothing_for_so_long_is_ended(
    bench: Benches, timeout: float | None
) -> None:
    b = bench(mute=Script(seconds=HOUR, stubborn=True))
    setting = b.setting()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(setting.shop.tails.watch)
        await run_phase(phase(step("mute", quiet=10, timeout=timeout)), setting)
        tasks.cancel_scope.cancel()

    end = ended(b, "mute")
    assert (end.outcome, end.reason) == (Outcome.TIMED_OUT, "said nothing for 10 s")


async def test_a_step_that_speaks_is_not_quiet(bench: Benches) -> None:
    b = bench(talks=Script(seconds=55, output=tuple(b"still here\n" for _ in range(10))))
    setting = b.setting()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(setting.shop.tails.watch)
        await run_phase(phase(step("talks", quiet=10)), setting)
        tasks.cancel_scope.cancel()

    assert ended(b, "talks").outcome is Outcome.PASSED


# --- what cannot start, what is cancelled, what breaks


async def test_a_program_that_cannot_start_fails_its_step_without_retries(bench: Benches) -> None:
    b = bench(gone=Script(refused=CannotStartError("there is no program `gone`", 127)))

    assert await run_phase(phase(step("gone", retries=3)), b.setting()) is Outcome.FAILED

    end = ended(b, "gone")
    assert (end.exit, end.reason) == (127, "there is no program `gone`")
    assert b.of(BatchStarted) == []
    assert len(b.spawner.started) == 1


async def test_a_failed_step_shows_the_end_of_its_log(bench: Benches, tmp_path: Path) -> None:
    b = bench(s=Script(output=(b"one\n", b"\x1b[31mtwo\x1b[0m\n"), exit=3))

    await run_phase(phase("s"), b.setting())

    end = ended(b, "s")
    assert end.tail == ("one", "two")
    assert end.log is not None
    text = (tmp_path / Path(end.log).name).read_text()
    assert text.startswith("# command: s\n# folder:  ")
    assert "one\n\x1b[31mtwo\x1b[0m\n# ----\n# exit 3\n# duration: " in text


async def test_cancelling_ends_all_and_tells_one_end_for_each_start(bench: Benches) -> None:
    b = bench(**dict.fromkeys("abcd", Script(seconds=HOUR)))
    backing_off = step("flaky", retries=9)

    with anyio.move_on_after(100) as scope:
        await run_phase(phase(backing_off, *"abcd", step("then", needs=("a",))), b.setting(slots=2))

    assert scope.cancelled_caught
    assert_starts_have_ends(b)
    assert outcomes(b)["a"] is Outcome.CANCELLED
    assert outcomes(b)["c"] is Outcome.SKIPPED
    ends = {(event.outcome, event.exit) for event in b.of(BatchEnded) if event.step in "ab"}
    assert ends == {(Outcome.CANCELLED, -15)}


async def test_cancelling_leaves_the_dispatcher_as_it_was(bench: Benches) -> None:
    b = bench(**dict.fromkeys("abcd", Script(seconds=HOUR)))
    setting = b.setting(slots=2)

    with anyio.move_on_after(100):
        await run_phase(phase(*"abcd"), setting)

    assert setting.dispatcher.running_slots == 0
    assert await run_phase(phase("e"), setting) is Outcome.PASSED


async def test_two_phases_share_one_bound_and_the_end_of_one_starts_nothing_of_its_own(
    bench: Benches,
) -> None:
    b = bench(other=Script(seconds=100), a=Script(seconds=1))
    setting = b.setting(slots=2)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_phase, phase("other"), setting)
        await anyio.sleep(1)
        with anyio.move_on_after(10):
            await run_phase(phase(step("wide", slots=2), "small"), setting)

    assert outcomes(b) == {
        "wide": Outcome.SKIPPED,
        "small": Outcome.SKIPPED,
        "other": Outcome.PASSED,
    }
    assert setting.dispatcher.running_slots == 0


async def test_a_bug_inside_passes_on_and_leaves_nothing_running(bench: Benches) -> None:
    def broken(_: tuple[str, ...]) -> Script:
        raise ZeroDivisionError

    b = bench(a=Script(seconds=HOUR), broken=broken)

    with pytest.raises(BaseExceptionGroup) as raised:
        await run_phase(phase("a", "broken", "c"), b.setting())

    assert raised.group_contains(ZeroDivisionError)
    assert_starts_have_ends(b)


async def test_no_start_callback_is_left_in_the_dispatcher(bench: Benches) -> None:
    b = bench(bad=FAILS)
    dispatcher = Dispatcher(1)

    await run_phase(phase("bad", *"abcdef"), b.setting(dispatcher=dispatcher))

    assert dispatcher.running_slots == 0
    assert dispatcher._queues == {}


async def test_who_needs_a_fresh_step_waits_for_its_other_needs_too(bench: Benches) -> None:
    b = bench(slow=Script(seconds=1), last=Script(seconds=1))
    fresh = Work(step("fresh"), (), whole_fresh=True)
    setting = b.setting(make_ready=lambda s: fresh if s.name == "fresh" else work_of(s))

    plan = phase("fresh", "slow", step("last", needs=("fresh", "slow")))
    assert await run_phase(plan, setting) is Outcome.PASSED

    assert outcomes(b) == {
        "fresh": Outcome.FRESH,
        "slow": Outcome.PASSED,
        "last": Outcome.PASSED,
    }
    assert_starts_have_ends(b)
