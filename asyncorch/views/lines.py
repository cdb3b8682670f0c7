"""The words for what happened, once for the plain and the live view: permanent lines.

Every text in a Line is safe for a terminal, whatever a tool, a file name or a configuration
said, and reads without colour.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from msgspec import Struct

from asyncorch.events import (
    BatchEnded,
    BuildJudged,
    GateJudged,
    Noted,
    PhaseEnded,
    PhaseStarted,
    RunEnded,
    RunStarted,
    Stamped,
    StepEnded,
    StepRetried,
)
from asyncorch.model import Outcome, exit_words
from asyncorch.state import RunState
from asyncorch.views.text import count, duration, safe

RULE = "=" * 60
LONGEST = 1000  # cells; a line of output may have no end
FEW_SKIPPED = 5  # the rest of a phase's skipped steps is told as a number


class Kind(Enum):
    """What a line means; a view that has colours chooses one by it."""

    PLAIN = auto()
    BANNER = auto()
    DONE = auto()
    FAILED = auto()
    WARNING = auto()
    HINT = auto()
    DIM = auto()


class Line(Struct, frozen=True):
    """One permanent line; `detail` follows the text and matters less."""

    kind: Kind
    text: str = ""
    detail: str = ""

    @property
    def words(self) -> str:
        return f"{self.text} {self.detail}" if self.detail else self.text


def lines(stamped: Stamped, state: RunState) -> list[Line]:
    """Return what a person wants to read of an event that the state has folded already."""
    tell = _TOLD.get(type(stamped.event))
    return tell(stamped.event, state) if tell else []


def how(outcome: Outcome, exit_status: int | None, reason: str | None = None) -> str:
    """Return in a few words how a step failed: `exit 3`, `SIGKILL`, `timed out`."""
    if outcome is Outcome.TIMED_OUT:
        return "timed out"
    if exit_status is None:
        return safe(reason or outcome.value, LONGEST)
    return exit_words(exit_status)


def _line(kind: Kind, text: str, detail: str = "") -> Line:
    return Line(kind, _no_command(safe(text, LONGEST)), safe(detail, LONGEST))


def _no_command(text: str) -> str:
    """Return the text so that no CI takes it for a command: those begin with `::`, or blanks."""
    return text.replace("::", "| ::", 1) if text.lstrip().startswith("::") else text


def _run_started(event: RunStarted, _state: RunState) -> list[Line]:
    words = [event.app, event.snapshot or "no snapshot", event.mode]
    about = " · ".join([*words, f"{event.concurrency:,} at a time", event.folder])
    return [_line(Kind.DIM, about)]


def _noted(event: Noted, _state: RunState) -> list[Line]:
    warning = event.level == "warning"
    told = [_line(Kind.WARNING, f"! {event.text}") if warning else _line(Kind.PLAIN, event.text)]
    if event.hint:
        told.append(_line(Kind.HINT, f"  hint: {event.hint}"))
    return told


def _phase_started(event: PhaseStarted, _state: RunState) -> list[Line]:
    title = _line(Kind.BANNER, f"PHASE {event.number}: {event.title}")
    rule = Line(Kind.BANNER, RULE)
    return [Line(Kind.PLAIN), rule, title, rule]


def _batch_ended(event: BatchEnded, state: RunState) -> list[Line]:
    """Tell of a batch that died; the process of a step that has no batches is told by its end."""
    opened = state.steps.get((event.phase, event.step))
    if not event.batch or not event.outcome.is_failure or not (opened and opened.died):
        return []
    title = f"! {_title(event, state)} batch {event.batch} died"
    reason = how(event.outcome, event.exit, event.reason)
    return [_line(Kind.WARNING, f"{title} ({reason})", f"log: {event.log}")]


def _step_retried(event: StepRetried, state: RunState) -> list[Line]:
    batch = f" batch {event.batch}" if event.batch else ""
    again = f"attempt {event.attempt} in {duration(event.delay)}"
    return [_line(Kind.WARNING, f"! {_title(event, state)}{batch}: {again}", f"({event.reason})")]


def _step_ended(event: StepEnded, state: RunState) -> list[Line]:
    if event.outcome.is_failure:
        return _failure(event)
    if event.outcome.is_success:
        return [_line(Kind.DONE, f"✓ {event.title} completed", f"({_details(event)})")]
    phase = state.phases[event.phase]
    if event.outcome is Outcome.SKIPPED and phase.outcomes[Outcome.SKIPPED] > FEW_SKIPPED:
        return []
    reason = f"({event.reason})" if event.reason else ""
    return [_line(Kind.DIM, f"- {event.title} {event.outcome.value}", reason)]


def _failure(event: StepEnded) -> list[Line]:
    told = how(event.outcome, event.exit, event.reason)
    after = f"after {duration(event.seconds)}"
    head = _line(Kind.FAILED, f"✗ {event.title} failed ({told})", after)
    below = [_line(Kind.DIM, f"    {line}") for line in event.tail]
    if event.reason and event.reason != told:
        below.append(_line(Kind.PLAIN, f"  reason: {event.reason}"))
    if event.log:
        below.append(_line(Kind.HINT, f"  log: {event.log}"))
    return [head, *below]


def _details(event: StepEnded) -> str:
    told = []
    if event.files is not None:
        told.append(count(event.files, "file"))
    elif event.rows:
        told.append(count(event.rows, "row"))
    if event.errors:
        told.append(f"{event.errors:,} with errors")
    told.append("up to date" if event.outcome is Outcome.FRESH else duration(event.seconds))
    return ", ".join(told)


def _gate_judged(event: GateJudged, _state: RunState) -> list[Line]:
    if not event.passed:
        return [_line(Kind.FAILED, f"✗ Gate failed: {event.reason or 'no reason given'}")]
    counts = f"{event.promoted:,} promoted, {event.refused:,} refused, {event.removed:,} removed"
    if event.refused and not event.promoted:
        return [_line(Kind.WARNING, f"! Gate passed: {counts}", f"({event.log})")]
    return [_line(Kind.DONE, f"✓ Gate passed: {counts}", f"({event.log})")]


def _build_judged(event: BuildJudged, state: RunState) -> list[Line]:
    if event.built is None:
        return []
    sources = state.gate.successful if state.gate else event.built
    whole = event.built >= sources
    told = f"{'✓' if whole else '!'} Built {event.built:,} of {count(sources, 'artifact')}"
    packages = [_line(Kind.PLAIN, f"  package: {name}") for name in event.packages]
    return [_line(Kind.DONE if whole else Kind.WARNING, told), *packages]


def _phase_ended(event: PhaseEnded, state: RunState) -> list[Line]:
    phase = state.phases[event.phase]
    skipped = phase.outcomes[Outcome.SKIPPED]
    if event.outcome is Outcome.SKIPPED:
        told_why = f"({event.reason or 'no steps'})"
        return [_line(Kind.DIM, f"- phase {event.phase} passed over", told_why)]
    told = []
    if skipped > FEW_SKIPPED:
        told.append(_line(Kind.DIM, f"- {count(skipped, 'step')} of {phase.title} skipped"))
    if event.outcome.is_failure and event.reason:
        told.append(_line(Kind.FAILED, f"✗ {phase.title} failed: {event.reason}"))
    return told


def _title(event: BatchEnded | StepRetried, state: RunState) -> str:
    opened = state.steps.get((event.phase, event.step))
    return opened.title if opened else event.step


_TOLD: dict[type, Callable[[Any, RunState], list[Line]]] = {
    RunStarted: _run_started,
    Noted: _noted,
    PhaseStarted: _phase_started,
    BatchEnded: _batch_ended,
    StepRetried: _step_retried,
    StepEnded: _step_ended,
    GateJudged: _gate_judged,
    BuildJudged: _build_judged,
    PhaseEnded: _phase_ended,
    RunEnded: lambda _event, _state: [Line(Kind.PLAIN)],  # sets the summary off
}
