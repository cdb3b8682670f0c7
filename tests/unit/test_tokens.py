"""The pool: every byte comes back, nobody is overtaken, what was lost is recounted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from asyncorch.dispatch import Dispatcher
from asyncorch.model import Halt, Outcome, Step
from asyncorch.phase import run_phase
from asyncorch.tokens import Pool
from tests.bench import Bench, phase
from tests.bench import step as a_step
from tests.fakes import Script, ScriptedSpawner

pytestmark = pytest.mark.anyio

PLAIN, WIDE = Step("extract", "plain", "true"), Step("extract", "wide", "true", slots=3)
MAKE = Step("extract", "make", "make", jobserver=True, slots=3)


class Pipe:
    """A named pipe as tools under a step see it, and pools that live on it."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._path = path
        self._end = self._open()
        self._pools: list[Pool] = []

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_NONBLOCK)

    def pool(self, slots: int, *, borrowed: bool = False) -> Pool:
        end = self._open()
        pool = Pool(end, end, slots=slots, shares=lambda s: s.jobserver, borrowed=borrowed)
        self._pools.append(pool)
        return pool

    def take(self, count: int = 1 << 10) -> bytes:
        with suppress(BlockingIOError):
            return os.read(self._end, count)
        return b""

    def put(self, tokens: bytes) -> None:
        os.write(self._end, tokens)

    @property
    def free(self) -> bytes:
        tokens = self.take()
        self.put(tokens)
        return tokens

    def close(self) -> None:
        for pool in self._pools:
            pool.close()
        os.close(self._end)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    made = Pipe(tmp_path / "pipe")
    yield made
    made.close()


async def settle() -> None:
    """Let everybody run who can."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


class Worker:
    """One process: whether it has its turn, and a way to end it."""

    def __init__(self, pool: Pool, step: Step) -> None:
        self._pool, self._step, self._end = pool, step, anyio.Event()
        self.runs = False

    async def __call__(self) -> None:
        async with self._pool.turn(self._step):
            self.runs = True
            await self._end.wait()
        self.runs = False

    async def end(self) -> None:
        self._end.set()
        await settle()


@pytest.mark.parametrize(("step", "left"), [(PLAIN, 3), (WIDE, 1), (MAKE, 3)])
async def test_a_process_takes_its_slots_and_one_that_shares_takes_one(
    pipe: Pipe, step: Step, left: int
) -> None:
    pool = pipe.pool(4)
    assert len(pipe.free) == 4

    async with pool.turn(step):
        assert len(pipe.free) == left

    assert len(pipe.free) == 4


async def test_a_step_of_more_slots_than_there_are_takes_all(pipe: Pipe) -> None:
    async with pipe.pool(2).turn(WIDE):
        assert pipe.free == b""
    assert len(pipe.free) == 2


async def test_what_tools_have_taken_is_waited_for(pipe: Pipe) -> None:
    pool = pipe.pool(2)
    make, plain = Worker(pool, MAKE), Worker(pool, PLAIN)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(make)
        await settle()
        token = pipe.take(1)
        tasks.start_soon(plain)
        await settle()
        assert (make.runs, plain.runs) == (True, False)

        pipe.put(token)
        await settle()

        assert plain.runs
        await plain.end()
        await make.end()


async def test_who_needs_several_is_not_overtaken(pipe: Pipe) -> None:
    pool = pipe.pool(3)
    first, wide, small = Worker(pool, PLAIN), Worker(pool, WIDE), Worker(pool, PLAIN)
    async with anyio.create_task_group() as tasks:
        for worker in (first, wide, small):
            tasks.start_soon(worker)
            await settle()
        assert (wide.runs, small.runs) == (False, False)

        await first.end()

        assert (wide.runs, small.runs) == (True, False)
        await wide.end()
        await small.end()
    assert len(pipe.free) == 3


async def test_tokens_of_a_killed_child_come_back_when_nobody_shares_any_more(pipe: Pipe) -> None:
    pool = pipe.pool(3)
    one, other, plain = Worker(pool, MAKE), Worker(pool, MAKE), Worker(pool, PLAIN)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one)
        tasks.start_soon(other)
        await settle()
        pipe.take(1)  # and whoever took it dies
        tasks.start_soon(plain)
        await one.end()
        assert plain.runs
        assert pipe.free == b""  # the other one may hold it

        await other.end()

        assert len(pipe.free) == 2
        await plain.end()
    assert len(pipe.free) == 3


async def test_who_waits_starts_when_a_recount_brings_tokens_back(pipe: Pipe) -> None:
    pool = pipe.pool(2)
    make, wide = Worker(pool, MAKE), Worker(pool, WIDE)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(make)
        await settle()
        pipe.take()
        tasks.start_soon(wide)
        await settle()
        assert not wide.runs

        await make.end()

        assert wide.runs
        await wide.end()


async def test_tokens_that_a_tool_has_made_up_are_gone_with_it(pipe: Pipe) -> None:
    async with pipe.pool(2).turn(MAKE):
        pipe.put(b"xyz")
    assert pipe.free == b"++"


async def test_who_is_cancelled_gives_back_what_it_had_so_far(pipe: Pipe) -> None:
    pool = pipe.pool(3)
    async with anyio.create_task_group() as tasks, pool.turn(PLAIN):
        tasks.start_soon(Worker(pool, WIDE))
        await settle()
        assert pipe.free == b""
        tasks.cancel_scope.cancel()
    assert len(pipe.free) == 3


async def test_a_failure_gives_back_what_was_taken(pipe: Pipe) -> None:
    pool = pipe.pool(2)
    with pytest.raises(ZeroDivisionError):
        async with pool.turn(PLAIN):
            raise ZeroDivisionError
    assert len(pipe.free) == 2


# --- the pipe of somebody else


async def test_the_first_process_borrows_nothing(pipe: Pipe) -> None:
    async with pipe.pool(4, borrowed=True).turn(PLAIN):
        pass
    assert pipe.free == b""


async def test_the_very_bytes_that_were_borrowed_are_given_back(pipe: Pipe) -> None:
    pool = pipe.pool(3, borrowed=True)
    pipe.put(b"ab")
    workers = [Worker(pool, PLAIN) for _ in range(3)]
    async with anyio.create_task_group() as tasks:
        for worker in workers:
            tasks.start_soon(worker)
        await settle()
        assert pipe.free == b""

        for worker in workers:
            await worker.end()

    assert sorted(pipe.free) == sorted(b"ab")


async def test_who_waits_for_a_borrowed_slot_takes_our_own_when_that_is_free(pipe: Pipe) -> None:
    pool = pipe.pool(2, borrowed=True)
    first, second = Worker(pool, PLAIN), Worker(pool, PLAIN)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(first)
        await settle()
        tasks.start_soon(second)
        await settle()
        assert not second.runs

        await first.end()

        assert second.runs
        await second.end()


async def test_of_borrowed_slots_nobody_keeps_some_to_wait_for_more(pipe: Pipe) -> None:
    pipe.put(b"a")
    async with pipe.pool(3, borrowed=True).turn(WIDE):
        assert pipe.free == b""
    assert pipe.free == b"a"


async def test_nothing_is_added_to_a_borrowed_pipe(pipe: Pipe) -> None:
    async with pipe.pool(4, borrowed=True).turn(MAKE):
        pipe.put(b"a")
    assert pipe.free == b"a"


# --- in a phase


def outcomes(bench: Bench) -> dict[str, Outcome]:
    return {judged.step.name: judged.summary.outcome for judged in bench.judged}


@pytest.mark.parametrize(("lent", "most"), [(b"", 1), (b"a", 2), (b"abc", 3)])
async def test_a_phase_runs_as_many_at_once_as_it_can_borrow_for(
    pipe: Pipe, tmp_path: Path, lent: bytes, most: int
) -> None:
    pipe.put(lent)
    bench = Bench(tmp_path, ScriptedSpawner(**dict.fromkeys("abcdef", Script(seconds=1))))
    dispatcher = Dispatcher(3, {}, pool=pipe.pool(3, borrowed=True))

    outcome = await run_phase(phase(*"abcdef"), bench.setting(dispatcher=dispatcher))

    assert outcome is Outcome.PASSED
    assert bench.spawner.most == most
    assert sorted(pipe.free) == sorted(lent)


@pytest.mark.parametrize("halt", [Halt.SOON, Halt.NOW])
async def test_who_waits_for_a_token_does_not_start_after_a_halt(
    pipe: Pipe, tmp_path: Path, halt: Halt
) -> None:
    bench = Bench(tmp_path, ScriptedSpawner(**dict.fromkeys("abc", Script(seconds=1, exit=3))))
    dispatcher = Dispatcher(3, {}, pool=pipe.pool(3, borrowed=True))

    await run_phase(phase(*"abc"), bench.setting(dispatcher=dispatcher, halt=halt))

    assert len(bench.spawner.started) == 1
    assert sorted(outcomes(bench).values()) == ["failed", "skipped", "skipped"]
    assert dispatcher.running_slots == 0


async def test_a_process_beside_a_tool_that_shares_waits_for_the_tokens_it_took(
    pipe: Pipe, tmp_path: Path
) -> None:
    bench = Bench(tmp_path, ScriptedSpawner(make=Script(seconds=5), b=Script(seconds=1)))
    dispatcher = Dispatcher(2, {}, pool=pipe.pool(2))
    pipe.take(1)  # the tool is quick

    await run_phase(
        phase(a_step("make", jobserver=True), "b"), bench.setting(dispatcher=dispatcher)
    )

    assert bench.spawner.most == 1
    assert set(outcomes(bench).values()) == {Outcome.PASSED}
    assert len(pipe.free) == 2
