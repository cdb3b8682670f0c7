"""What the user asked of one run, in words from the command line, the wizard or code."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from asyncorch.model import Halt


class RunSettings(Struct, frozen=True):
    """One run's wishes; None or empty means: what the configuration or the convention says."""

    project: Path
    snapshot: str | None = None
    app: str | None = None
    mode: str | None = None
    phases: tuple[str, ...] = ()  # only these, instead of a mode
    concurrency: int | None = None
    halt: Halt | None = None
    force: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    progress: str = "auto"  # auto, live, plain, none
    json: bool = False  # the journal's lines on standard output
    dry_run: bool = False
    allow_removal: bool = False
    resume: str | None = None  # the run to go on with; "": the last
    wait: float = 0.0  # seconds for another run of the project to end

    def command_line(self, *, snapshot: str | None, app: str, secrets: tuple[str, ...] = ()) -> str:
        """Return this run as one line of `asyncorch run`, snapshot and application spelled out.

        Variables named in `secrets` are left out.
        """
        words = ["asyncorch", "run", str(self.project)]
        words += _option("--snapshot", snapshot) + _option("--app", app)
        for phase in self.phases:
            words += _option("--phase", phase)
        if not self.phases:
            words += _option("--mode", self.mode)
        words += _option("--concurrency", self.concurrency) + _option("--halt", self.halt)
        for flag, values in (("--env", self.env), ("--param", self.params)):
            for name, value in values.items():
                if name not in secrets:
                    words += [flag, f"{name}={value}"]
        words += ["--force"] * self.force + ["--allow-removal"] * self.allow_removal
        return shlex.join(words)


def _option(flag: str, value: object) -> list[str]:
    return [] if value is None else [flag, str(value)]
