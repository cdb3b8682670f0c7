"""The record of what asyncorch laid into a build folder, so that nothing else is ever removed.

It stands beside the folder: a tool that packs its whole folder must not find it there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """A file and its copy when they were last known to be alike.

    Times are those of the last change of any kind: a modification time travels with archives and
    copies, and another version of a file may well have the same one.
    """

    size: int
    inode: int
    changed: int
    copy_size: int
    copy_changed: int


UNKNOWN = Stamp(-1, -1, -1, -1, -1)


def state_folder(folder: Path) -> Path:
    """Return where asyncorch keeps what belongs to a build folder."""
    return folder.with_name(f".{folder.name}")


def read_laid(folder: Path) -> dict[str, Stamp]:
    """Return the record of a build folder; a lost or damaged one is empty."""
    try:
        record = json.loads((state_folder(folder) / "laid.json").read_bytes())
        return {path: Stamp(*map(int, stamp)) for path, stamp in record.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def write_laid(folder: Path, record: dict[str, Stamp]) -> None:
    state = state_folder(folder)
    new = state / "laid.json.new"
    new.write_text(json.dumps(record, indent=0), encoding="ascii")
    new.replace(state / "laid.json")
