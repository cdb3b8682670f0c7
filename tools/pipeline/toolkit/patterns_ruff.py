"""What ruff would change in Python: the transform's own selection, in check mode."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from toolkit.patterns import Match, Rule
from toolkit.tool import ToolError

SELECT = "UP"
OPTIONS = (
    "--isolated --no-fix --no-cache --exit-zero --quiet --output-format=json"
    " --config=exclude=[] --config=respect-gitignore=false"
)
SYNTAX = "invalid-syntax"


def ruff_matches(root: Path, target: str) -> Iterator[Match]:
    """Find what ruff would change; files that it cannot read have none."""
    command = [sys.executable, "-m", "ruff", "check", *OPTIONS.split(), f"--select={SELECT}"]
    command += [f"--target-version={target}", "."]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if b"No module named" in done.stderr:
        raise ModuleNotFoundError(name="ruff")
    if done.returncode:
        raise ToolError(f"ruff failed: {done.stderr.decode(errors='replace').strip()}")
    base = root.resolve()
    for found in json.loads(done.stdout):
        if found["code"] and found["code"] != SYNTAX:
            at = found["location"]
            path = Path(found["filename"]).relative_to(base).as_posix()
            yield Match(_rule(found), path, at["row"], at["column"])


def _rule(found: dict[str, object]) -> Rule:
    fix = found["fix"]
    applies = fix["applicability"] if isinstance(fix, dict) else "none"
    return Rule(
        id=str(found["code"]),
        engine="ruff",
        language="python",
        message=str(found["message"]),
        fix=applies if applies in ("safe", "unsafe") else "none",
        url=str(found["url"] or ""),
    )
