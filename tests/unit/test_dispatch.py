"""Slots and limits: never too many, never anybody forgotten, the oldest served first."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncorch.dispatch import Claim, Dispatcher
from asyncorch.model import Step


class Hall:
    """A dispatcher and a list of who has been started, in order."""

    def __init__(self, slots: int, **limits: int) -> None:
        self.dispatcher = Dispatcher(slots, limits)
        self.started: list[str] = []

    def submit(self, name: str, slots: int = 1, *limits: str) -> Claim:
        claim = Claim(slots, limits)
        self.dispatcher.submit(claim, lambda: self.started.append(name), name)
        return claim


def test_what_fits_is_started_at_once() -> None:
    hall = Hall(2)

    hall.submit("a")
    hall.submit("b")

    assert hall.started == ["a", "b"]


def test_what_does_not_fit_waits_for_a_release() -> None:
    hall = Hall(1)
    a = hall.submit("a")
    hall.submit("b")
    assert hall.started == ["a"]

    hall.dispatcher.release(a)

    assert hall.started == ["a", "b"]


def test_who_waits_is_served_by_age() -> None:
    hall = Hall(1)
    first = hall.submit("first")
    for name in "abc":
        hall.submit(name)

    for _ in range(3):
        hall.dispatcher.release(first)

    assert hall.started == ["first", "a", "b", "c"]


def test_slots_beyond_all_slots_count_as_all() -> None:
    hall = Hall(2)
    wide = hall.submit("wide", 9)
    hall.submit("a")
    assert hall.started == ["wide"]

    hall.dispatcher.release(wide)

    assert hall.started == ["wide", "a"]
    assert hall.dispatcher.running_slots == 1


def test_slots_are_kept_for_the_oldest_that_waits() -> None:
    hall = Hall(2)
    a = hall.submit("a")
    hall.submit("wide", 2)
    hall.submit("small")
    assert hall.started == ["a"]

    hall.dispatcher.release(a)

    assert hall.started == ["a", "wide"]


def test_nobody_younger_passes_with_a_limit_that_an_older_one_lacks() -> None:
    hall = Hall(4, db=1, net=1)
    db = hall.submit("db", 1, "db")
    hall.submit("both", 1, "db", "net")
    hall.submit("net", 1, "net")
    assert hall.started == ["db"]

    hall.dispatcher.release(db)

    assert hall.started == ["db", "both"]


def test_who_lacks_only_a_limit_holds_no_slot_back() -> None:
    hall = Hall(2, db=1)
    hall.submit("a", 1, "db")
    hall.submit("b", 1, "db")
    hall.submit("free")

    assert hall.started == ["a", "free"]


def test_a_limit_that_nobody_set_is_one() -> None:
    hall = Hall(4)
    hall.submit("a", 1, "x")
    hall.submit("b", 1, "x")

    assert hall.started == ["a"]


def test_a_limit_named_twice_is_taken_once() -> None:
    hall = Hall(4, db=2)
    a = hall.submit("a", 1, "db", "db")
    hall.submit("b", 1, "db")
    assert hall.started == ["a", "b"]

    hall.dispatcher.release(a)
    hall.submit("c", 1, "db")
    hall.submit("d", 1, "db")

    assert hall.started == ["a", "b", "c"]


def test_a_wide_one_is_not_starved_by_a_stream_of_small_ones() -> None:
    hall = Hall(4)
    small = [hall.submit(f"s{i}") for i in range(4)]
    hall.submit("wide", 4)
    for i in range(4, 50):
        hall.submit(f"s{i}")

    for claim in small:
        hall.dispatcher.release(claim)

    assert hall.started == ["s0", "s1", "s2", "s3", "wide"]


def test_withdrawing_forgets_only_what_has_not_started() -> None:
    hall = Hall(1)
    mine = hall.submit("mine")
    hall.submit("mine")
    hall.submit("other")

    hall.dispatcher.withdraw({"mine"})
    assert hall.started == ["mine"]
    assert hall.dispatcher.running_slots == 1
    hall.dispatcher.release(mine)

    assert hall.started == ["mine", "other"]


def test_withdrawing_the_oldest_lets_the_next_in() -> None:
    hall = Hall(2)
    hall.submit("a")
    hall.submit("wide", 2)
    hall.submit("b")

    hall.dispatcher.withdraw({"wide"})

    assert hall.started == ["a", "b"]


def test_withdrawing_several_at_once_starts_none_of_them() -> None:
    hall = Hall(2)
    hall.submit("a")
    hall.submit("wide", 2)
    hall.submit("small")

    hall.dispatcher.withdraw({"wide", "small"})

    assert hall.started == ["a"]


def test_a_start_may_submit_and_release() -> None:
    dispatcher = Dispatcher(1)
    started: list[int] = []

    def start(number: int) -> Callable[[], None]:
        def run() -> None:
            started.append(number)
            if number < 3:
                dispatcher.submit(Claim(), start(number + 1))
            dispatcher.release(Claim())

        return run

    dispatcher.submit(Claim(), start(1))

    assert started == [1, 2, 3]
    assert dispatcher.running_slots == 0


def test_where_nothing_is_shared_the_turn_comes_at_once() -> None:
    entering = Dispatcher(1).turn(Step("p", "a", "true")).__aenter__()

    with pytest.raises(StopIteration):  # it has ended without a single pause
        entering.send(None)


claims = st.builds(
    Claim, st.integers(1, 5), st.lists(st.sampled_from("xyz"), max_size=2).map(tuple)
)


@pytest.mark.slow
@given(st.integers(1, 4), st.lists(claims, max_size=30), st.data())
def test_the_bounds_hold_and_everybody_is_served_in_the_end(
    slots: int, wanted: list[Claim], data: st.DataObject
) -> None:
    most = {"x": 1, "y": 2, "z": 3}
    dispatcher = Dispatcher(slots, most)
    running: list[int] = []
    served: list[int] = []

    def start(number: int) -> Callable[[], None]:
        def run() -> None:
            running.append(number)
            served.append(number)

        return run

    def assert_bounds() -> None:
        taken = sum(min(wanted[i].slots, slots) for i in running)
        assert taken == dispatcher.running_slots <= slots
        for name, limit in most.items():
            assert sum(name in wanted[i].limits for i in running) <= limit

    pending = list(range(len(wanted)))
    while pending or running:
        if pending and (not running or data.draw(st.booleans())):
            number = pending.pop(0)
            dispatcher.submit(wanted[number], start(number))
        else:
            ending = running.pop(data.draw(st.integers(0, len(running) - 1)))
            dispatcher.release(wanted[ending])
        assert_bounds()
    assert sorted(served) == list(range(len(wanted)))


@given(st.integers(1, 4), st.lists(claims, min_size=1, max_size=20))
def test_among_equal_claims_age_alone_decides(slots: int, wanted: list[Claim]) -> None:
    dispatcher = Dispatcher(slots, {})
    served: list[int] = []
    for i, claim in enumerate(wanted):
        dispatcher.submit(claim, lambda i=i: served.append(i))  # type: ignore[misc]  # bound early
    at = 0
    while at < len(served):
        dispatcher.release(wanted[served[at]])
        at += 1

    for one in set(wanted):
        mine = [i for i in served if wanted[i] == one]
        assert mine == sorted(mine)


def test_the_longest_work_goes_first_and_equals_by_age() -> None:
    hall = Hall(1)
    running = hall.submit("running")
    for name, weight in (("a", 1.0), ("b", 3.0), ("c", 3.0), ("d", float("inf"))):
        hall.dispatcher.submit(Claim(), lambda name=name: hall.started.append(name), name, weight)  # type: ignore[misc]

    for _ in range(4):
        hall.dispatcher.release(running)

    assert hall.started == ["running", "d", "b", "c", "a"]


def test_wide_and_long_work_is_not_passed_by_what_is_shorter() -> None:
    hall = Hall(2)
    first, second = hall.submit("first"), hall.submit("second")
    wide = Claim(2)
    hall.dispatcher.submit(Claim(), lambda: hall.started.append("short"), "short", 1.0)
    hall.dispatcher.submit(wide, lambda: hall.started.append("wide"), "wide", 9.0)

    hall.dispatcher.release(first)
    assert hall.started == ["first", "second"]
    hall.dispatcher.release(second)
    assert hall.started == ["first", "second", "wide"]
    hall.dispatcher.release(wide)

    assert hall.started[-1] == "short"
