"""End what takes too long, in Python code that knows of no limit.

Processor time counts, so a busy machine does not change what comes out.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


class TooLong(BaseException):
    """The time is up. No Exception, or somebody's handler would eat it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TooLong inside the block once it has used so much time. Blocks do not nest."""
    before = signal.signal(signal.SIGPROF, _end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _end(*_: object) -> None:
    raise TooLong
