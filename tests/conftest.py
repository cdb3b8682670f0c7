"""What all tests share: async tests run on asyncio and on trio, both on a clock that jumps.

Nothing waits: when all tasks sleep, the clock goes to the next who wakes, so an hour's timeout
costs no time. A file of tests with real processes has an `anyio_backend` of its own that
returns "asyncio": a clock that jumps would not wait for them.
"""

from __future__ import annotations

import asyncio
import selectors
import signal
from typing import Any

import pytest
import trio.testing

# Whoever starts us in the background lets SIGINT be ignored, and our children would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


class _JumpingSelector(selectors.DefaultSelector):
    """Looks for what is ready; where it should wait, it moves the clock instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0 if timeout is not None else None)
        if not found and timeout:
            self.now += timeout
        return found


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _JumpingSelector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    if request.param == "trio":
        return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}
    return "asyncio", {"loop_factory": _JumpingLoop}
