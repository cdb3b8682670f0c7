"""Projects of asyncorch as the benchmarks need them, and the command that runs one."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from contest import Command
from measuring import PROGRAM

OURS = "asyncorch"


def running(*words: str, terminal: bool = False) -> Command:
    """Return the command that runs the project of the folder that it is started in."""
    return Command((*PROGRAM, "run", ".", *words), terminal=terminal)


def configured(folder: Path, text: str) -> None:
    (folder / "pipeline.toml").write_text(text)


def script(folder: Path, name: str, text: str) -> Path:
    """Write a tool script, run by this Python where its first line says {python}."""
    path = folder / "tools" / "pipeline" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("{python}", sys.executable))
    path.chmod(0o755)
    return path


def forget(folder: Path) -> None:
    """Let the next run be the first."""
    for name in ("work", "runlogs", "out"):
        shutil.rmtree(folder / name, ignore_errors=True)


def step_seconds(folder: Path) -> dict[str, float]:
    """Return the seconds that the steps themselves took in the last run."""
    summary = json.loads((folder / "runlogs" / "latest" / "summary.json").read_bytes())
    steps = (step for phase in summary["phases"] for step in phase["steps"])
    return {"step": sum(float(step["seconds"] or 0) for step in steps)}


def numbered(count: int, suffix: str) -> Iterator[str]:
    """Yield names of files, a hundred a folder."""
    return (f"{i // 100:04d}/{i:06d}{suffix}" for i in range(count))
