"""What a phase tells of its steps: the events from a step's start to its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from asyncorch.events import (
    Emit,
    Noted,
    RowsSettled,
    StepEnded,
    StepRetried,
    StepStarted,
    WorkExpected,
)
from asyncorch.model import Phase, Row, Step, StepSummary
from asyncorch.step import Job, StepRun
from asyncorch.work import Work

_ROWS_AN_EVENT = 1000


class Judged(Struct, frozen=True):
    """A step that has ended, for those who judge it: its rows are in plan order."""

    step: Step
    summary: StepSummary
    work: Work | None = None
    rows: tuple[Row, ...] = ()
    collided: tuple[Row, ...] = ()


class Teller:
    """Puts into events what happens to the steps of one phase."""

    def __init__(self, phase: Phase, emit: Emit, fingerprint: Callable[[Step], str]) -> None:
        self._phase, self._emit, self._fingerprint = phase, emit, fingerprint

    def warning(self, text: str) -> None:
        self._emit(Noted(text=text, level="warning"))

    def started(self, step: Step, work: Work | None) -> None:
        fans_out = work is not None and bool(step.foreach)
        self._emit(
            StepStarted(
                phase=step.phase,
                step=step.name,
                title=self._title(step),
                files=len(work.names) if work and fans_out else None,
                batches=len(work.batches) if work else 0,
                rejected=work.rejected if work else 0,
            )
        )

    def expected(self, jobs: Sequence[Job], *, waiting: int) -> None:
        known = [job.expected for job in jobs if job.expected is not None]
        if known:
            self._emit(
                WorkExpected(
                    phase=self._phase.name,
                    seconds=round(sum(known), 6),
                    unknown=len(jobs) - len(known),
                    waiting=waiting,
                )
            )

    def retried(self, step: Step, job: Job) -> None:
        self._emit(
            StepRetried(
                phase=step.phase,
                step=step.name,
                batch=job.batch.number,
                attempt=job.attempt,
                delay=round(job.delay, 3),
                reason=job.reason,
            )
        )

    def rows(self, step: Step, rows: Sequence[Row]) -> None:
        """Tell rows that are final, a bounded number an event."""
        for i in range(0, len(rows), _ROWS_AN_EVENT):
            part = tuple(rows[i : i + _ROWS_AN_EVENT])
            self._emit(RowsSettled(phase=step.phase, step=step.name, rows=part))

    def ended(
        self,
        step: Step,
        summary: StepSummary,
        *,
        run: StepRun | None = None,
        rows: Sequence[Row] = (),
        reason: str | None,
    ) -> None:
        """Tell a step's end; one that failed before it could run has no `run`."""
        self._emit(
            StepEnded(
                phase=step.phase,
                step=step.name,
                title=self._title(step),
                outcome=summary.outcome,
                exit=summary.exit,
                seconds=summary.seconds,
                log=summary.log,
                files=len(run.work.names) if run and step.foreach else None,
                rows=len(rows),
                errors=sum(1 for row in rows if row.errors),
                reason=reason,
                tail=run.tail if run else (),
                fingerprint="" if step.foreach else self._fingerprint(step),
            )
        )

    def _title(self, step: Step) -> str:
        return step.title or f"{self._phase.verb} {step.name}"
