"""A made-up project in a temporary folder, run by the real program in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.journals import RunFolder
from tests.e2e.waiting import group_of, until

PROGRAM = (sys.executable, "-m", "asyncorch")
_NOT_INHERITED = (
    *("CI", "FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES", "TERM"),
    *("MAKEFLAGS", "MFLAGS", "MAKELEVEL"),  # the suite may run under a make
)
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("ASYNCORCH_", "PYTEST_")) and name not in _NOT_INHERITED
}
# A tool that copies each file to where transform's output belongs, with a row for each.
COPY_ALL = """#!/bin/sh
for file; do
    path=${file#*/*/}
    mkdir -p "$(dirname "work/transformed/$path")"
    cp -- "$file" "work/transformed/$path" && printf '| %s | 0 |\\n' "$path"
done
"""


def copying_but(line: str) -> str:
    """Return the copying tool with a line of shell that comes first for each file."""
    return COPY_ALL.replace("for file; do", f"for file; do\n    {line}")


SOURCES = 'foreach = "deliveries/{snapshot}/**"\noutputs = ["work/transformed/{path}"]\n'


@dataclass(frozen=True, slots=True)
class Done:
    """How the program ended, and what it said."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder."""

    root: Path

    def script(self, name: str, text: str, *, mode: int = 0o755) -> Path:
        """Write a tool script; a text without a first line of its own is for the shell."""
        path = self.root / "tools" / "pipeline" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}\n")
        path.chmod(mode)
        return path

    def config(self, text: str) -> None:
        (self.root / "pipeline.toml").write_text(text)

    def deliver(self, *names: str | bytes, snapshot: str = "s1", content: bytes = b"x\n") -> None:
        folder = os.fsencode(self.root / "deliveries" / snapshot)
        for name in names:
            path = os.path.join(folder, os.fsencode(name))  # noqa: PTH118  # names of bytes
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  # the same
            with open(path, "wb") as file:  # noqa: PTH123  # the same
                file.write(content + os.fsencode(name) + b"\n")

    def copying(self, *names: str | bytes, keys: str = "", more: str = "") -> None:
        """Make it a project whose one step takes every file of the snapshot to work/transformed."""
        self.deliver(*names)
        self.script("transform-copy.sh", COPY_ALL)
        self.config(f"{more}\n[steps.transform-copy]\n{SOURCES}{keys}")

    def run(self, *options: str, env: Mapping[str, str] | None = None, within: float = 60) -> Done:
        """Run it to its end."""
        done = subprocess.run(
            (*PROGRAM, "run", str(self.root), *options),
            check=False,
            capture_output=True,
            cwd=self.root,
            env={**CLEAN, **(env or {})},
            timeout=within,
        )
        return Done(done.returncode, _text(done.stdout), _text(done.stderr))

    @contextmanager
    def running(
        self, *options: str, env: Mapping[str, str] | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run it beside the test; whatever is left of it in the end is ended."""
        with subprocess.Popen(
            (*PROGRAM, "run", str(self.root), *options),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.root,
            env={**CLEAN, **(env or {})},
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @property
    def last(self) -> RunFolder:
        return RunFolder(self.root / "runlogs" / "latest")

    @property
    def promoted(self) -> list[str]:
        return files_below(self.root / "target" / "artifacts")

    def wait_for(self, name: str) -> str:
        """Wait for a file that a step writes whole, and return its text."""
        path = self.root / name
        until(lambda: path.exists() and path.read_text().endswith("\n"), f"no {name}")
        return path.read_text().strip()

    def pid_from(self, name: str) -> int:
        """Return the process id that a step has written to a file; it runs."""
        pid = int(self.wait_for(name))
        assert group_of(pid) is not None, f"process {pid} of {name} does not run"
        return pid


def files_below(folder: Path) -> list[str]:
    """Return the files below a folder by path, sorted; names of any bytes."""
    found = []
    for place, _, names in os.walk(folder):
        found += [os.path.relpath(f"{place}/{name}", folder) for name in names]
    return sorted(found)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
