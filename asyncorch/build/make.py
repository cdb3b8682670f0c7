"""Make: a makefile's default target, with as many jobs as the build has slots."""

from __future__ import annotations

from pathlib import Path

from asyncorch.build.base import (
    OUTPUTS,
    PROGRAMS,
    BuildCommand,
    BuildContext,
    has_file,
    lacks,
    made,
)

name = "make"


def found(folder: Path) -> bool:
    return has_file(folder, "GNUmakefile", "makefile", "Makefile")


def missing(context: BuildContext) -> str | None:
    return lacks(context, "make", "install make (Debian: `apt install make`)")


def commands(context: BuildContext) -> tuple[BuildCommand, ...]:
    return (BuildCommand("make", "Building with make", ("make", f"-j{context.slots}")),)


def packages(context: BuildContext) -> tuple[Path, ...]:
    return made(context, *OUTPUTS, programs=PROGRAMS)
