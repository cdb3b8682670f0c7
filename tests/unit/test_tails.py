"""The tails tell what running processes show, and read no more than a slice at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from asyncorch.descendants import Family
from asyncorch.events import Progressed
from asyncorch.model import Outcome, Row
from asyncorch.quality.rows import RawRow
from asyncorch.quality.suspect import Search, patterns
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
        self.reasons: list[str] = []

    def tail(
        self,
        *,
        rows: bool = True,
        quiet: float | None = None,
        name: str = "s",
        most: int | None = None,
        search: Search | None = None,
    ) -> Tail:
        return Tail(
            self.log,
            "p",
            name,
            1,
            known=None,
            resolve=plain if rows else None,
            quiet=quiet,
            most=most,
            search=search,
            stop=self.stop,
        )

    def stop(self, outcome: Outcome, reason: str) -> None:
        self.silences += outcome is Outcome.TIMED_OUT
        self.reasons.append(reason)

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


async def test_of_an_artifact_and_its_source_the_last_row_is_kept(desk: Desk) -> None:
    tail = desk.tail()
    desk.say(b"| a | 1 |\n| b | 0 |\n" * 1000 + b"| a | 2 |\n")
    tail.look()

    rows = await tail.finish()

    assert [(row.artifact, row.errors) for row in rows] == [("a", 2), ("b", 0)]
    assert (tail.reader.rows, tail.reader.errors) == (2001, 1001)


async def test_two_sources_of_one_artifact_both_keep_their_row(desk: Desk) -> None:
    tail = desk.tail()
    tail._resolve = lambda raw: Row("a", raw.errors, (raw.source or b"").decode())
    desk.say(b"| a | 0 | x |\n| a | 1 | y |\n| a | 0 | y |\n")

    assert [(row.source, row.errors) for row in await tail.finish()] == [("x", 0), ("y", 0)]


async def test_megabytes_that_were_never_looked_at_are_read_at_the_end(desk: Desk) -> None:
    tail = desk.tail()
    desk.say(BLOCK * 40)
    desk.log.path.unlink()  # its process may do that
    desk.log.footer("exit 0", 0.0)

    assert [row.artifact for row in await tail.finish()] == ["a"]
    assert tail.reader.rows == 40


async def test_what_must_not_be_said_is_found_though_it_is_dropped(desk: Desk) -> None:
    search = Search(patterns(("disaster",)))
    tail = desk.tail(rows=False, most=1 << 16, search=search)
    desk.say(b"x" * CHUNK + b"\ndisaster\n" + b"x" * 3 * CHUNK)
    while (told := tail.look()) is not None and tail.behind:
        assert told.line
    desk.say(b"\nlast\n")

    await tail.catch_up()

    assert search.finish() == b"disaster"
    assert desk.log.hole[1] > 2 * CHUNK
    desk.log.footer("exit 0", 0.0)
    assert await tail.cut() > 3 * CHUNK
    assert desk.log.tail(1) == [b"last"]


async def test_who_takes_too_much_memory_is_stopped_and_told_why(desk: Desk) -> None:
    tails = Tails(lambda _: None)
    tail = desk.tail()
    tail.memory = (Family(os.getsid(0), None), 1000)
    tails.add(tail)

    await tails._weigh()

    assert desk.reasons == ["used more than 1000 B of memory"]
