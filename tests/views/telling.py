"""A builder that tells a run's events shortly, in order and with their times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from asyncorch.events import (
    BatchEnded,
    BatchStarted,
    Event,
    PhaseEnded,
    PhaseStarted,
    Progressed,
    RunEnded,
    RunStarted,
    Stamped,
    StepEnded,
    StepRetried,
    StepStarted,
)
from asyncorch.model import Artifacts, Outcome, StepSummary

START = 1763871234.0
RUN = "20251123-041354-shop"


def run_started(**changes: Any) -> RunStarted:
    words: dict[str, Any] = {
        "run": RUN,
        "app": "shop",
        "snapshot": "snapshot-2",
        "mode": "full",
        "phases": ("extract", "validate", "analyze", "transform", "build"),
        "concurrency": 4,
        "project": "/home/user/shop",
        "folder": f"runlogs/{RUN}",
        "version": "0.1.0",
        "command": "asyncorch run --mode full",
    }
    return RunStarted(**(words | changes))


def log_of(phase: str, step: str, batch: int = 0) -> str:
    number = f"_b{batch:03}" if batch else ""
    return f"runlogs/{RUN}/{phase}-{step}_20251123-041354{number}.log"


@dataclass
class Story:
    """Events in the order and with the times in which they are told."""

    now: float = START
    told: list[Stamped] = field(default_factory=list)
    phase: str = ""
    number: int = 0
    began: float = START
    summaries: list[StepSummary] = field(default_factory=list)

    def tell(self, event: Event, *, after: float = 0.0) -> Story:
        self.now += after
        seq = (self.told[-1].seq if self.told else 0) + (not isinstance(event, Progressed))
        self.told.append(Stamped(seq, self.now, event))
        return self

    def run(self, **changes: Any) -> Story:
        return self.tell(run_started(**changes))

    def open_phase(self, phase: str, title: str, *steps: str) -> Story:
        self.phase, self.began, self.summaries = phase, self.now, []
        self.number += 1
        return self.tell(PhaseStarted(phase=phase, number=self.number, title=title, steps=steps))

    def close_phase(self, outcome: Outcome = Outcome.PASSED, reason: str | None = None) -> Story:
        seconds = self.now - self.began
        steps = tuple(self.summaries)
        return self.tell(
            PhaseEnded(
                phase=self.phase, outcome=outcome, seconds=seconds, steps=steps, reason=reason
            )
        )

    def start(
        self, step: str, title: str, files: int | None = None, batches: int = 1, rejected: int = 0
    ) -> Story:
        return self.tell(
            StepStarted(
                phase=self.phase,
                step=step,
                title=title,
                files=files,
                batches=batches,
                rejected=rejected,
            )
        )

    def spawn(self, step: str, batch: int = 0, files: int = 0, attempt: int = 1) -> Story:
        return self.tell(
            BatchStarted(
                phase=self.phase,
                step=step,
                batch=batch,
                attempt=attempt,
                files=files,
                pid=4000 + batch,
                log=log_of(self.phase, step, batch),
            )
        )

    def show(
        self, step: str, batch: int = 0, rows: int = 0, errors: int = 0, line: str = ""
    ) -> Story:
        return self.tell(
            Progressed(
                phase=self.phase, step=step, batch=batch, rows=rows, errors=errors, line=line
            )
        )

    def reap(
        self,
        step: str,
        batch: int = 0,
        rows: int = 0,
        errors: int = 0,
        *,
        outcome: Outcome = Outcome.PASSED,
        exit_status: int | None = 0,
        attempt: int = 1,
    ) -> Story:
        return self.tell(
            BatchEnded(
                phase=self.phase,
                step=step,
                batch=batch,
                attempt=attempt,
                outcome=outcome,
                exit=exit_status,
                seconds=1.5,
                log=log_of(self.phase, step, batch),
                rows=rows,
                errors=errors,
            )
        )

    def retry(self, step: str, batch: int = 0, attempt: int = 2) -> Story:
        return self.tell(
            StepRetried(
                phase=self.phase,
                step=step,
                batch=batch,
                attempt=attempt,
                delay=0.5,
                reason="exit 75",
            )
        )

    def end(
        self,
        step: str,
        title: str,
        outcome: Outcome = Outcome.PASSED,
        exit_status: int | None = 0,
        seconds: float = 3.2,
        **more: Any,
    ) -> Story:
        log = more.pop("log", log_of(self.phase, step))
        self.summaries.append(StepSummary(step, outcome, exit_status, seconds, log))
        return self.tell(
            StepEnded(
                phase=self.phase,
                step=step,
                title=title,
                outcome=outcome,
                exit=exit_status,
                seconds=seconds,
                log=log,
                **more,
            )
        )

    def close(
        self,
        status: str = "passed",
        exit_status: int = 0,
        artifacts: Artifacts | None = None,
        **more: Any,
    ) -> Story:
        return self.tell(
            RunEnded(
                status=status,
                exit=exit_status,
                seconds=self.now - START,
                artifacts=artifacts or Artifacts(),
                **more,
            )
        )

    def __iter__(self) -> Iterator[Stamped]:
        return iter(self.told)
