"""Which tool builds a folder.

`auto` looks in the root of the build folder only, for the tools' own files, in this order: what
says most about how the project is built comes first, a makefile late, since projects of every
kind have one for errands. Without any of them, Python sources alone are built as Python.

    maven    pom.xml
    gradle   build.gradle, build.gradle.kts, settings.gradle, settings.gradle.kts
    ant      build.xml
    python   pyproject.toml that says how to build, setup.py
    npm      package.json with a build script
    make     GNUmakefile, makefile, Makefile
    python   any .py file below the folder
"""

from __future__ import annotations

from pathlib import Path

from asyncorch.build import ant, gradle, make, maven, npm, python
from asyncorch.build.base import BuildTool
from asyncorch.build.command import Command

ORDER: tuple[BuildTool, ...] = (maven, gradle, ant, python, npm, make)


def choose(name: str, folder: Path) -> BuildTool | None:
    """Return the tool that `[build] tool` means, None when `auto` finds nothing to build."""
    if name != "auto":
        return next((tool for tool in ORDER if tool.name == name), Command(name))
    for tool in ORDER:
        if tool.found(folder):
            return tool
    return python if python.has_sources(folder) else None
