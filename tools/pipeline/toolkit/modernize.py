"""Modernize Python files with ruff's safe UP fixes: one ruff process for a whole batch."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from toolkit.tool import INSTALL, ToolError

# `exclude`: ruff would pass over folders with names like build or dist, also above the project.
OPTIONS = (
    "--isolated --select=UP --fix --no-cache --exit-zero --quiet --output-format=concise"
    " --config=exclude=[] --config=respect-gitignore=false"
)
NEWEST = 14


def default_target() -> str:
    """Name the running interpreter's version, as far as ruff knows it."""
    return f"py3{min(sys.version_info.minor, NEWEST)}"


def modernize(texts: Mapping[str, bytes], stage: Path, target: str) -> dict[str, bytes]:
    """Each file's new content. A file that ruff cannot read keeps what it had.

    Files go under numbers, so that neither equal names nor odd ones matter.
    """
    folder = stage / "ruff"
    folder.mkdir()
    staged = {
        path: folder / f"{number:06}{'.pyi' if path.endswith('.pyi') else '.py'}"
        for number, path in enumerate(texts)
    }
    for path, file in staged.items():
        file.write_bytes(texts[path])
    _ruff(folder, target)
    return {path: file.read_bytes() for path, file in staged.items()}


def _ruff(folder: Path, target: str) -> None:
    if importlib.util.find_spec("ruff") is None:
        raise ToolError("the library `ruff` is not installed", hint=INSTALL)
    # `-m ruff` finds the ruff of this very environment, whatever PATH says.
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        *OPTIONS.split(),
        f"--target-version={target}",
    ]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolError(f"ruff failed: {done.stderr.strip()}")
