"""A log that outgrows its limit keeps head and tail; the disk gets back what lay between."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncorch.logcut import Cut
from asyncorch.runlog import Log

LINE = b"%07d\n"
MIB = 1 << 20


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "a.log")
    made.header(("x",), "/", 0.0)
    yield made
    made.close()


def lines(first: int, last: int) -> bytes:
    return b"".join(LINE % n for n in range(first, last))


def output(log: Log) -> bytes:
    assert log.end is not None
    return log.path.read_bytes()[log.start : log.end]


def test_a_log_within_its_limit_stays_as_it_is(log: Log) -> None:
    cut = Cut(log, 800)
    os.write(log.fd, lines(0, 100))
    assert cut.shorten(log.size()) is None
    log.footer("exit 0", 1.0)
    before = log.path.read_bytes()

    assert not cut.is_due
    assert cut.close() == 0
    assert log.path.read_bytes() == before


def test_without_a_limit_nothing_is_cut(log: Log) -> None:
    cut = Cut(log, None)
    os.write(log.fd, bytes(3 * MIB))
    cut.shorten(log.size())
    log.footer("exit 0", 1.0)

    assert cut.close() == 0
    assert log.hole == (0, 0)


def test_head_and_tail_are_whole_lines_and_the_note_between_says_how_much_is_gone(log: Log) -> None:
    cut = Cut(log, 84)  # five lines and two bytes on each side
    os.write(log.fd, lines(0, 1000))
    log.footer("exit 0", 1.0)

    gone = cut.close()

    assert gone == 8 * 990
    note = b"# ---- 7.7 KiB dropped here: the log outgrew `max_log` (84 B)\n"
    assert output(log) == lines(0, 5) + note + lines(995, 1000)
    assert log.path.read_bytes().endswith(b"# exit 0\n# duration: 1.000 s\n")
    assert log.tail(2) == [b"0000998", b"0000999"]


def test_while_it_is_written_the_disk_gets_its_room_back_and_the_end_is_the_same(log: Log) -> None:
    cut = Cut(log, 16_000)
    for start in range(10):
        os.write(log.fd, lines(start * 200_000, (start + 1) * 200_000))
        assert cut.shorten(log.size()) is None
        assert log.path.stat().st_blocks * 512 < 3 * MIB
    assert log.size() > 15 * MIB
    log.footer("exit 0", 1.0)

    cut.close()

    assert log.size() < 17_000
    head, _, tail = output(log).partition(b"# ---- ")
    assert head == lines(0, 1000)
    assert tail.endswith(lines(1_999_001, 2_000_000))
    assert b"\0" not in output(log)


def test_what_has_not_been_read_is_not_dropped(log: Log) -> None:
    cut = Cut(log, 16_000)
    os.write(log.fd, bytes(5 * MIB))

    cut.shorten(log.start + 3 * MIB)

    assert log.hole[1] == log.start + 3 * MIB


def test_a_process_that_still_writes_goes_on_behind_the_tail(log: Log) -> None:
    cut = Cut(log, 160)
    other = os.open(log.path, os.O_WRONLY | os.O_APPEND)
    os.write(other, lines(0, 1000))
    log.footer("exit 0", 1.0)
    cut.close()

    os.write(other, b"late\n")
    os.close(other)

    assert log.path.read_bytes().endswith(b"s\nlate\n")


def test_a_log_that_its_process_has_deleted_is_cut_all_the_same(log: Log) -> None:
    cut = Cut(log, 160)
    os.write(log.fd, lines(0, 1000))
    log.path.unlink()
    log.footer("exit 0", 1.0)

    assert cut.close() > 0
    assert log.size() < 1000


def test_where_no_hole_can_be_made_the_reason_comes_back(log: Log) -> None:
    cut = Cut(log, 1000)
    os.write(log.fd, bytes(3 * MIB))
    fd, log.fd = log.fd, os.open(log.path, os.O_RDONLY)  # a hole needs the right to write

    problem = cut.shorten(log.size())
    os.close(log.fd)
    log.fd = fd

    assert problem is not None
    assert problem.startswith("its log outgrew `max_log` (1000 B), and no part can go: ")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=5000), st.integers(1, 3000))
def test_any_output_keeps_its_beginning_and_its_end(tmp_path: Path, data: bytes, most: int) -> None:
    log = Log(tmp_path / "any.log")
    os.ftruncate(log.fd, 0)
    log.header(("x",), "/", 0.0)
    os.write(log.fd, data)
    log.footer("exit 0", 1.0)
    given = output(log)

    Cut(log, most).close()

    left = output(log)
    log.close()
    head, note, tail = left.partition(b"# ---- ")
    if left != given:
        assert given.startswith(head.removesuffix(b"\n"))
        assert note
        assert given.endswith(tail.partition(b")\n")[2])
    assert len(left) <= max(most + 100, len(given)) if left == given else len(left) <= most + 100
