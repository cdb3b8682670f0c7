"""The tails tell what running processes show, and read no more than a slice at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from asyncorch.events import Progressed
from asyncorch.model import Outcome, Row
from asyncorch.quality.rows import RawRow
from asyncorch.runlog import CHUNK, Log
from asyncorch.tails import INTERVAL, SLICE, Tail, Tails

pytestmark = pytest.mark.anyio

ROW = b"| a | 0 |\n"
BLOCK = ROW + b"x" * (SLICE - len(ROW) - 1) + b"\n"  # a row in a slice


def plain(raw: RawRow) -> Row:
    return Row(raw.artifact.decode(), raw.errors, raw.artifact.decode())


class Desk:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.silences = 0

    def tail(self, *, rows: bool = True, quiet: float | None = None, name: str = "s") -> Tail:
        return Tail(
            self.log,
            "p",
            name,
            1,
            known=None,
            resolve=plain if rows else None,
            quiet=quiet,
            stop=self.stop,
        )

    def stop(self, outcome: Outcome, reason: str) -> None:
        self.silences += 1

    def say(self, data: bytes) -> None:
        os.write(self.log.fd, data)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    log = Log(tmp_path / "a.log")
    log.header(("x",), "/", 0.0)
    yield Desk(log)
    log.close()


async def test_what_is_new_is_told_once(desk: Desk) -> None:
    tail = desk.tail()
    assert tail.look() is None

    desk.say(ROW + b"| b | 2 |\nnow c")

    assert tail.look() == Progressed(phase="p", step="s", batch=1, rows=2, errors=1, line="now c")
    assert tail.look() is None


async def test_the_last_line_is_made_safe_and_empty_ones_are_passed_over(desk: Desk) -> None:
    tail = desk.tail(rows=False)
    desk.say(b"10%\r\x1b[31m20%\x1b[0m\n\n  \n")

    told = tail.look()

    assert told is not None
    assert told.line == "20%"


async def test_a_step_without_rows_has_none_counted(desk: Desk) -> None:
    tail = desk.tail(rows=False)
    desk.say(ROW)

    told = tail.look()

    assert told is not None
    assert (told.rows, told.line) == (0, "| a | 0 |")
    assert await tail.finish() == []


async def test_finishing_reads_the_rest_and_the_last_line(desk: Desk) -> None:
    tail = desk.tail()
    desk.say(ROW + b"| b | 0")
    tail.look()
    desk.say(b" |")
    desk.log.footer("exit 0", 0.0)

    assert [row.artifact for row in await tail.finish()] == ["a", "b"]


async def test_header_and_footer_are_no_output(desk: Desk) -> None:
    tail = desk.tail()
    desk.log.footer("| x | 0 |\n| y | 0 |", 0.0)

    assert await tail.finish() == []


async def test_a_look_takes_a_slice_at_most_and_tells_that_it_is_behind(desk: Desk) -> None:
    tail = desk.tail()
    desk.say(BLOCK * 3)

    told = [tail.look(), tail.look()]

    assert [event.rows for event in told if event] == [1, 2]
    assert not tail.behind
    desk.say(BLOCK * 2)
    tail.look()
    assert tail.behind


async def test_one_task_follows_all_logs_and_a_fast_one_without_a_pause(desk: Desk) -> None:
    told: list[Any] = []
    tails = Tails(told.append)
    desk.say(BLOCK * 5)
    tails.add(desk.tail(name="fast"))
    tails.add(desk.tail(name="other"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tails.watch)
        await anyio.sleep(INTERVAL / 2)
        tasks.cancel_scope.cancel()

    last = {event.step: event.rows for event in told}
    assert last == dict.fromkeys(
        ("fast", "other"), 4
    )  # the last slice has time until the next look


async def test_a_log_is_not_looked_at_after_its_process_has_ended(desk: Desk) -> None:
    told: list[Any] = []
    tails = Tails(told.append)
    tail = desk.tail()
    tails.add(tail)
    tails.remove(tail)
    tails.remove(tail)
    desk.say(ROW)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tails.watch)
        await anyio.sleep(1)
        tasks.cancel_scope.cancel()

    assert told == []


async def _after(seconds: float, act: Callable[[], object]) -> None:
    await anyio.sleep(seconds)
    act()


async def test_silence_is_told_once_it_has_lasted_and_speech_ends_it(desk: Desk) -> None:
    tail = desk.tail(rows=False, quiet=10)
    await _after(9, tail.look)
    assert desk.silences == 0
    desk.say(b".")
    await _after(0, tail.look)
    await _after(9, tail.look)
    assert desk.silences == 0

    await _after(2, tail.look)

    assert desk.silences == 1


async def test_a_time_in_which_it_could_not_speak_is_forgiven(desk: Desk) -> None:
    tail = desk.tail(rows=False, quiet=10)
    await anyio.sleep(100)

    tail.forgive(100)
    tail.look()

    assert desk.silences == 0
