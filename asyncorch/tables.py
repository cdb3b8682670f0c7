"""The tables of pipeline.toml as pydantic models: every key, its type and its default."""

from __future__ import annotations

import re
import warnings
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from asyncorch.durations import seconds
from asyncorch.sizes import size

PHASES = ("extract", "validate", "analyze", "transform", "build")
MODES = {
    "analysis": ("extract", "validate", "analyze"),
    "transform-build": ("transform", "build"),
    "full": PHASES,
}
ROW_PATTERN = r"\|\s*([^|]+\.\w+)\s*\|\s*0\s*\|"
NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"


def _regex(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("write a regular expression as text")  # noqa: TRY004  # pydantic's way
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forms that may change their meaning some day
            groups = re.compile(value).groups
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if not groups:
        raise ValueError("group 1 must be the artifact: put it in parentheses")
    return value


def _line_patterns(value: object) -> object:
    for text in value if isinstance(value, list | tuple) else ():
        try:
            re.compile(str(text).encode("utf-8", "surrogateescape"), re.MULTILINE)
        except (re.error, OverflowError, RecursionError, UnicodeEncodeError) as error:
            raise ValueError(f"`{text}` is not a regular expression: {error}") from error
    return value


def _globs(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _text_values(value: object) -> object:
    if not isinstance(value, dict):
        return value
    plain = {k: str(v) for k, v in value.items() if type(v) in (int, float)}
    return {**value, **plain}


Seconds = Annotated[
    float,
    BeforeValidator(seconds, json_schema_input_type=str | float),
]
Size = Annotated[int, BeforeValidator(size, json_schema_input_type=str | int)]
LinePatterns = Annotated[
    tuple[str, ...], BeforeValidator(_line_patterns, json_schema_input_type=list[str])
]
Globs = Annotated[tuple[str, ...], BeforeValidator(_globs, json_schema_input_type=str | list[str])]
Variables = Annotated[
    dict[Annotated[str, Field(pattern=r"^[^=\x00]+$")], str],
    BeforeValidator(_text_values, json_schema_input_type=dict[str, str | int | float]),
]
Name = Annotated[str, Field(pattern=NAME)]
Count = Annotated[int, Field(ge=1, strict=True)]
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Flag = Annotated[bool, Field(strict=True)]
StepName = Annotated[str, Field(pattern=r"^[^/\x00-\x20\x7f]+$")]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


T = TypeVar("T", bound=Table)


class StepTable(Table):
    """One `[steps.<phase>-<name>]` table, or the header of a script."""

    run: str | Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    needs: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    slots: Count = 1
    timeout: Seconds | None = None
    quiet: Seconds | None = None
    retries: Annotated[int, Field(ge=0, strict=True)] = 0
    foreach: Globs = ()
    batch: Count | Literal["auto"] = "auto"
    inputs: Globs = ()
    outputs: Globs = ()
    uses: Globs = ()
    rows: Flag | None = None
    fail_if: LinePatterns | None = None
    cwd: str = ""
    env: Variables = {}
    env_inputs: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


class PhaseTable(Table):
    title: str | None = None
    verb: str | None = None
    sequential: Flag = False


class GateTable(Table):
    after: str = "transform"
    source: str = "work/transformed"
    target: str = "target/artifacts"
    log: str = "logs/transformation.log"
    pattern: Annotated[str, BeforeValidator(_regex)] = ROW_PATTERN
    minimum: Share | None = None
    max_removed: Share = 0.1
    rows: Literal["strict", "regex"] = "strict"
    gather: Flag = True


class BuildTable(Table):
    tool: str = "auto"
    unpromoted: Literal["omit", "original"] = "omit"
    overlay: str | None = None
    sources: str = ""


class NotifyTable(Table):
    urls: tuple[str, ...] = ()
    on: tuple[Literal["failure", "success"], ...] = ("failure", "success")


class RetentionTable(Table):
    """How much of old runs stays; without a key everything does."""

    runs: Count | None = None
    days: Count | None = None
    bytes: Size | None = None
    everything: Flag = False


class Config(Table):
    """The whole of pipeline.toml; every key is optional."""

    name: str | None = None
    app: str | None = None
    snapshot: str | None = None
    mode: str | None = None
    deliveries: str = "deliveries"
    orchestrator: Annotated[str, Field(pattern=r"^[\w.]+:\w+$")] | None = None
    concurrency: Count | None = None
    grace: Seconds = 5.0
    linger: Seconds = 1.0
    deadline: Seconds | None = None
    env_files: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    inherit_env: Flag | tuple[str, ...] = True
    phases: tuple[Name, ...] | dict[str, PhaseTable | tuple[Name, ...]] = PHASES
    modes: dict[Name, tuple[str, ...]] = {}
    env: Variables = {}
    params: Variables = {}
    limits: dict[str, Count] = {}
    interpreters: dict[str, str] = {}
    steps: dict[StepName, StepTable] = {}
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
