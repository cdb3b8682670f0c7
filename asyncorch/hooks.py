"""Code and services that want to know of a run: on_event, and notifications after it.

Neither can hold a run up. A hook has a queue and a task of its own; notifications are sent by a
process that outlives us, with a time limit of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio

from asyncorch.bus import Bus
from asyncorch.environment import Environment
from asyncorch.events import Event, Noted, Progressed, Stamped
from asyncorch.plan.placeholders import fill
from asyncorch.process import detach
from asyncorch.state import RunState
from asyncorch.tables import NotifyTable
from asyncorch.views.notify import message
from asyncorch.views.summary import status

Hook = Callable[[Event], Awaitable[None]]
_LAST_EVENTS = 1.0  # seconds for a hook to take what is left in its queue
_NOTIFY_SECONDS = 30


@asynccontextmanager
async def hooked(bus: Bus, hook: Hook | None) -> AsyncIterator[None]:
    """Hand every event to the hook, in order; one that raises is told no more."""
    if hook is None:
        yield
        return
    send, receive = anyio.create_memory_object_stream[Event](float("inf"))
    done = anyio.Event()

    def sink(stamped: Stamped) -> None:
        if not isinstance(stamped.event, Progressed) and not done.is_set():
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                send.send_nowait(stamped.event)

    async def serve() -> None:
        try:
            with receive:
                async for event in receive:
                    await hook(event)
        except Exception as error:  # noqa: BLE001  # the user's code
            done.set()
            bus.emit(
                Noted(text=f"on_event raised {type(error).__name__}: {error}", level="warning")
            )
        done.set()

    bus.add(sink)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        try:
            yield
        finally:
            send.close()
            with anyio.move_on_after(_LAST_EVENTS, shield=True):
                await done.wait()
            tasks.cancel_scope.cancel()


def notify(table: NotifyTable, state: RunState, folder: Path, environment: Environment) -> None:
    """Send the notification that `[notify]` asks for, without waiting for it."""
    kind = "success" if status(state) == "passed" else "failure"
    if not table.urls or kind not in table.on:
        return
    title, body = message(state)
    environ = environment.of_nobody()
    urls = [fill(url, {**environment.secrets, **environ}) for url in table.urls]
    data = {
        "urls": urls,
        "title": title,
        "body": body,
        "timeout": _NOTIFY_SECONDS,
        "log": str(folder / "notify.log"),
    }
    detach((sys.executable, "-m", "asyncorch.views.notify"), json.dumps(data).encode(), environ)
