"""The nouns of a run as frozen data: pipeline, phase, step, batch, row, outcome.

Nothing here does anything; every other module speaks in these.
"""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

LOG_LIMIT = 1 << 30  # what nobody reads should not fill a disk


class Outcome(StrEnum):
    """How a step (or a phase) ended."""

    PASSED = "passed"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"  # started, then ended by us
    SKIPPED = "skipped"  # never started
    FRESH = "fresh"  # up to date, not run

    @property
    def is_failure(self) -> bool:
        return self in (Outcome.FAILED, Outcome.TIMED_OUT)

    @property
    def is_success(self) -> bool:
        return self in (Outcome.PASSED, Outcome.FRESH)


def together(outcomes: Iterable[Outcome], *, cut_off: bool = False) -> Outcome:
    """Return how a phase ended whose steps ended so; `cut_off`: something ended it from outside."""
    seen = set(outcomes)
    if any(outcome.is_failure for outcome in seen):
        return Outcome.FAILED
    if cut_off or Outcome.CANCELLED in seen:
        return Outcome.CANCELLED
    return Outcome.PASSED if any(o.is_success for o in seen) else Outcome.SKIPPED


class Halt(StrEnum):
    """What a failure does to the others."""

    NOW = "now"  # what runs is ended
    SOON = "soon"  # nothing new starts, what runs may finish
    NEVER = "never"  # later phases run as far as their inputs allow


class Row(NamedTuple):
    """One artifact as a tool reported it: its path, its errors, the file it was made from."""

    artifact: str
    errors: int
    source: str
    reason: str = ""  # of errors: what the tool said on the line before


class Step(Struct, frozen=True):
    """One step as the plan wants it run; `phase-name` is unique in a pipeline.

    `command` is an argv, or one string for the shell. `foreach` makes it fan out over files,
    `batch` of them for one process (None: as many as pay off). Times are seconds.
    """

    phase: str
    name: str
    command: tuple[str, ...] | str
    foreach: tuple[str, ...] = ()
    batch: int | None = None
    outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    slots: int = 1
    jobserver: bool = False
    timeout: float | None = None
    quiet: float | None = None
    memory: int | None = None  # bytes, of all its processes together
    max_log: int | None = None  # bytes; None: the project's
    retries: int = 0
    rows: bool = False
    cwd: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    fail_if: tuple[str, ...] | None = None
    env_inputs: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()  # whose versions matter for what it makes
    title: str | None = None  # of a command in code: shown instead of verb and name

    @property
    def id(self) -> str:
        return f"{self.phase}-{self.name}"


class Phase(Struct, frozen=True):
    """A named stage and its steps; `number` is its place among all phases, from 1."""

    name: str
    number: int
    title: str  # EXTRACTION
    verb: str  # Extracting
    steps: tuple[Step, ...] = ()
    sequential: bool = False

    @property
    def in_sequence(self) -> tuple[Step, ...]:
        """Return the steps; those of a sequential phase need the one before them, too."""
        if not self.sequential:
            return self.steps
        before = [(), *((step.name,) for step in self.steps)]
        return tuple(
            replace(step, needs=(*step.needs, *need))
            for step, need in zip(self.steps, before, strict=False)
        )


class Batch(Struct, frozen=True):
    """The files that one process of a step takes; number 0 is a step that does not fan out."""

    number: int
    files: tuple[str, ...] = ()


class Artifacts(Struct, frozen=True):
    """The three counts of the summary, in source files; None where a phase did not run."""

    processed: int = 0
    successful: int = 0
    built: int | None = None


class Built(Struct, frozen=True):
    """How a build ended: the sources that its error rows name, and the packages it made."""

    passed: bool
    named: frozenset[str]
    packages: tuple[str, ...]

    def count(self, successful: int) -> int:
        """Return how many of the successful sources it left standing."""
        if not self.passed and not self.named:
            return 0
        return max(0, successful - len(self.named))


class StepSummary(Struct, frozen=True):
    """What a phase's end says of one of its steps."""

    name: str
    outcome: Outcome
    exit: int | None = None
    seconds: float = 0.0
    log: str | None = None


def exit_words(status: int | None) -> str:
    """Return how a process ended in words: `exit 3`, `SIGKILL`."""
    if status is None:
        return "not started"
    if status >= 0:
        return f"exit {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
