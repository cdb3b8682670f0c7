"""What is left of a phase: what its processes took before, by the pace of this run."""

from __future__ import annotations

from typing import Any

import pytest

from asyncorch.counts import Outlook
from asyncorch.events import (
    BatchEnded,
    BatchStarted,
    Event,
    PhaseStarted,
    Stamped,
    StepStarted,
    WorkExpected,
)
from asyncorch.model import Outcome
from asyncorch.state import RunState
from asyncorch.views.progress import seconds_left


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


def test_the_estimate_of_a_run_follows_its_processes() -> None:
    place: dict[str, Any] = {"phase": "p", "step": "s", "batch": 1, "attempt": 1, "log": "l"}
    state = RunState()
    story: list[tuple[float, Event]] = [
        (0, PhaseStarted(phase="p", number=1, title="P", steps=("s",))),
        (0, WorkExpected(phase="p", seconds=30, unknown=0, waiting=0)),
        (0, StepStarted(phase="p", step="s", title="S", files=2, batches=2)),
        (0, BatchStarted(**place, files=1, pid=1, expected=10)),
    ]
    for i, (when, event) in enumerate(story, 1):
        state.apply(Stamped(i, when, event))
    assert seconds_left(state, 0.0) == 30
    assert seconds_left(state, 4.0) == 26

    state.apply(Stamped(9, 20.0, BatchEnded(**place, outcome=Outcome.PASSED, exit=0, seconds=20)))

    assert seconds_left(state, 20.0) == pytest.approx(40)
