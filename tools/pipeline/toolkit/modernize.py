"""Modernize Python files with ruff's safe fixes: one ruff process for a whole batch.

Which rules those are is said here, for the analysis, too, which foretells what they change.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit.tool import INSTALL, ToolError

# UP: what a newer Python writes otherwise. Beside it only what Python itself is giving up: escapes
# that it does not know (an error one day) and `logging.warn`.
SELECT = "UP,W605,G010"
# UP009 would take encoding declarations away. CPython's tests told of two more: UP017 makes
# `UTC = timezone.utc` into `UTC = UTC`, and who patches io.open waits for it in vain after UP020.
# `exclude`: ruff would pass over folders with names like build or dist, also above the project.
OPTIONS = (
    "--isolated --no-cache --exit-zero --ignore=UP009,UP017,UP020"
    " --config=exclude=[] --config=respect-gitignore=false"
)
FIX = "--fix --show-fixes --output-format=concise"
FOLDER = "ruff"
NEWEST = 14
FIXED = re.compile(r"(?m)^- (?:.*/)?(\d{6})\.pyi?:$|^ +(\d+) \xd7 ([A-Z]+\d+) ")  # "2 times UP004"


class Modern(NamedTuple):
    """What became of a file, and how often each of ruff's rules changed it."""

    content: bytes
    rules: Counter[str]


def default_target() -> str:
    """Name the running interpreter's version, as far as ruff knows it."""
    return f"py3{min(sys.version_info.minor, NEWEST)}"


def check_target(target: str) -> None:
    """Refuse to write for a Python that this one, which judges the result, does not know."""
    found = re.fullmatch(r"py3(\d+)", target)
    if found and int(found[1]) > sys.version_info.minor:
        here = f"3.{sys.version_info.minor}"
        raise ToolError(
            f"the target `{target}` is newer than this Python, {here}, which has to compile it",
            hint="run the step with the Python that the code is for",
        )


def modernize(
    texts: Mapping[str, bytes], stage: Path, *, target: str, select: str = SELECT
) -> dict[str, Modern]:
    """Give each file its new content. A file that ruff cannot read keeps what it had."""
    files = staged(texts, stage)
    told = ruff(stage, f"{OPTIONS} {FIX}", target=target, select=select)
    rules = fixes(told.decode("utf-8", "replace"))
    return {path: Modern(file.read_bytes(), rules.get(file.stem, Counter()))
            for path, file in files.items()}  # fmt: skip


def staged(texts: Mapping[str, bytes], stage: Path) -> dict[str, Path]:
    """Lay the files down for ruff, under numbers: neither equal names nor odd ones matter."""
    folder = stage / FOLDER
    folder.mkdir()
    files = {
        path: folder / f"{number:06}{'.pyi' if path.endswith('.pyi') else '.py'}"
        for number, path in enumerate(texts)
    }
    for path, file in files.items():
        file.write_bytes(texts[path])
    return files


def fixes(told: str) -> dict[str, Counter[str]]:
    """Read what `--show-fixes` prints: each file's number, and below it rules with counts."""
    found: dict[str, Counter[str]] = {}
    number = ""
    for match in FIXED.finditer(told):
        number = match[1] or number
        if match[2]:
            found.setdefault(number, Counter())[match[3]] += int(match[2])
    return found


def ruff(stage: Path, options: str, *, target: str, select: str) -> bytes:
    """Run ruff on what is laid down, and return what it printed."""
    if importlib.util.find_spec("ruff") is None:
        raise ToolError("the library `ruff` is not installed", hint=INSTALL)
    # `-m ruff` finds the ruff of this very environment, whatever PATH says.
    command = [sys.executable, "-m", "ruff", "check", *options.split()]
    command += [f"--select={select}", f"--target-version={target}", str(stage / FOLDER)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise ToolError(f"ruff failed: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout
