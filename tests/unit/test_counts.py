"""What is left of a phase: what its processes took before, by the pace of this run."""

from __future__ import annotations

import pytest

from asyncorch.counts import Outlook
from asyncorch.events import WorkExpected


def outlook(seconds: float, *, unknown: int = 0, waiting: int = 0) -> Outlook:
    made = Outlook()
    made.add(WorkExpected(phase="p", seconds=seconds, unknown=unknown, waiting=waiting))
    return made


def test_nothing_is_left_to_say_while_something_is_unknown() -> None:
    assert Outlook().left(2, []) is None
    assert outlook(10, unknown=1).left(2, []) is None
    assert outlook(10, waiting=1).left(2, []) is None


def test_the_slots_share_what_is_left() -> None:
    assert outlook(100).left(4, []) == 25
    assert outlook(100).left(4, [(10, 4), (10, 6)]) == 22.5


def test_the_longest_process_may_be_all_that_is_left() -> None:
    assert outlook(12).left(4, [(10, 1), (2, 5)]) == 9


def test_a_process_that_takes_longer_than_expected_leaves_nothing_less_than_nothing() -> None:
    assert outlook(10).left(1, [(10, 50)]) == 0


def test_the_pace_of_what_has_ended_tells_how_long_the_rest_takes() -> None:
    slow = outlook(100)
    slow.end(10, 20)

    assert slow.left(1, []) == pytest.approx(180)
    assert slow.left(1, [(30, 20)]) == pytest.approx(160)


def test_what_has_come_up_later_is_added() -> None:
    more = outlook(10, waiting=1)
    more.add(WorkExpected(phase="p", seconds=5, unknown=0, waiting=0))

    assert more.left(1, []) == 15
