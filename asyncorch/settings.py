"""What the user asked of one run, in words from the command line, the wizard or code."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from asyncorch.model import Halt


@dataclass(frozen=True, slots=True)
class RunSettings:
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

    def command_line(self, *, snapshot: str | None, app: str) -> str:
        """Return this run as one line of `asyncorch run`, snapshot and application spelled out."""
        words = ["asyncorch", "run", str(self.project)]
        if snapshot is not None:
            words += ["--snapshot", snapshot]
        words += ["--app", app]
        if self.phases:
            for phase in self.phases:
                words += ["--phase", phase]
        elif self.mode:
            words += ["--mode", self.mode]
        if self.concurrency is not None:
            words += ["--concurrency", str(self.concurrency)]
        if self.halt is not None:
            words += ["--halt", self.halt.value]
        for flag, values in (("--env", self.env), ("--param", self.params)):
            for name, value in values.items():
                words += [flag, f"{name}={value}"]
        if self.force:
            words.append("--force")
        if self.allow_removal:
            words.append("--allow-removal")
        return shlex.join(words)
