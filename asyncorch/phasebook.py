"""What is known of the phase that runs: opened with its first step, closed once."""

from __future__ import annotations

import anyio

from asyncorch.events import Emit, PhaseEnded, PhaseStarted
from asyncorch.model import Outcome, Phase, StepSummary, exit_words
from asyncorch.telling import Judged


class PhaseBook:
    """A phase that has nothing to do is never opened, and is told in one line when it closes."""

    def __init__(self, phase: Phase, emit: Emit) -> None:
        self.phase = phase
        self.opened = False
        self.reason: str | None = None
        self._judged: dict[str, Judged] = {}
        self.summaries: dict[str, StepSummary] = {}
        self._emit = emit
        self._begun = anyio.current_time()

    def open(self) -> None:
        if not self.opened:
            self.opened = True
            names = tuple(step.name for step in self.phase.steps)
            self._emit(
                PhaseStarted(
                    phase=self.phase.name,
                    number=self.phase.number,
                    title=self.phase.title,
                    steps=names,
                )
            )

    @property
    def judged(self) -> list[Judged]:
        """Return the steps that have ended; of one that was run twice, its last run."""
        return list(self._judged.values())

    def take(self, judged: Judged) -> None:
        self._judged.pop(judged.step.name, None)
        self._judged[judged.step.name] = judged
        self.summaries[judged.summary.name] = judged.summary
        if judged.summary.outcome.is_failure and self.reason is None:
            self.reason = _why(judged)

    def close(self, outcome: Outcome) -> None:
        planned = {step.name: StepSummary(step.name, Outcome.SKIPPED) for step in self.phase.steps}
        # A phase method may have taken the failure of a command for what it is worth.
        reason = None if outcome is Outcome.PASSED else self.reason
        if outcome is Outcome.SKIPPED:
            reason = (
                "nothing to build: no build tool's files"
                if self.phase.name == "build"
                else "no steps"
            )
        self._emit(
            PhaseEnded(
                phase=self.phase.name,
                outcome=outcome,
                seconds=round(anyio.current_time() - self._begun, 6),
                steps=tuple({**planned, **self.summaries}.values()),
                reason=reason,
            )
        )


def _why(judged: Judged) -> str:
    summary = judged.summary
    words = "timed out" if summary.outcome is Outcome.TIMED_OUT else exit_words(summary.exit)
    return f"{judged.step.id} ({words})"
