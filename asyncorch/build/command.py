"""The user's own command, for every tool that has no module here; the shell runs it."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from asyncorch.build.base import OUTPUTS, PROGRAMS, BuildCommand, BuildContext, made


class Command(Struct, frozen=True):
    """One line of shell, as pipeline.toml gave it."""

    line: str
    name: str = "command"

    def found(self, _: Path, /) -> bool:
        return True

    def missing(self, _: BuildContext, /) -> str | None:
        return None

    def commands(self, _: BuildContext, /) -> tuple[BuildCommand, ...]:
        return (BuildCommand("command", "Building", self.line),)

    def packages(self, context: BuildContext, /) -> tuple[Path, ...]:
        return made(context, *OUTPUTS, programs=PROGRAMS)
