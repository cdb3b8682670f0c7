"""Which old runs are made small, and how: `[retention]`, applied at the end of a run and by prune.

    runs, days     the logs of older runs are removed; those past half of that are packed
    bytes          as long as runlogs/ is larger: the oldest logs are packed, then removed
    everything     where logs go, the journal, summary and rows go, too

Left alone are the newest run, the last that passed, those in `keep`, and what may still run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from asyncorch import rundirs
from asyncorch.rundirs import RunOnDisk

_DAY = 86400.0
_TAIL = 1 << 16  # of a journal, where its last line is
_GUESS = 8  # how many times smaller packed logs are, where only a guess is asked for


class Rules(Protocol):
    """The `[retention]` table; None: that measure sets no bound."""

    @property
    def runs(self) -> int | None: ...
    @property
    def days(self) -> int | None: ...
    @property
    def bytes(self) -> int | None: ...
    @property
    def everything(self) -> bool: ...


class Pruned(Struct, frozen=True):
    """What was done, or would be, with one run."""

    run: str
    action: str  # pack, remove logs, remove
    logs: int
    freed: int  # bytes; of packing that only would be done, a guess
    trouble: str | None = None  # why it could not be done


def prune(
    runlogs: Path,
    rules: Rules,
    *,
    now: float,
    keep: Collection[str] = (),
    alone: bool,
    dry_run: bool = False,
) -> Iterator[Pruned]:
    """Apply the rules, run by run; `alone` says that no run but those in `keep` is going on."""
    with rundirs.opened(runlogs) as folder:
        if folder is None:
            return
        runs = rundirs.listing(folder)
        exempt = {*keep, *_never(runlogs, folder, runs)}
        free = [r for r in runs if r.name not in exempt and (alone or _has_ended(folder, r.name))]
        yield from _Pruning(runs, free, rules, now, _dry if dry_run else _real(folder)).all()


def apply(runlogs: Path, rules: Rules, now: float, run: str) -> None:
    """Prune after a run, by itself: it holds the project, so nothing else runs in it."""
    for _ in prune(runlogs, rules, now=now, keep=(run,), alone=True):
        pass


Act = Callable[[RunOnDisk, str], int]  # does it, and returns the bytes freed


class _Pruning:
    """The decisions; `free` are those of `runs` that may be touched, both oldest first."""

    def __init__(
        self, runs: list[RunOnDisk], free: list[RunOnDisk], rules: Rules, now: float, act: Act
    ) -> None:
        self._free = {run.name: run for run in free}
        self._rules, self._now, self._act = rules, now, act
        self._place = {run.name: place for place, run in enumerate(reversed(runs), 1)}
        self._size = sum(run.bytes for run in runs)

    def all(self) -> Iterator[Pruned]:
        removing = "remove" if self._rules.everything else "remove logs"
        for run in self._those(lambda run: self._is_old(run, 1.0)):
            yield from self._do(run, removing)
        for run in self._those(lambda run: self._is_old(run, 0.5)):
            yield from self._do(run, "pack")
        for action in ("pack", removing):
            for run in self._those(lambda _: True):
                if self._rules.bytes is not None and self._size > self._rules.bytes:
                    yield from self._do(run, action)

    def _those(self, wanted: Callable[[RunOnDisk], bool]) -> list[RunOnDisk]:
        return [run for run in self._free.values() if wanted(run)]

    def _is_old(self, run: RunOnDisk, share: float) -> bool:
        runs, days = self._rules.runs, self._rules.days
        too_many = runs is not None and self._place[run.name] > runs * share
        return too_many or (days is not None and self._now - run.started > days * share * _DAY)

    def _do(self, run: RunOnDisk, action: str) -> Iterator[Pruned]:
        if action == "pack" and not run.loose_bytes:
            return
        if action == "remove logs" and not run.logs:
            return
        try:
            freed = self._act(run, action)
        except OSError as error:  # somebody else's files, a run that another prune removes
            del self._free[run.name]
            yield Pruned(run.name, action, run.logs, 0, trouble=error.strerror or str(error))
            return
        self._size -= freed
        if action == "pack":
            self._free[run.name] = replace(run, log_bytes=run.log_bytes - freed, loose_bytes=0)
        else:
            del self._free[run.name]
        yield Pruned(run.name, action, run.logs, freed)


def _dry(run: RunOnDisk, action: str) -> int:
    if action == "pack":
        return run.loose_bytes - run.loose_bytes // _GUESS
    return run.bytes if action == "remove" else run.log_bytes


def _real(runlogs: int) -> Act:
    def act(run: RunOnDisk, action: str) -> int:
        if action == "pack":
            return rundirs.pack(runlogs, run.name, records=_has_ended(runlogs, run.name))
        if action == "remove":
            rundirs.remove(runlogs, run.name)
        else:
            rundirs.remove_logs(runlogs, run.name)
        return _dry(run, action)

    return act


def _never(runlogs: Path, folder: int, runs: list[RunOnDisk]) -> Iterator[str]:
    """Yield the newest run, the one `latest` names, and the last that passed."""
    yield from (run.name for run in runs[-1:])
    with suppress(OSError):
        yield os.readlink(runlogs / "latest")  # noqa: PTH115  # may name no file at all
    yield from next(([run.name] for run in reversed(runs) if _passed(folder, run.name)), [])


def _passed(runlogs: int, run: str) -> bool:
    return _last_word(runlogs, run).get("status") == "passed"


def _has_ended(runlogs: int, run: str) -> bool:
    return _last_word(runlogs, run).get("status") is not None


def _last_word(runlogs: int, run: str) -> dict[str, object]:
    """Return what the summary, or else the last line of the journal, says of a run's end."""
    summary = rundirs.read(runlogs, run, rundirs.SUMMARY, 1 << 24)
    journal = None if summary else rundirs.read(runlogs, run, rundirs.JOURNAL, _TAIL)
    for text in (summary, journal and journal.rstrip(b"\n").rpartition(b"\n")[2]):
        try:
            found = json.loads(text or b"null")
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return {}
