"""What a build tool is: where it builds, what it runs, what it leaves behind.

A tool only describes. It starts nothing, and what it reads lies in the build folder. Whoever runs
its commands does so one after another, in the build folder, and stops at the first that fails.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from asyncorch.build.laid import read_laid, state_folder

ARCHIVES = (".jar", ".war", ".ear", ".aar", ".whl", ".tgz", ".tar.gz", ".zip", ".deb", ".rpm")
OUTPUTS = ("*", "build/**/*", "dist/**/*", "out/**/*", "target/**/*")  # where archives are made
PROGRAMS = ("*", "bin/*", "build/*", "build/bin/*")  # where programs are made


class BuildContext(Struct, frozen=True):
    """Where one build happens and what it may use."""

    folder: Path  # work/build, absolute
    app: str
    slots: int  # how many processors the build may use
    python: str  # the interpreter of the project: its .venv, or this one
    path: str  # PATH as the commands will see it

    @property
    def state(self) -> Path:
        return state_folder(self.folder)

    @property
    def output(self) -> Path:
        """Return the folder for packages that a command can be told to write; emptied before."""
        return self.state / "packages"


class BuildCommand(Struct, frozen=True):
    """One step of a build; `name` is unique within its tool and fit for a log's name."""

    name: str  # npm-install
    title: str  # Building with npm
    argv: tuple[str, ...] | str  # one string goes to the shell: only the user's own command


class BuildTool(Protocol):
    """A module of this package, or the user's own command."""

    @property
    def name(self) -> str: ...

    def found(self, folder: Path, /) -> bool:
        """Tell whether the tool's own files stand in the folder's root."""

    def missing(self, context: BuildContext, /) -> str | None:
        """Return what to install before the commands can run, None when nothing is missing."""

    def commands(self, context: BuildContext, /) -> tuple[BuildCommand, ...]:
        """Return what to run, in order."""

    def packages(self, context: BuildContext, /) -> tuple[Path, ...]:
        """Return the files that the build made for target/packages, in the order of their paths."""


def has_file(folder: Path, *names: str) -> bool:
    return any((folder / name).is_file() for name in names)


def lacks(context: BuildContext, program: str, hint: str) -> str | None:
    """Return the hint when the commands' PATH has no such program."""
    return None if shutil.which(program, path=context.path) else hint


def made(context: BuildContext, *patterns: str, programs: tuple[str, ...] = ()) -> tuple[Path, ...]:
    """Return what the build put into its folder: archives by pattern, programs by pattern."""
    archives = (path for path in _new_files(context, patterns) if path.name.endswith(ARCHIVES))
    runnable = (path for path in _new_files(context, programs) if path.stat().st_mode & 0o100)
    return tuple(sorted({*archives, *runnable}))


def _new_files(context: BuildContext, patterns: Iterable[str]) -> Iterator[Path]:
    """Yield the files that match and that no layout put there."""
    laid = read_laid(context.folder)
    for pattern in patterns:
        for path in context.folder.glob(pattern):
            known = str(path.relative_to(context.folder)) in laid
            if not known and path.is_file() and not path.is_symlink():
                yield path
