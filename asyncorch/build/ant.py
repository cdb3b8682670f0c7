"""Ant: build.xml, its default target."""

from __future__ import annotations

from pathlib import Path

from asyncorch.build.base import OUTPUTS, BuildCommand, BuildContext, has_file, lacks, made

name = "ant"


def found(folder: Path) -> bool:
    return has_file(folder, "build.xml")


def missing(context: BuildContext) -> str | None:
    return lacks(context, "ant", "install Apache Ant (Debian: `apt install ant`)")


def commands(_: BuildContext) -> tuple[BuildCommand, ...]:
    return (BuildCommand("ant", "Building with Ant", ("ant", "-noinput")),)


def packages(context: BuildContext) -> tuple[Path, ...]:
    return made(context, *OUTPUTS)
