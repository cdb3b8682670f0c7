"""What the user wants of the transform, from the environment.

The analysis reads it here as the transform does, so it foretells what that will change.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from toolkit.modernize import SELECT, check_target, default_target
from toolkit.rules import folders
from toolkit.tool import ToolError

SECONDS = 60.0  # what takes fissix longer holds a whole batch


@dataclass(frozen=True, slots=True)
class Wanted:
    """For which Python to write, by which of ruff's rules; the folders of rules.

    `all_old`: fissix for files that compile, too, for no file longer than `seconds`;
    `all_origins`: not ours is no reason to leave a file alone.
    """

    target: str
    select: str
    rules: tuple[Path, ...]
    all_old: bool = False
    all_origins: bool = False
    seconds: float = SECONDS


def wanted(project: Path, target: str | None = None) -> Wanted:
    target = target or os.environ.get("PYTHON_TARGET") or default_target()
    check_target(target)
    return Wanted(
        target=target,
        select=os.environ.get("PYTHON_RULES") or SELECT,
        rules=folders(os.environ.get("TRANSFORM_RULES"), project),
        all_old=os.environ.get("PYTHON2") == "all",
        all_origins=os.environ.get("TRANSFORM_ALL") == "1",
        seconds=_seconds(os.environ.get("PYTHON2_SECONDS")),
    )


def _seconds(text: str | None) -> float:
    try:
        found = float(text or SECONDS)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise ToolError(f"PYTHON2_SECONDS is `{text}`, and must be a number of seconds")
    return found
