"""What the runner tells a tool through its environment, with defaults for a tool run alone."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from toolkit.tool import ToolError


@dataclass(frozen=True, slots=True)
class Environment:
    """Where this run's folders are; `rejected` are the files that an earlier phase rejected."""

    project: Path
    work: Path
    rejected: frozenset[str] = frozenset()

    @property
    def extracted(self) -> Path:
        return self.work / "extracted"

    @property
    def validated(self) -> Path:
        return self.work / "validated"

    @property
    def transformed(self) -> Path:
        return self.work / "transformed"

    @property
    def analysis(self) -> Path:
        return self.work / "analysis"

    @property
    def staging(self) -> Path:
        return self.work / ".staging"


def environment() -> Environment:
    project = Path(os.environ.get("ASYNCORCH_PROJECT") or Path.cwd())
    return Environment(
        project=project,
        work=project / (os.environ.get("ASYNCORCH_WORK") or "work"),
        rejected=_names(os.environ.get("ASYNCORCH_REJECTED")),
    )


def snapshot_dir(env: Environment, given: str | None) -> Path:
    """Find the snapshot: as given, else as the runner says, else the newest delivery."""
    named = given or os.environ.get("ASYNCORCH_SNAPSHOT_DIR")
    folder = env.project / named if named else _newest(env.project / "deliveries")
    if folder is None or not folder.is_dir():
        raise ToolError(
            f"there is no snapshot in `{folder or 'deliveries'}`",
            hint="put one below deliveries/, or name its folder with --snapshot-dir",
        )
    return folder


def _names(file: str | None) -> frozenset[str]:
    """Read a file of NUL-separated names; one that is not there holds none."""
    if not file or not Path(file).is_file():
        return frozenset()
    names = Path(file).read_bytes().split(b"\0")
    return frozenset(os.fsdecode(name) for name in names if name)


def _newest(deliveries: Path) -> Path | None:
    if not deliveries.is_dir():
        return None
    found = [at for at in deliveries.iterdir() if at.is_dir() and not at.name.startswith(".")]
    return max(found, key=lambda at: _natural(at.name), default=None)


def _natural(name: str) -> list[tuple[int, str]]:
    """Make a key that sorts `v10` after `v9`."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
