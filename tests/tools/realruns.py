"""The pipeline that ships over a real tree, as its user would run it, and what it left there."""

from __future__ import annotations

import atexit
import functools
import json
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ast_grep_py import SgRoot

from tests.e2e.projects import CLEAN, PROGRAM, Project
from tests.tools.realtrees import TREES

PHASES = ("extract", "validate", "analyze", "transform")
ALL_PHASES = tuple(word for phase in PHASES for word in ("--phase", phase))
SNAPSHOT = "fetched"
GATE = "transform-sources"  # the step whose rows the gate judges


@dataclass(frozen=True, slots=True)
class RealRun:
    """A project with a real tree for its snapshot, run once."""

    project: Project

    @property
    def root(self) -> Path:
        return self.project.root

    @property
    def snapshot(self) -> Path:
        return self.root / "deliveries" / SNAPSHOT

    def run(self) -> None:
        """Run all phases but the build, in which the tools have no part."""
        done = self.project.run("--progress", "none", *ALL_PHASES, within=600)
        assert done.status == 0, done.err[-3000:]

    def files(self, folder: str) -> dict[str, bytes]:
        """Return path and content of every file below a folder of the project."""
        return dict(contents(self.root / folder))

    def inventory(self) -> dict[str, dict[str, Any]]:
        found = json.loads((self.root / "work/extracted/inventory.json").read_bytes())
        return {record["path"]: record for record in found["files"]}

    def left_out(self) -> set[str]:
        found = json.loads((self.root / "work/extracted/left-out.json").read_bytes())
        return {item["path"] for item in found["left_out"]}

    def rows(self) -> dict[str, dict[str, int]]:
        """Return the errors of each file, by `phase-step`."""
        found: dict[str, dict[str, int]] = {}
        for row in self.project.last.rows:
            found.setdefault(f"{row['phase']}-{row['step']}", {})[row["source"]] = row["errors"]
        return found

    def findings(self) -> dict[str, set[str]]:
        """Return the files in which each step found errors, by `phase-step`, as the ledger says."""
        folder = self.root / "work" / "analysis" / "findings"
        return {
            file.stem: {at["file"] for at in _lines(file) if at["severity"] == "error"}
            for file in folder.glob("*.jsonl")
        }


def real_run(tree: str, base: Path) -> RealRun:
    """Return the pipeline's run over a tree; it is made once a session, or fails for all alike."""
    made = _made(tree, base)
    if isinstance(made, RealRun):
        return made
    raise made


@functools.cache
def _made(tree: str, base: Path) -> RealRun | BaseException:
    real, fetched = RealRun(Project(base / f"real-{tree}")), base / f"fetched-{tree}"
    # All trees together are a gigabyte, of which pytest would keep three.
    atexit.register(shutil.rmtree, real.root, ignore_errors=True)
    try:
        TREES[tree](fetched)
        init = (*PROGRAM, "init", str(real.root))
        subprocess.run(init, check=True, capture_output=True, env=CLEAN)
        real.snapshot.parent.mkdir(parents=True, exist_ok=True)
        fetched.rename(real.snapshot)
        real.run()
    except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:  # noqa: BLE001  # kept
        return error
    return real


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield file.relative_to(folder).as_posix(), file.read_bytes()


def compiles(content: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(content, "<file>", "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            return False
    return True


def unreadable(content: bytes, language: str) -> int:
    """Count what the grammar of the language could not make sense of."""
    root = SgRoot(content.decode("utf-8-sig"), language).root()
    return len(root.find_all(kind="ERROR"))


def unlike(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    """Return the paths of what was changed, came, or went."""
    return {path for path in {**before, **after} if before.get(path) != after.get(path)}


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, file.read_bytes().splitlines())
