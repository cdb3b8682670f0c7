"""What a killed runner has left running: found by its journal, and ended before the next run.

A runner that was killed writes no RunEnded. Whoever carries a mark of that run (see descendants),
and whose end its journal has not seen, is ours; a stranger with the same number has no mark.
What steps that passed left on purpose is not touched.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import anyio
from msgspec import Struct

from asyncorch.descendants import of_marks, send_to_marked
from asyncorch.events import BatchEnded, RunEnded
from asyncorch.rundirs import newest_first
from asyncorch.runlog import RunFolder
from asyncorch.views.journal import read

_MOST_LOOKED_AT = 20  # runs: an interrupted one is among the newest
_POLL = 0.05


class Interrupted(Struct, frozen=True):
    """A run without an end, and the marks of those of its processes that did end."""

    run: str
    mark: str  # what the marks of all its processes begin with
    ended: frozenset[str]

    def wants(self, mark: str) -> bool:
        """Say whether a mark is of a process that the run saw no end of, or not even the start."""
        return mark.startswith(f"{self.mark}/") and mark not in self.ended

    def living(self) -> list[int]:
        return of_marks(self.wants)


def interrupted(runlogs: Path, but: str) -> Iterator[Interrupted]:
    """Yield the runs that never ended, the newest first, until one that did."""
    folders = [folder for folder in newest_first(runlogs) if folder.name != but]
    for folder in folders[:_MOST_LOOKED_AT]:
        found = _read(folder)
        if found is None:
            return
        yield found


def _read(folder: Path) -> Interrupted | None:
    ended: set[str] = set()
    begin = RunFolder(folder, folder.name).mark
    try:
        for stamped in read(folder / "events.jsonl"):
            event = stamped.event
            if isinstance(event, RunEnded):
                return None
            if isinstance(event, BatchEnded):
                ended.add(f"{begin}/{event.log.rpartition('/')[2]}")
    except OSError:
        return None
    return Interrupted(folder.name, begin, frozenset(ended))


async def end(run: Interrupted, grace: float) -> int:
    """End what still runs: TERM, `grace` seconds, KILL; return how many there were."""
    first = run.living()
    if not first:
        await anyio.sleep(_POLL)  # who is just becoming another program has no environment
        first = run.living()
    if not first:
        return 0
    send_to_marked(first, signal.SIGTERM, run.wants)
    with anyio.move_on_after(grace):
        while run.living():  # noqa: ASYNC110  # they are not our children
            await anyio.sleep(_POLL)
    while left := run.living():
        send_to_marked(left, signal.SIGKILL, run.wants)
        await anyio.sleep(_POLL)
    return len(first)
