"""Pack the files that pycompile listed, of the working folder, as one wheel.

    python -P pypack.py LISTING OUTPUT NAME     the wheel NAME holds every file as it lies
    python -P pypack.py LISTING OUTPUT - PYTHON the project there says what its wheel holds

A project is packed from a copy without the files that are not listed: by its backend where PYTHON
or this interpreter has it, else by one installed for this build alone.

The same files make the same bytes. Exit status: 0 when OUTPUT holds a wheel, else 1.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from build import ProjectBuilder
from build.env import DefaultIsolatedEnv
from hatchling.builders.wheel import WheelBuilder

VERSION = "0.1.0"  # of a tree that does not say its own
EPOCH = "315532800"  # the first day that a zip file can hold


def main(listing: str, output: str, name: str, python: str | None = None) -> int:
    """Pack the working folder."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", EPOCH)
    files = json.loads(Path(listing).read_bytes())
    wheel = pack_project(files, output, python) if python else pack_tree(files, output, name)
    say(f"packed {Path(wheel).name}" if wheel else "no wheel could be packed")
    return 0 if wheel else 1


def pack_tree(files: Sequence[str], output: str, name: str) -> str:
    """Pack the files as they lie and return the wheel."""
    wheel = {
        "bypass-selection": True,
        "force-include": {str(Path.cwd() / path): path for path in files},
    }
    config = {
        "project": {"name": name, "version": VERSION, "requires-python": ">=3"},
        "tool": {"hatch": {"build": {"targets": {"wheel": wheel}}}},
    }
    builder = WheelBuilder(str(Path.cwd()), config=config)
    return next(builder.build(directory=output, versions=["standard"]))


def pack_project(files: Sequence[str], output: str, python: str) -> str | None:
    """Pack the files by the project's own backend, wherever it is, and return the wheel."""
    interpreters = dict.fromkeys((python, sys.executable))
    ways = {f"with the backend of {path}": present(path) for path in interpreters}
    for words, pack in (ways | {"with a backend of its own": isolated}).items():
        # A folder outside the project: no .gitignore above it hides files from the backend.
        with tempfile.TemporaryDirectory(prefix="asyncorch-") as staging:
            stage(files, Path(staging))
            try:
                return pack(staging, output)
            except Exception as error:  # noqa: BLE001  a backend may raise anything
                say(f"not packed {words}: {error}")
    return None


def present(python: str) -> Callable[[str, str], str]:
    """Return how to pack with what an interpreter has installed."""

    def pack(project: str, output: str) -> str:
        return ProjectBuilder(project, python_executable=python).build("wheel", output)

    return pack


def isolated(project: str, output: str) -> str:
    """Pack with the backend that the project requires, installed for this build alone."""
    with DefaultIsolatedEnv() as env:
        builder = ProjectBuilder.from_isolated_env(env, project)
        env.install(builder.build_system_requires)
        env.install(builder.get_requires_for_build("wheel"))
        return builder.build("wheel", output)


def stage(files: Sequence[str], folder: Path) -> None:
    for path in files:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
