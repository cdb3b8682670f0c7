"""A hook is told of every event in order, and neither its failure nor its sleep holds a run up."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

from asyncorch.bus import Bus
from asyncorch.events import Event, Noted, Progressed
from asyncorch.hooks import hooked

pytestmark = pytest.mark.anyio


def bus_and_told() -> tuple[Bus, list[str]]:
    bus, told = Bus(lambda: 0.0), list[str]()
    bus.add(lambda stamped: told.append(getattr(stamped.event, "text", "")))
    return bus, told


def note(text: str) -> Noted:
    return Noted(text=text)


async def test_without_a_hook_nothing_happens() -> None:
    bus, _ = bus_and_told()

    async with hooked(bus, None):
        bus.emit(note("a"))


async def test_a_hook_is_told_of_every_event_in_order_but_of_progress() -> None:
    bus, _ = bus_and_told()
    seen: list[Event] = []

    async def hook(event: Event) -> None:
        await anyio.sleep(0.001)
        seen.append(event)

    async with hooked(bus, hook):
        for text in "abc":
            bus.emit(note(text))
            bus.emit(Progressed(phase="p", step="s", batch=1, rows=0, errors=0, line=""))

    assert seen == [note("a"), note("b"), note("c")]


async def test_a_hook_that_raises_is_named_and_told_no_more() -> None:
    bus, told = bus_and_told()
    seen = 0

    async def hook(_: Event) -> None:
        nonlocal seen
        seen += 1
        raise ZeroDivisionError("by nothing")

    async with hooked(bus, hook):
        bus.emit(note("a"))
        await anyio.sleep(1)
        bus.emit(note("b"))

    assert seen == 1
    assert told == ["a", "on_event raised ZeroDivisionError: by nothing", "b"]


async def test_a_hook_that_hangs_is_left_after_a_while() -> None:
    bus, _ = bus_and_told()
    begun = anyio.current_time()

    async with hooked(bus, lambda _: anyio.sleep_forever()):
        bus.emit(note("a"))

    assert anyio.current_time() - begun < 60


@pytest.mark.parametrize("how", ["hangs", "ends"])
async def test_events_after_the_hook_has_gone_break_nothing(how: str) -> None:
    bus, told = bus_and_told()

    async def ends(_: Event) -> None:
        await anyio.lowlevel.checkpoint()

    hook: Callable[[Event], object] = ends if how == "ends" else lambda _: anyio.sleep_forever()
    async with hooked(bus, hook):  # type: ignore[arg-type]  # an awaitable either way
        bus.emit(note("a"))
    bus.emit(note("b"))

    assert told == ["a", "b"]
