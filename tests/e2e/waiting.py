"""Waiting for what real processes do: a condition is looked at until a deadline, never a sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

DEADLINE = 20.0
_PAUSE = 0.01


def until(condition: Callable[[], object], complaint: str, within: float = DEADLINE) -> None:
    """Wait for the condition; fail with the complaint when it does not come true in time."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, complaint
        time.sleep(_PAUSE)


def group_of(pid: int) -> int | None:
    """Return the process group of a process; None when it is gone, or dead and not yet reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    state, _, group = stat.rpartition(b") ")[2].split()[:3]
    return None if state in (b"Z", b"X") else int(group)


def until_gone(pid: int) -> None:
    until(lambda: group_of(pid) is None, f"process {pid} is still there")
