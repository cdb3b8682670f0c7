"""Reads behind the running processes: their rows, their last line, and what they must not exceed.

One task looks at all logs a few times a second; a process that lives shorter costs nothing until it
ends. Only a step with rows, or with words that it must not say, has its whole output read, and
never more than a slice at once, so that nobody waits for it. Of an artifact and its source only the
last row is kept: memory grows with artifacts, not with output.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import anyio
import anyio.lowlevel
import anyio.to_thread

from asyncorch import usage
from asyncorch.descendants import Family
from asyncorch.events import Emit, Progressed
from asyncorch.logcut import Cut
from asyncorch.model import Outcome, Row
from asyncorch.quality.rows import RawRow, RowReader
from asyncorch.quality.suspect import Search
from asyncorch.runlog import Log
from asyncorch.safetext import safe
from asyncorch.sizes import binary

INTERVAL = 0.2
SLICE = 1 << 16  # bytes: of nothing but rows, some milliseconds of work
_WEIGHED = 0.5  # seconds from one look at memory to the next
_LINE_BYTES = 512


class Tail:
    """One log being read while its process writes it."""

    def __init__(
        self,
        log: Log,
        phase: str,
        step: str,
        batch: int,
        *,
        known: Collection[bytes] | None,
        resolve: Callable[[RawRow], Row] | None,  # None: the step has no rows
        stop: Callable[[Outcome, str], None],  # to be called when it exceeds a limit
        quiet: float | None = None,
        most: int | None = None,
        search: Search | None = None,
    ) -> None:
        self._log = log
        self._place = (phase, step, batch)
        self.reader = RowReader(known)  # it counts the rows that it has seen
        self._resolve, self._search = resolve, search
        self._reads = resolve is not None or search is not None
        self._rows: dict[object, Row] = {}
        self._offset = log.start
        self._size = log.start
        self._spoke = anyio.current_time()
        self._quiet, self.stop = quiet, stop
        self._cut = Cut(log, most)
        self.memory: tuple[Family, int] | None = None  # who may take how much

    def look(self) -> Progressed | None:
        """Take note of what is new, a slice at most; return it for the views, or None."""
        size = self._log.size()
        now = anyio.current_time()
        grown = size > self._size
        if grown:
            self._spoke, self._size = now, size
        elif self._quiet is not None and now - self._spoke >= self._quiet:
            self.stop(Outcome.TIMED_OUT, f"said nothing for {self._quiet:g} s")
        news = self._reads and self._offset < size
        if news:
            self._take(self._log.read(self._offset, SLICE))
        problem = self._cut.shorten(self._offset if self._reads else size)
        if problem is not None:
            self.stop(Outcome.FAILED, problem)
        if not (news or grown):
            return None
        phase, step, batch = self._place
        return Progressed(
            phase=phase,
            step=step,
            batch=batch,
            rows=self.reader.rows,
            errors=self.reader.errors,
            line=self._last_line(),
        )

    def forgive(self, seconds: float) -> None:
        """Do not count a time in which the process could not speak."""
        self._spoke += seconds

    @property
    def behind(self) -> bool:
        return self._reads and self._offset + SLICE < self._size

    async def catch_up(self) -> None:
        """Read what is there by now and has not been read."""
        if not self._reads:
            return
        async for chunk in self._log.chunks(self._offset):
            for start in range(0, len(chunk), SLICE):
                self._take(chunk[start : start + SLICE])
                if len(chunk) > SLICE:
                    await anyio.lowlevel.checkpoint()

    async def finish(self) -> list[Row]:
        """Read the rest, once the process has ended, and return the last row of everything."""
        await self.catch_up()
        if self._resolve is not None:
            self._keep(self.reader.finish())
        return list(self._rows.values())

    async def cut(self) -> int:
        """Shorten a log that is too long, once all is written; return how many bytes are gone."""
        return await anyio.to_thread.run_sync(self._cut.close) if self._cut.is_due else 0

    def _take(self, chunk: bytes) -> None:
        self._offset += len(chunk)
        if self._search is not None:
            self._search.feed(chunk)
        if self._resolve is not None:
            self._keep(self.reader.feed(chunk))

    def _keep(self, found: Iterable[RawRow]) -> None:
        assert self._resolve is not None  # noqa: S101  # the callers have asked
        for row in map(self._resolve, found):
            one_name = row.source == row.artifact
            self._rows[row.artifact if one_name else (row.artifact, row.source)] = row

    def _last_line(self) -> str:
        start = max(self._log.start, self._size - _LINE_BYTES)
        lines = self._log.read(start, self._size - start).split(b"\n")
        return next((text for raw in reversed(lines) if (text := safe(raw).strip())), "")


class Tails:
    """All logs that are being written, looked at in turn by one task."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._tails: dict[Tail, None] = {}
        self._weighed = float("-inf")

    def add(self, tail: Tail) -> None:
        self._tails[tail] = None

    def remove(self, tail: Tail) -> None:
        self._tails.pop(tail, None)

    async def watch(self) -> None:
        """Look at the logs until cancelled."""
        while True:
            behind = False
            for tail in list(self._tails):
                if tail not in self._tails:
                    continue
                if (progress := tail.look()) is not None:
                    self._emit(progress)
                behind = behind or tail.behind
                if behind:
                    await anyio.lowlevel.checkpoint()
            await self._weigh()
            # A process that writes faster than a slice an interval is followed without a pause.
            await anyio.sleep(0 if behind else INTERVAL)

    async def _weigh(self) -> None:
        """Stop those who take more memory than they may."""
        limited = {tail.memory: tail for tail in self._tails if tail.memory is not None}
        now = anyio.current_time()
        if not limited or now - self._weighed < _WEIGHED:
            return
        self._weighed = now
        for family in await anyio.to_thread.run_sync(usage.over, list(limited)):
            tail, most = next((t, m) for (f, m), t in limited.items() if f is family)
            if tail in self._tails:
                tail.stop(Outcome.FAILED, f"used more than {binary(most)} of memory")
