"""The tables of pipeline.toml: every key, its type, its default, and what may be written for it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from asyncorch.durations import seconds
from asyncorch.model import LOG_LIMIT
from asyncorch.sizes import size

PHASES = ("extract", "validate", "analyze", "transform", "build")
MODES = {
    "analysis": ("extract", "validate", "analyze"),
    "transform-build": ("transform", "build"),
    "full": PHASES,
}
ROW_PATTERN = r"\|\s*([^|]+\.\w+)\s*\|\s*0\s*\|"
NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
STEP_NAME = r"[^/\x00-\x20\x7f]+"


# Kinds of values that are written as text, or shorter than they are; `read` makes them. For whoever
# uses them they are what they are made of.
if TYPE_CHECKING:
    Seconds = float
    Size = int
    RowPattern = str
    ClassPath = str
    LinePatterns = tuple[str, ...]
    Globs = tuple[str, ...]
    Variables = dict[str, str]
else:

    class Seconds(float):
        """A duration: a number, or text such as `10m`."""

    class Size(int):
        """A number of bytes: a number, or text such as `2 GiB`."""

    class RowPattern(str):
        """A regular expression whose group 1 is the artifact."""

        __slots__ = ()

    class ClassPath(str):
        """`module:Class`."""

        __slots__ = ()

    class LinePatterns(tuple):
        """Regular expressions for lines of output."""

        __slots__ = ()

    class Globs(tuple):
        """One glob, or several."""

        __slots__ = ()

    class Variables(dict):
        """Text by name; numbers become text."""


def read(kind: Any, value: Any) -> Any:
    """Return a value of one of the kinds above. Raises ValueError that says what to write."""
    return _KINDS[kind](value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("write text, in quotes")  # noqa: TRY004  # what becomes of it is the same
    return value


def _texts(values: object) -> list[str]:
    if not isinstance(values, Iterable) or isinstance(values, str | dict):
        raise ValueError("write a list of texts")  # noqa: TRY004  # as above
    return [_text(value) for value in values]


def _class_path(value: object) -> str:
    if not re.fullmatch(r"[\w.]+:\w+", _text(value)):
        raise ValueError("write `module:class`")
    return ClassPath(value)


def _row_pattern(value: object) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forms that may change their meaning some day
            groups = re.compile(_text(value)).groups
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if not groups:
        raise ValueError("group 1 must be the artifact: put it in parentheses")
    return RowPattern(value)


def _line_patterns(value: object) -> tuple[str, ...]:
    for text in _texts(value):
        try:
            re.compile(text.encode("utf-8", "surrogateescape"), re.MULTILINE)
        except (re.error, OverflowError, RecursionError, UnicodeEncodeError) as error:
            raise ValueError(f"`{text}` is not a regular expression: {error}") from error
    return LinePatterns(_texts(value))


def _globs(value: object) -> tuple[str, ...]:
    return Globs([value] if isinstance(value, str) else _texts(value))


def _variables(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("write a table of names and values")  # noqa: TRY004  # as above
    for name in value:
        if not name or "=" in name or "\0" in name:
            raise ValueError(f"`{name}` is no name of a variable")
    return Variables({k: str(v) if type(v) in (int, float) else _text(v) for k, v in value.items()})


_KINDS: dict[Any, Callable[[object], Any]] = {
    Seconds: lambda value: Seconds(seconds(value)),
    Size: lambda value: Size(size(value)),
    RowPattern: _row_pattern,
    ClassPath: _class_path,
    LinePatterns: _line_patterns,
    Globs: _globs,
    Variables: _variables,
}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_SCHEMAS: dict[Any, dict[str, Any]] = {
    Seconds: {"type": ["string", "number"]},
    Size: {"type": ["string", "integer"]},
    RowPattern: {"type": "string", "format": "regex"},
    ClassPath: {"type": "string"},
    LinePatterns: _TEXTS,
    Globs: {"anyOf": [{"type": "string"}, _TEXTS]},
    Variables: {"type": "object", "additionalProperties": {"type": ["string", "number"]}},
}


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON Schema of what may be written for one of the kinds above."""
    return _SCHEMAS[kind]


Count = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]


class StepTable(Struct, frozen=True):
    """One `[steps.<phase>-<name>]` table, or the header of a script."""

    run: str | Annotated[tuple[str, ...], Meta(min_length=1)] | None = None
    needs: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    slots: Count = 1
    jobserver: bool = False
    timeout: Seconds | None = None
    quiet: Seconds | None = None
    memory: Size | None = None
    max_log: Size | None = None
    retries: Annotated[int, Meta(ge=0)] = 0
    foreach: Globs = ()
    batch: Count | Literal["auto"] = "auto"
    inputs: Globs = ()
    outputs: Globs = ()
    uses: Globs = ()
    rows: bool | None = None
    fail_if: LinePatterns | None = None
    cwd: str = ""
    env: Variables = {}
    env_inputs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  # the keys that were written, not a key itself


class PhaseTable(Struct, frozen=True):
    title: str | None = None
    verb: str | None = None
    sequential: bool = False


class GateTable(Struct, frozen=True):
    after: str = "transform"
    source: str = "work/transformed"
    target: str = "target/artifacts"
    log: str = "logs/transformation.log"
    pattern: RowPattern = ROW_PATTERN
    minimum: Share | None = None
    max_removed: Share = 0.1
    rows: Literal["strict", "regex"] = "strict"
    gather: bool = True


class BuildTable(Struct, frozen=True):
    tool: str = "auto"
    unpromoted: Literal["omit", "original"] = "omit"
    overlay: str | None = None
    sources: str = ""


class NotifyTable(Struct, frozen=True):
    urls: tuple[str, ...] = ()
    on: tuple[Literal["failure", "success"], ...] = ("failure", "success")


class RetentionTable(Struct, frozen=True):
    """How much of old runs stays; without a key everything does."""

    runs: Count | None = None
    days: Count | None = None
    bytes: Size | None = None
    everything: bool = False


class Config(Struct, frozen=True):
    """The whole of pipeline.toml; every key is optional."""

    name: str | None = None
    app: str | None = None
    snapshot: str | None = None
    mode: str | None = None
    deliveries: str = "deliveries"
    orchestrator: ClassPath | None = None
    concurrency: Count | None = None
    grace: Seconds = 5.0
    linger: Seconds = 1.0
    deadline: Seconds | None = None
    max_log: Size = LOG_LIMIT
    env_files: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    inherit_env: bool | tuple[str, ...] = True
    phases: tuple[str, ...] | dict[str, PhaseTable | tuple[str, ...]] = PHASES
    modes: dict[str, Annotated[tuple[str, ...], Meta(min_length=1)]] = {}
    env: Variables = {}
    params: Variables = {}
    limits: dict[str, Count] = {}
    interpreters: dict[str, str] = {}
    steps: dict[str, StepTable] = {}
    gate: GateTable = GateTable()
    build: BuildTable = BuildTable()
    notify: NotifyTable = NotifyTable()
    retention: RetentionTable | None = None

    @property
    def phase_order(self) -> tuple[str, ...]:
        """Return the names of the phases in order."""
        if isinstance(self.phases, tuple):
            return self.phases
        order = self.phases.get("order", PHASES)
        return order if isinstance(order, tuple) else PHASES

    def phase_table(self, name: str) -> PhaseTable:
        table = self.phases.get(name) if isinstance(self.phases, dict) else None
        return table if isinstance(table, PhaseTable) else PhaseTable()
