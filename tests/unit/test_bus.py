"""The bus: every event to every sink, in one order, whatever a sink does."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from asyncorch.bus import Bus
from asyncorch.events import Noted, Progressed, RowsSettled, Stamped


@pytest.fixture
def bus() -> Bus:
    clock: Iterator[float] = map(float, count(100))
    return Bus(clock.__next__)


PROGRESS = Progressed(phase="p", step="s", batch=1, rows=1, errors=0, line="")


class Broken:
    def __init__(self) -> None:
        self.told = 0

    def __call__(self, _: Stamped) -> None:
        self.told += 1
        raise OSError(28, "No space left on device")


def test_events_are_stamped_once_and_numbered_without_gaps(bus: Bus) -> None:
    one: list[Stamped] = []
    two: list[Stamped] = []
    bus.add(one.append)
    bus.add(two.append)

    for text in "abc":
        bus.emit(Noted(text=text))

    assert [(stamped.seq, stamped.time) for stamped in one] == [(1, 100), (2, 101), (3, 102)]
    assert one == two


def test_what_the_journal_does_not_hold_takes_no_number(bus: Bus) -> None:
    told: list[Stamped] = []
    bus.add(told.append)

    for event in (Noted(text="a"), PROGRESS, RowsSettled(phase="p", step="s", rows=())):
        bus.emit(event)
    bus.emit(Noted(text="b"))

    assert [stamped.seq for stamped in told] == [1, 1, 1, 2]


def test_a_sink_that_raises_is_dropped_and_named_and_the_others_go_on(bus: Bus) -> None:
    broken = Broken()
    told: list[Any] = []
    bus.add(broken)
    bus.add(lambda stamped: told.append(stamped.event))

    bus.emit(Noted(text="a"))
    bus.emit(Noted(text="b"))

    assert broken.told == 1
    assert [event.text for event in told if event.level == "note"] == ["a", "b"]
    (warning,) = [event.text for event in told if event.level == "warning"]
    assert warning == "Broken stopped: OSError: [Errno 28] No space left on device"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_sinks_that_work_are_told_in_order_when_another_breaks(bus: Bus, place: int) -> None:
    one: list[Stamped] = []
    two: list[Stamped] = []
    sinks: list[Any] = [one.append, two.append]
    sinks.insert(place, Broken())
    for sink in sinks:
        bus.add(sink)

    bus.emit(Noted(text="a"))
    bus.emit(Noted(text="b"))

    assert [stamped.seq for stamped in one] == [1, 2, 3]
    assert [stamped.seq for stamped in two] == [1, 2, 3]
    assert one == two


def test_all_sinks_may_break(bus: Bus) -> None:
    bus.add(Broken())
    bus.add(Broken())

    bus.emit(Noted(text="a"))
    bus.emit(Noted(text="b"))


def test_a_sink_that_comes_late_is_told_from_then_on(bus: Bus) -> None:
    told: list[Stamped] = []
    bus.emit(Noted(text="a"))
    bus.add(told.append)
    bus.emit(Noted(text="b"))

    assert [stamped.seq for stamped in told] == [2]
