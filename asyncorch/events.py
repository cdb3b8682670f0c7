"""Everything that can happen in a run, as frozen facts in the past tense.

The engine emits these and nothing else; view, journal, summary and notification are folds of
them. Every start has its end: a StepStarted is followed by one StepEnded, a BatchStarted by one
BatchEnded, PhaseEnded names all steps of its phase, and RunEnded is last.

`Emit` is synchronous, so that it can be called where an await would be cancelled. The bus stamps
each event with a sequence number and the time (seconds since the epoch): the engine needs no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from asyncorch.model import Artifacts, Outcome, Row, StepSummary


class RunStarted(Struct, frozen=True, kw_only=True):
    run: str
    app: str
    snapshot: str | None
    mode: str
    phases: tuple[str, ...]  # those that this run will go through, in order
    concurrency: int
    project: str
    folder: str  # runlogs/<run>, as seen from the project
    version: str
    command: str  # the same run as one line, for the next time
    user: str = ""
    host: str = ""
    content: str = ""  # the snapshot's fingerprint
    env: Mapping[str, str] = field(default_factory=dict)  # of --env, without secrets
    params: Mapping[str, str] = field(default_factory=dict)  # of --param
    withheld: tuple[str, ...] = ()  # `--env NAME`, `--param NAME`: their values hold secrets
    resumed_from: str | None = None  # the run that this one goes on with
    origin: str = ""  # the first of the runs that were resumed one after the other


class Noted(Struct, frozen=True, kw_only=True):
    """Something a person should read that is nobody's failure; level is `note` or `warning`."""

    text: str
    level: str = "note"
    hint: str | None = None


class PhaseStarted(Struct, frozen=True, kw_only=True):
    phase: str
    number: int
    title: str
    steps: tuple[str, ...]


class WorkExpected(Struct, frozen=True, kw_only=True):
    """Processes have come up that will wait for their slots, and this is what they will take."""

    phase: str
    seconds: float  # all together, one after the other
    unknown: int  # processes of which nobody knows
    waiting: int  # steps that still wait for others


class StepStarted(Struct, frozen=True, kw_only=True):
    phase: str
    step: str
    title: str  # "Extracting source-files": what the screen says of it
    files: int | None  # how many files it fans out over; None: it does not
    batches: int
    rejected: int = 0  # left out because an earlier phase rejected them


class BatchStarted(Struct, frozen=True, kw_only=True):
    """A process has started: a batch of a fan-out, or the one process of any other step."""

    phase: str
    step: str
    batch: int  # 0: the step does not fan out
    attempt: int  # from 1
    files: int
    pid: int
    log: str  # as seen from the project
    expected: float | None = None  # the seconds that it will take, going by earlier runs


class Progressed(Struct, frozen=True, kw_only=True):
    """What a running process has shown so far in its log; never written to the journal."""

    phase: str
    step: str
    batch: int
    rows: int
    errors: int  # rows with errors
    line: str  # the last line of output, made safe for a terminal


class BatchEnded(Struct, frozen=True, kw_only=True):
    phase: str
    step: str
    batch: int
    attempt: int
    outcome: Outcome
    exit: int | None  # negative: ended by that signal
    seconds: float
    log: str
    rows: int = 0
    errors: int = 0
    reason: str | None = None


class RowsSettled(Struct, frozen=True, kw_only=True):
    """Rows that will not change any more; they go to rows.jsonl, not to the journal."""

    phase: str
    step: str
    rows: tuple[Row, ...]


class StepRetried(Struct, frozen=True, kw_only=True):
    phase: str
    step: str
    batch: int
    attempt: int  # the one that will come
    delay: float  # seconds until then
    reason: str


class StepEnded(Struct, frozen=True, kw_only=True):
    phase: str
    step: str
    title: str
    outcome: Outcome
    exit: int | None
    seconds: float
    log: str | None  # the log to read: of a failure the one that failed
    files: int | None = None
    rows: int = 0
    errors: int = 0  # artifacts with errors
    reason: str | None = None
    tail: tuple[str, ...] = ()  # of a failure: the last lines of its log, made safe
    fingerprint: str = ""  # of a step without a fan-out: all it says, to know it again by


class GateJudged(Struct, frozen=True, kw_only=True):
    phase: str
    passed: bool
    promoted: int
    refused: int
    removed: int
    processed: int
    successful: int
    log: str
    reason: str | None = None


class BuildJudged(Struct, frozen=True, kw_only=True):
    """How many successful sources the build left standing; None: nothing was built."""

    built: int | None
    packages: tuple[str, ...] = ()


class PhaseEnded(Struct, frozen=True, kw_only=True):
    phase: str
    outcome: Outcome
    seconds: float
    steps: tuple[StepSummary, ...]
    reason: str | None = None


class RunEnded(Struct, frozen=True, kw_only=True):
    status: str  # passed, failed, interrupted
    exit: int
    seconds: float
    artifacts: Artifacts
    metrics: Mapping[str, float | int | str] = field(default_factory=dict)
    reason: str | None = None
    refused: int = 0  # source, config and data files with errors, or that the gate refused
    first_refused: tuple[str, ...] = ()  # the first of them, a line each
    refused_list: str | None = None  # all of them, with reasons, as seen from the project
    reports: tuple[str, ...] = ()  # pages for a person that steps of this run have made


Event = (
    RunStarted
    | Noted
    | PhaseStarted
    | WorkExpected
    | StepStarted
    | BatchStarted
    | Progressed
    | BatchEnded
    | RowsSettled
    | StepRetried
    | StepEnded
    | GateJudged
    | BuildJudged
    | PhaseEnded
    | RunEnded
)
Emit = Callable[[Event], None]


class Stamped(Struct, frozen=True):
    """An event with its place and time in the run: what a sink receives."""

    seq: int  # from 1, without gaps
    time: float  # seconds since the epoch
    event: Event


Sink = Callable[[Stamped], None]
