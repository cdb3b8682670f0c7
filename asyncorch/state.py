"""The fold of a run's events: the only place that counts.

It keeps what runs, counters and the last failures, never a record a file or a batch. Of each
step it keeps what PhaseEnded says of it (summary.json needs that) and nothing else. A journal
replayed gives the same state as the run itself: neither Progressed nor RowsSettled, which the
journal lacks, has any say in what an ended process counted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from msgspec import Struct, field

from asyncorch.counts import Count, Outlook
from asyncorch.events import (
    BatchEnded,
    BatchStarted,
    BuildJudged,
    GateJudged,
    PhaseEnded,
    PhaseStarted,
    Progressed,
    RunEnded,
    RunStarted,
    Stamped,
    StepEnded,
    StepRetried,
    StepStarted,
    WorkExpected,
)
from asyncorch.model import Outcome, StepSummary

LAST_FAILURES = 50


class Running(Struct):
    """A process that runs: `place` is its line on the screen for as long as it does."""

    phase: str
    step: str
    title: str
    batch: int
    attempt: int
    files: int
    started: float
    place: int
    expected: float | None = None  # seconds
    rows: int = 0
    errors: int = 0
    line: str = ""

    @property
    def done(self) -> int:
        return min(self.rows, self.files)


class OpenStep(Struct):
    """A step that has started and not ended: what its ended processes did."""

    phase: str
    title: str
    count: Count
    lost: dict[int, Count] = field(default_factory=dict)  # by batch: void if it is retried
    died: bool = False  # the last process to end left files without a row


class PhaseState(Struct):
    name: str
    number: int
    title: str
    started: float
    declared: int = 0  # steps that were announced
    seen: int = 0  # steps that have started, or ended without: code may add to those announced
    ended: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    closed: Count = field(default_factory=Count)  # of the steps that have ended
    outlook: Outlook = field(default_factory=Outlook)
    outcome: Outcome | None = None
    seconds: float = 0.0
    reason: str | None = None
    steps: tuple[StepSummary, ...] = ()

    @property
    def total(self) -> int:
        return max(self.declared, self.seen)

    @property
    def failed(self) -> int:
        return self.outcomes[Outcome.FAILED] + self.outcomes[Outcome.TIMED_OUT]


class RunState(Struct):
    """What is known of a run after the events so far. Times are seconds since the epoch."""

    run: RunStarted | None = None
    ended: RunEnded | None = None
    gate: GateJudged | None = None
    build: BuildJudged | None = None
    phases: dict[str, PhaseState] = field(default_factory=dict)
    steps: dict[tuple[str, str], OpenStep] = field(default_factory=dict)
    running: dict[tuple[str, str, int], Running] = field(default_factory=dict)
    first_failure: StepEnded | None = None
    failures: deque[StepEnded] = field(default_factory=lambda: deque(maxlen=LAST_FAILURES))
    failed_steps: int = 0
    began: float | None = None
    time: float = 0.0  # of the last event

    def apply(self, stamped: Stamped) -> None:
        self.time = stamped.time
        if self.began is None:
            self.began = stamped.time
        fold = _FOLDS.get(type(stamped.event))
        if fold is not None:
            fold(self, stamped.event)

    @property
    def last_phase(self) -> PhaseState | None:
        return next(reversed(self.phases.values()), None)

    @property
    def phase(self) -> PhaseState | None:
        """Return the phase that runs."""
        last = self.last_phase
        return last if last and last.outcome is None else None

    @property
    def place(self) -> int:
        """Return the place of the last phase among those that this run goes through, from 1."""
        last = next(reversed(self.phases), None)
        names = self.run.phases if self.run else ()
        return names.index(last) + 1 if last in names else len(self.phases)

    @property
    def places(self) -> int:
        return max(len(self.run.phases) if self.run else 0, len(self.phases))

    def count(self, phase: PhaseState) -> Count:
        """Return what a phase has done so far, its running processes counted in."""
        total = Count()
        total.add(phase.closed)
        for (name, step), opened in self.steps.items():
            if name == phase.name:
                total.add(self.count_step(step, opened))
        return total

    def count_run(self) -> Count:
        total = Count()
        for phase in self.phases.values():
            total.add(self.count(phase))
        return total

    def count_step(self, step: str, opened: OpenStep) -> Count:
        count = Count()
        count.add(opened.count)
        for process in self.running.values():
            if process.step == step and process.phase == opened.phase:
                count.add(Count(done=process.done, rows=process.rows, errors=process.errors))
        count.done = min(count.done, count.files)
        return count


def _phase(state: RunState, name: str) -> PhaseState:
    """Return a phase, even one that was never announced: code may run a command outside of any."""
    if name not in state.phases:
        state.phases[name] = PhaseState(name, 0, name.upper(), state.time)
    return state.phases[name]


def _keep(name: str) -> Callable[[RunState, Any], None]:
    return lambda state, event: setattr(state, name, event)


def _phase_started(state: RunState, event: PhaseStarted) -> None:
    state.phases.pop(event.phase, None)
    state.phases[event.phase] = PhaseState(
        event.phase, event.number, event.title, state.time, declared=len(event.steps)
    )


def _work_expected(state: RunState, event: WorkExpected) -> None:
    _phase(state, event.phase).outlook.add(event)


def _step_started(state: RunState, event: StepStarted) -> None:
    phase = _phase(state, event.phase)
    phase.seen += 1
    state.steps[event.phase, event.step] = OpenStep(
        event.phase,
        event.title,
        Count(files=event.files or 0, rejected=event.rejected),
    )


def _batch_started(state: RunState, event: BatchStarted) -> None:
    opened = state.steps.get((event.phase, event.step))
    taken = {process.place for process in state.running.values()}
    place = next(number for number in range(len(taken) + 1) if number not in taken)
    title = opened.title if opened else event.step
    state.running[event.phase, event.step, event.batch] = Running(
        event.phase,
        event.step,
        title,
        event.batch,
        event.attempt,
        event.files,
        state.time,
        place,
        event.expected,
    )


def _progressed(state: RunState, event: Progressed) -> None:
    process = state.running.get((event.phase, event.step, event.batch))
    if process is not None:
        process.rows, process.errors, process.line = event.rows, event.errors, event.line


def _batch_ended(state: RunState, event: BatchEnded) -> None:
    process = state.running.pop((event.phase, event.step, event.batch), None)
    opened = state.steps.get((event.phase, event.step))
    if process is None or opened is None:
        return
    if process.expected is not None:
        _phase(state, event.phase).outlook.end(process.expected, event.seconds)
    # A tool that ends with 1 and has a row for every file has only found errors.
    judged = event.outcome.is_success or (event.exit == 1 and event.rows >= process.files > 0)
    # A file that was tried alone is done with, even without a row, unless it is tried again.
    done = process.files if judged or process.files == 1 else min(event.rows, process.files)
    count = Count(done=done, rows=event.rows, errors=event.errors)
    opened.count.add(count)
    opened.died = not judged
    if opened.died:
        opened.lost[event.batch] = count


def _step_retried(state: RunState, event: StepRetried) -> None:
    opened = state.steps.get((event.phase, event.step))
    lost = opened.lost.pop(event.batch, None) if opened else None
    if opened and lost:
        opened.count.add(Count(done=-lost.done, rows=-lost.rows, errors=-lost.errors))


def _step_ended(state: RunState, event: StepEnded) -> None:
    phase = _phase(state, event.phase)
    opened = state.steps.pop((event.phase, event.step), None)
    # A process that did not end within its grace leaves no BatchEnded behind.
    for key in [key for key in state.running if key[:2] == (event.phase, event.step)]:
        del state.running[key]
    if opened is None:
        phase.seen += 1
        opened = OpenStep(event.phase, event.title, Count(files=event.files or 0))
    phase.ended += 1
    phase.outcomes[event.outcome] += 1
    count = opened.count
    count.rows = max(count.rows, event.rows)
    count.errors = max(count.errors, event.errors)
    count.done = count.files if event.outcome.is_success else min(count.done, count.files)
    phase.closed.add(count)
    if event.outcome.is_failure:
        state.failed_steps += 1
        state.first_failure = state.first_failure or event
        state.failures.append(event)


def _phase_ended(state: RunState, event: PhaseEnded) -> None:
    phase = _phase(state, event.phase)
    phase.outcome, phase.seconds, phase.reason = event.outcome, event.seconds, event.reason
    phase.steps = event.steps
    phase.outcomes = Counter(step.outcome for step in event.steps)


_FOLDS: dict[type, Callable[[RunState, Any], None]] = {
    RunStarted: _keep("run"),
    PhaseStarted: _phase_started,
    WorkExpected: _work_expected,
    StepStarted: _step_started,
    BatchStarted: _batch_started,
    Progressed: _progressed,
    BatchEnded: _batch_ended,
    StepRetried: _step_retried,
    StepEnded: _step_ended,
    PhaseEnded: _phase_ended,
    GateJudged: _keep("gate"),
    BuildJudged: _keep("build"),
    RunEnded: _keep("ended"),
}
