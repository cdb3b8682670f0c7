"""One job is one process with a log of its own, and the process is gone when the job has ended."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from asyncorch.events import BatchEnded, BatchStarted
from asyncorch.job import Shop, run_job
from asyncorch.model import Batch, Outcome, Step
from asyncorch.process import spawn
from asyncorch.quality.rows import Files, Known
from asyncorch.step import Job, JobEnd
from tests.bench import Bench, rows, step
from tests.fakes import Script, ScriptedSpawner

pytestmark = pytest.mark.anyio
real_clock = pytest.mark.parametrize("anyio_backend", ["asyncio"])


async def run(
    bench: Bench, plan: Step, *argv: str, batch: int = 0, files: Files | None = None, **shop: Any
) -> JobEnd:
    made = bench.shop(**shop)
    given = tuple(known.source for known in files.known.values()) if files else ()
    job = Job(Batch(batch, given))
    return await run_job(made, plan, job, argv=argv or ("s",), files=files or Files({}))


def bench_of(folder: Path, **plays: Any) -> Bench:
    return Bench(folder, ScriptedSpawner(**plays))


async def test_a_job_tells_its_start_and_its_end(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, s=Script(seconds=2, exit=3))

    end = await run(bench, step("s"), batch=7)

    (start,), (ended,) = bench.of(BatchStarted), bench.of(BatchEnded)
    assert (start.batch, start.attempt, start.log) == (7, 1, end.log)
    assert (ended.outcome, ended.exit, ended.seconds) == (Outcome.FAILED, 3, 2.0)
    assert end.log.startswith("runlogs/run/p-s_")
    assert end.log.endswith("_b007.log")


async def test_two_jobs_of_one_name_in_one_second_have_two_logs(tmp_path: Path) -> None:
    bench = bench_of(tmp_path)

    logs = [(await run(bench, step("s"))).log for _ in range(3)]

    assert len(set(logs)) == 3


async def test_rows_speak_of_the_files_that_the_process_was_given(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, s=Script(output=(rows("in/a", "other", errors=1),), exit=1))
    files = Files({b"in/a": Known("a", "a"), b"in/b": Known("b", "b")})

    end = await run(bench, step("s", rows=True), files=files)

    assert [row[:3] for row in end.rows] == [("a", 1, "a"), ("other", 1, "other")]
    assert bench.of(BatchEnded)[0].errors == 2


async def test_a_step_without_rows_has_none(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, s=Script(output=(rows("a"),)))

    assert (await run(bench, step("s"))).rows == ()


async def test_a_cancelled_job_ends_its_process_tells_so_and_passes_on(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, s=Script(seconds=100, output=(rows("a"),), stubborn=True))

    with anyio.move_on_after(60) as scope:
        await run(bench, step("s", rows=True))

    assert scope.cancelled_caught
    (ended,) = bench.of(BatchEnded)
    assert (ended.outcome, ended.exit, ended.rows) == (Outcome.CANCELLED, -9, 1)
    assert bench.spawner.running == 0
    text = (tmp_path / Path(ended.log).name).read_text()
    assert "# SIGKILL (ended by asyncorch)\n" in text


async def test_a_hurry_cuts_the_grace_of_a_cancelled_job_short(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, s=Script(seconds=100, stubborn=True))
    hurry = anyio.Event()
    hurry.set()

    with anyio.move_on_after(1):
        await run(bench, step("s"), grace=1e9, hurry=hurry)

    assert bench.of(BatchEnded)[0].seconds == 1.0


async def test_jobs_that_run_are_known_to_whoever_wants_to_stop_them(tmp_path: Path) -> None:
    bench = bench_of(tmp_path, s=Script(seconds=10))
    jobs: set[Any] = set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(run, bench, step("s", timeout=15), jobs=jobs))
        await anyio.sleep(5)
        (job,) = jobs
        job.pause()
        job.resume(100.0)

    assert jobs == set()


async def test_a_time_in_which_it_was_stopped_does_not_count_for_its_timeout(
    tmp_path: Path,
) -> None:
    bench = bench_of(tmp_path, s=Script(seconds=25))
    jobs: set[Any] = set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(run, bench, step("s", timeout=10), jobs=jobs))
        await anyio.sleep(5)
        for job in jobs:
            job.resume(20.0)

    assert bench.of(BatchEnded)[0].outcome is Outcome.PASSED


# --- with real processes


def real(folder: Path, **changes: Any) -> Shop:
    return Bench(folder, ScriptedSpawner()).shop(spawn=spawn, env_of=lambda _: {}, **changes)


async def run_real(shop: Shop, text: str, **changes: Any) -> JobEnd:
    argv = ("/bin/sh", "-c", text)
    with anyio.fail_after(20):
        return await run_job(shop, step("s", **changes), Job(Batch(0)), argv=argv, files=Files({}))


def log_of(folder: Path) -> str:
    (path,) = folder.glob("*.log")
    return path.read_text()


@real_clock
async def test_who_still_holds_the_log_is_waited_for_and_what_it_says_is_read(
    tmp_path: Path,
) -> None:
    end = await run_real(
        real(tmp_path, linger=10), "(sleep 0.2; echo '| late | 0 |') & exit 0", rows=True
    )

    assert [row.artifact for row in end.rows] == ["late"]
    assert (end.outcome, end.reason) == (Outcome.PASSED, None)


@real_clock
async def test_who_holds_the_log_for_longer_is_named_and_left_alone(tmp_path: Path) -> None:
    end = await run_real(real(tmp_path, linger=0.05), "sleep 1 & exit 0")

    assert end.outcome is Outcome.PASSED
    assert "# exit 0 (the log is still held by process " in log_of(tmp_path)


@pytest.mark.slow
@real_clock
async def test_a_process_that_ended_well_cannot_time_out_any_more(tmp_path: Path) -> None:
    end = await run_real(real(tmp_path, linger=0.6), "sleep 2 & sleep 0.1; exit 0", timeout=0.3)

    assert end.outcome is Outcome.PASSED


@pytest.mark.slow
@real_clock
async def test_a_job_that_lingers_can_be_cancelled(tmp_path: Path) -> None:
    with anyio.move_on_after(0.4) as scope:
        await run_real(real(tmp_path, linger=600), "sleep 600 & exit 0")

    assert scope.cancelled_caught
    assert "(ended by asyncorch)" in log_of(tmp_path)


@pytest.mark.slow
@real_clock
async def test_the_rows_of_a_cancelled_process_are_counted_however_long_its_log_is(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path, ScriptedSpawner())
    shop = bench.shop(spawn=spawn, env_of=lambda _: {})
    text = "yes '| a | 0 |' | head -n 300000; echo done > done; sleep 600"

    async with anyio.create_task_group() as tasks:
        plan, job = step("s", rows=True), Job(Batch(0))
        argv = ("/bin/sh", "-c", text)
        tasks.start_soon(partial(run_job, shop, plan, job, argv=argv, files=Files({})))
        with anyio.fail_after(20):
            while not (tmp_path / "done").exists():  # another process makes it
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()

    assert bench.of(BatchEnded)[0].rows == 300_000


@real_clock
async def test_what_a_failed_process_leaves_is_ended_with_it(tmp_path: Path) -> None:
    end = await run_real(real(tmp_path), "sleep 600 & echo $! > left; exit 3")

    assert (end.outcome, end.exit) == (Outcome.FAILED, 3)
    left = (tmp_path / "left").read_text().strip()
    stat = Path("/proc", left, "stat")
    assert not stat.exists() or stat.read_text().rpartition(") ")[2][0] in "ZX"


@real_clock
async def test_a_step_s_folder_is_seen_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()

    await run_real(real(tmp_path), "pwd", cwd="sub")

    assert f"# folder:  {tmp_path}/sub\n" in log_of(tmp_path)
    assert f"\n{tmp_path}/sub\n" in log_of(tmp_path)
