"""One step as a state machine: which processes it still needs, and how it ended. No I/O.

A step has one process, or a batch of files each. What a process ends with decides what comes next:

    exit 0, or 1 with a row for every file    its rows count
    anything else with rows missing           it died: retries first, then the first file without
                                              a row is tried alone and the rest goes on without it
    a death of a file that is alone           an error row for that file
    three deaths without a single row         the tool is broken: the step fails

A tool in `{file}` form that prints no rows gets its row from its exit status and its output.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from asyncorch.model import Batch, Outcome, Row, exit_words
from asyncorch.quality.book import RowBook
from asyncorch.work import Work

_BROKEN_AFTER = 3
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 60.0


class Job(Struct, frozen=True):
    """One process to run: a batch in its nth attempt, after `delay` seconds."""

    batch: Batch
    attempt: int = 1
    delay: float = 0.0
    reason: str = ""  # why it is tried again
    last: bool = False  # of a file that is tried alone: it gets no retries
    expected: float | None = None  # seconds, going by earlier runs


class JobEnd(Struct, frozen=True):
    """How a process ended. `exit` is negative when a signal ended it."""

    outcome: Outcome  # passed, failed, timed out, cancelled
    exit: int | None
    seconds: float
    log: str
    rows: tuple[Row, ...] = ()
    started: bool = True
    reason: str | None = None
    tail: tuple[str, ...] = ()


class StepRun:
    """Feed it the ends of its jobs; take new jobs from it; read the outcome when it is finished."""

    def __init__(self, work: Work, jitter: Callable[[], float] = random.random) -> None:
        self.work = work
        self.step = work.step
        self.book = RowBook([names.identity for names in work.names.values()])
        self._identities = {names.identity for names in work.names.values()}
        # Files whose row is ours, since their tool died or was silent.
        self.unsure: set[str] = set()
        for rows in work.fresh.values():
            self.book.add(rows)
        self.outcome = Outcome.SKIPPED
        self.exit: int | None = None
        self.log: str | None = None
        self.reason: str | None = None
        self.tail: tuple[str, ...] = ()
        self._jitter = jitter
        self._open = 0
        self._last_batch = len(work.batches)
        self._new = [Job(batch) for batch in work.batches]
        self._deaths = 0
        self._real_rows = bool(work.fresh)
        self._halted = False
        self._silent: list[str] = []  # files of processes that ended well and printed no row

    def take(self) -> list[Job]:
        """Return the jobs that have come up since the last call."""
        jobs, self._new = self._new, []
        self._open += len(jobs)
        return jobs

    @property
    def finished(self) -> bool:
        return self._open == 0 and not self._new

    def started(self) -> None:
        if self.outcome is Outcome.SKIPPED:
            self.outcome = Outcome.PASSED

    def ended(self, job: Job, end: JobEnd) -> list[Row]:
        """Take note of how a job ended; return the rows that are final now."""
        self._open -= 1
        self.log = self.log or end.log
        if end.outcome is Outcome.CANCELLED:
            self._conclude(Outcome.CANCELLED, end)
            return self._keep(end.rows)
        if not end.started:
            self._conclude(Outcome.FAILED, end)
            return []
        if not (self.work.names and self.step.rows):
            return self._plain_ended(job, end)
        rows = self._batch_ended(job, end)
        return [*rows, *self._late_rows()] if self.finished else rows

    def cancel(self, reason: str) -> None:
        """Start nothing more: what has not begun never will."""
        self._halted = True
        pending, self._new = len(self._new), []
        self._cut(pending, reason)

    def withdrawn(self, jobs: int, reason: str) -> None:
        """Take back jobs that were taken and have not started."""
        self._open -= jobs
        self._cut(jobs, reason)

    def _cut(self, jobs: int, reason: str) -> None:
        if jobs and self.outcome in (Outcome.PASSED, Outcome.SKIPPED):
            started = self.outcome is Outcome.PASSED
            self.outcome = Outcome.CANCELLED if started else Outcome.SKIPPED
            self.reason = reason

    # --- a step without files, or one whose rows do not count

    def _plain_ended(self, job: Job, end: JobEnd) -> list[Row]:
        if end.outcome is Outcome.PASSED:
            if not self.outcome.is_failure:
                self.exit = end.exit
            return self._keep(end.rows)
        if self._retry(job, end):
            return []
        self._conclude(end.outcome, end)
        return self._keep(end.rows)

    # --- a batch whose files get a row each

    def _batch_ended(self, job: Job, end: JobEnd) -> list[Row]:
        rows = self._own(end.rows)
        have = {row.source for row in rows}
        missing = [f for f in job.batch.files if self.work.names[f].identity not in have]
        judged = end.outcome is Outcome.PASSED or (end.exit == 1 and not missing)
        if judged:
            rows += self._unreported(missing, printed=bool(rows))
            return self._judged(end, rows)
        if self._retry(job, end):
            return []
        if not missing:
            self._conclude(end.outcome, end)
            return self._keep(rows)
        return self._died(job, end, rows, missing)

    def _own(self, rows: tuple[Row, ...]) -> list[Row]:
        """Return the rows that speak of this step's files, and complain of the others.

        A row with a name of its own and no source cannot be told to belong to any file; to guess
        would make the result depend on how the files were packed.
        """
        own = [row for row in rows if self._is_own(row)]
        if len(own) < len(rows):
            stranger = next(row.artifact for row in rows if not self._is_own(row))
            self.book.complain(
                f"row `{stranger}` names none of the files given: print the source as a third "
                "column, or declare `outputs`"
            )
        return own

    def _is_own(self, row: Row) -> bool:
        return row.source != row.artifact or row.source in self._identities

    def _judged(self, end: JobEnd, rows: list[Row]) -> list[Row]:
        self._real_rows = self._real_rows or bool(rows)
        if not self.outcome.is_failure:
            self.exit = max(self.exit or 0, end.exit or 0)
        return self._keep(rows)

    def _unreported(self, missing: list[str], *, printed: bool) -> list[Row]:
        """Return rows for the files that a process which ended well said nothing about."""
        if not missing or not (printed or self.work.per_file or self.step.outputs):
            self._silent += missing  # perhaps a tool that prints no rows and gives no verdicts
            return []
        return [row for file in missing for row in self._unreported_rows(file, error=printed)]

    def _late_rows(self) -> list[Row]:
        """Return rows for files that were not reported by a tool that reported others."""
        silent, self._silent = self._silent, []
        if not self._real_rows:
            return []
        return self._keep([r for f in silent for r in self._unreported_rows(f, error=True)])

    def _unreported_rows(self, file: str, *, error: bool) -> list[Row]:
        """Return a row for each output of a file: no error if it is there."""
        names = self.work.names[file]
        identity = names.identity
        if error:
            self.unsure.add(identity)
            return [Row(identity, 1, identity, "the tool printed no row for this file")]
        if not names.outputs:
            return [Row(identity, 0, identity)]
        return [
            Row(output.removeprefix(names.prefix), 0, identity)
            if self.work.output_exists(output)
            else Row(output.removeprefix(names.prefix), 1, identity, f"there is no {output}")
            for output in names.outputs
        ]

    def _died(self, job: Job, end: JobEnd, rows: list[Row], missing: list[str]) -> list[Row]:
        self._real_rows = self._real_rows or bool(rows)
        first, rest = missing[0], tuple(missing[1:])
        if len(job.batch.files) > 1:
            self._split(first, rest, end)
            return self._keep(rows)
        identity = self.work.names[first].identity
        self.unsure.add(identity)
        if not self.work.per_file:
            self._deaths += 1
            if not self._real_rows and self._is_broken():
                self._conclude(end.outcome, replace(end, reason=self._broken_reason(end)))
        if not self.outcome.is_failure:
            self.exit = max(self.exit or 0, 1)
            self.tail, self.log = end.tail, end.log
        why = f"its tool died ({end.reason or exit_words(end.exit)})"
        return self._keep([*rows, Row(identity, 1, identity, why)])

    def _is_broken(self) -> bool:
        return self._deaths >= min(_BROKEN_AFTER, len(self.work.names))

    def _broken_reason(self, end: JobEnd) -> str:
        words = "timed out" if end.outcome is Outcome.TIMED_OUT else exit_words(end.exit)
        return f"{words}, and the tool printed no row for any file"

    def _split(self, first: str, rest: tuple[str, ...], end: JobEnd) -> None:
        why = f"batch died ({end.reason or exit_words(end.exit)})"
        for files, last in (((first,), True), (rest, False)):
            if files and not self._halted:
                self._last_batch += 1
                batch = Batch(self._last_batch, files)
                self._new.append(Job(batch, reason=why, last=last))
        if self._halted:
            self._cut(1, "halted")

    # --- common to both

    def _retry(self, job: Job, end: JobEnd) -> bool:
        if job.attempt > self.step.retries or job.last or self._halted:
            return False
        # With jitter, so that steps that failed together do not come back together.
        ceiling = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0 ** min(job.attempt - 1, 16))
        delay = ceiling * (0.5 + self._jitter() / 2)
        reason = end.reason or exit_words(end.exit)
        self._new.append(Job(job.batch, job.attempt + 1, delay, reason))
        return True

    def _conclude(self, outcome: Outcome, end: JobEnd) -> None:
        """Fix how the step ended; the first failure is the one that is told."""
        if self.outcome.is_failure:
            return
        self.outcome = outcome
        self.exit, self.log, self.tail, self.reason = end.exit, end.log, end.tail, end.reason
        if outcome.is_failure:
            self._new.clear()
            self._halted = True

    def _keep(self, rows: list[Row] | tuple[Row, ...]) -> list[Row]:
        self.book.add(rows)
        return list(rows)
