"""Reads behind the running processes: their rows, their last line, and whether they say anything.

One task looks at all logs a few times a second; a process that lives shorter costs nothing until it
ends. Only a step with rows has its whole output read, and never more than a chunk at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import anyio
import anyio.lowlevel

from asyncorch.events import Emit, Progressed
from asyncorch.model import Row
from asyncorch.quality.rows import RawRow, RowReader
from asyncorch.runlog import CHUNK, Log
from asyncorch.safetext import safe

INTERVAL = 0.2
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
        quiet: float | None,
        too_quiet: Callable[[], None],
    ) -> None:
        self._log = log
        self._place = (phase, step, batch)
        self._reader = RowReader(known)
        self._resolve = resolve
        self._rows: list[Row] = []
        self._offset = log.start
        self._size = log.start
        self._spoke = anyio.current_time()
        self._quiet, self._too_quiet = quiet, too_quiet

    def look(self) -> Progressed | None:
        """Take note of what is new, a chunk at most; return it for the views, or None."""
        size = self._log.size()
        now = anyio.current_time()
        grown = size > self._size
        if grown:
            self._spoke, self._size = now, size
        elif self._quiet is not None and now - self._spoke >= self._quiet:
            self._too_quiet()
        if self._resolve is not None and self._offset < size:
            self._take(self._log.read(self._offset, CHUNK))
        elif not grown:
            return None
        phase, step, batch = self._place
        return Progressed(
            phase=phase,
            step=step,
            batch=batch,
            rows=self._reader.rows,
            errors=self._reader.errors,
            line=self._last_line(),
        )

    def forgive(self, seconds: float) -> None:
        """Do not count a time in which the process could not speak."""
        self._spoke += seconds

    @property
    def behind(self) -> bool:
        return self._resolve is not None and self._offset + CHUNK < self._size

    async def finish(self) -> list[Row]:
        """Read the rest, once the process has ended, and return all rows."""
        if self._resolve is not None:
            async for chunk in self._log.chunks(self._offset):
                self._take(chunk)
            self._rows.extend(map(self._resolve, self._reader.finish()))
        return self._rows

    def _take(self, chunk: bytes) -> None:
        assert self._resolve is not None  # noqa: S101  # the callers have asked
        self._offset += len(chunk)
        self._rows.extend(map(self._resolve, self._reader.feed(chunk)))

    def _last_line(self) -> str:
        start = max(self._log.start, self._size - _LINE_BYTES)
        lines = self._log.read(start, self._size - start).split(b"\n")
        return next((text for raw in reversed(lines) if (text := safe(raw).strip())), "")


class Tails:
    """All logs that are being written, looked at in turn by one task."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._tails: dict[Tail, None] = {}

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
            # A process that writes faster than a chunk an interval is followed without a pause.
            await anyio.sleep(0 if behind else INTERVAL)
