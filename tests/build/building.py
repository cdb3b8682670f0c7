"""Building as the orchestrator does it: lay out, run the tool's own commands, take its packages."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from asyncorch.build.base import BuildContext
from asyncorch.build.registry import choose
from asyncorch.build.workspace import prepare


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to."""

    status: int
    output: str
    packages: tuple[Path, ...]
    steps: tuple[str, ...]
    folder: Path

    @property
    def names(self) -> list[str]:
        return [path.name for path in self.packages]


class Builder:
    """A project in a temporary folder, written file by file, built as often as one likes."""

    def __init__(self, root: Path) -> None:
        self.sources = root / "sources"
        self.folder = root / "work" / "build"

    def write(self, path: str, text: str, *, mode: int = 0o644) -> None:
        file = self.sources / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def remove(self, path: str) -> None:
        (self.sources / path).unlink()

    def build(
        self, tool: str = "auto", *, app: str = "Shop", python: str = sys.executable
    ) -> Built:
        files = {
            str(p.relative_to(self.sources)): p for p in self.sources.rglob("*") if p.is_file()
        }
        prepare(self.folder, files)
        context = BuildContext(self.folder, app, 2, python, os.environ["PATH"])
        chosen = choose(tool, self.folder)
        assert chosen
        need(chosen.missing(context))
        output, steps, status = "", [], 0
        for command in chosen.commands(context):
            steps.append(command.name)
            shell = isinstance(command.argv, str)
            done = subprocess.run(
                command.argv,
                shell=shell,
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            output += done.stdout + done.stderr
            status = done.returncode
            if status:
                break
        return Built(status, output, chosen.packages(context), tuple(steps), self.folder)


def need(hint: str | None) -> None:
    """Skip where a tool is not installed; in CI, where it has to be, fail."""
    if hint and os.environ.get("CI") == "true":
        pytest.fail(f"{hint}; `.ci/real-tools.sh` installs what these tests need")
    if hint:
        pytest.skip(hint)
