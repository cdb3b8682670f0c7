"""The inventory: what every file of the snapshot is, in work/extracted/inventory.json.

It is replaced whole, never edited in place, and later phases add to it under a lock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.files import locked, put, staging

NAME = "inventory.json"
Record = dict[str, Any]


def save(data: Any, name: str, folder: Path, stage: Path) -> None:
    """Write `data` as JSON; a name that is no UTF-8 keeps its bytes as escaped surrogates."""
    text = json.dumps(data, indent=1)
    put(text.encode() + b"\n", folder / name, root=folder, stage=stage)


def load(folder: Path) -> Record | None:
    try:
        with (folder / NAME).open("rb") as file:
            found: Record = json.load(file)
    except FileNotFoundError:
        return None
    return found


def dialects(inventory: Record | None) -> dict[str, tuple[str, str]]:
    """Path to content and dialect, of the files that have one."""
    files = inventory["files"] if inventory else []
    return {at["path"]: (at["sha256"], at["dialect"]) for at in files if "dialect" in at}


def mark_dialects(found: Mapping[str, str | None], work: Path, folder: Path) -> None:
    """Note each file's dialect, or that it has none any more.

    Batches that end at the same time wait for each other, and none undoes what another wrote.
    """
    with locked(work / ".inventory.lock"):
        inventory = load(folder)
        if inventory is None or not sum(_mark(at, found) for at in inventory["files"]):
            return
        with staging(work / ".staging") as stage:
            save(inventory, NAME, folder, stage)


def _mark(record: Record, found: Mapping[str, str | None]) -> bool:
    path = record["path"]
    if path not in found or record.get("dialect") == found[path]:
        return False
    record.pop("dialect", None)
    if found[path]:
        record["dialect"] = found[path]
    return True
