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
READING = ("encoding", "encoding_by", "confidence")
Record = dict[str, Any]


def save(data: Mapping[str, Any], name: str, folder: Path, stage: Path) -> None:
    """Write `data` as JSON; a name that is no UTF-8 keeps its bytes as escaped surrogates.

    A record a line: as easy to read and to compare as any, and json's fast half can do it.
    """
    told = ",\n".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in data.items())
    put(f"{{\n{told}\n}}\n".encode(), folder / name, root=folder, stage=stage)


def _lines(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return json.dumps(value)
    return "[\n" + ",\n".join(f" {json.dumps(at)}" for at in value) + "\n]"


def load(folder: Path) -> Record | None:
    try:
        with (folder / NAME).open("rb") as file:
            found: Record = json.load(file)
    except FileNotFoundError:
        return None
    return found


def dialects(inventory: Record | None) -> dict[str, str]:
    """Path to dialect, of the files that have one."""
    files = inventory["files"] if inventory else []
    return {at["path"]: at["dialect"] for at in files if "dialect" in at}


def keep_marks(records: list[Record], before: Record | None) -> None:
    """Carry over what validation found out about a file, as long as the file is the same."""
    known = {at["path"]: at for at in before["files"]} if before else {}
    for record in records:
        was = known.get(record["path"], {})
        if was.get("sha256") == record["sha256"]:
            kept = {"dialect", *(READING if "encoding_by" in was else ())}
            record |= {key: was[key] for key in was if key in kept}  # in that order: the same bytes


def mark_dialects(found: Mapping[str, str | None], work: Path, folder: Path) -> None:
    """Note each file's dialect, or that it has none any more."""
    marks = {path: {"dialect": dialect} for path, dialect in found.items()}
    mark(marks, work, folder)


def mark(found: Mapping[str, Mapping[str, Any]], work: Path, folder: Path) -> None:
    """Note these keys of these files; None takes a key away.

    Batches that end at the same time wait for each other, and none undoes what another wrote.
    """
    if not found:
        return
    with locked(work / ".inventory.lock"):
        inventory = load(folder)
        if inventory is None or not sum(_mark(at, found) for at in inventory["files"]):
            return
        with staging(work / ".staging") as stage:
            save(inventory, NAME, folder, stage)


def _mark(record: Record, found: Mapping[str, Mapping[str, Any]]) -> bool:
    wanted = found.get(record["path"], {})
    changed = {key: value for key, value in wanted.items() if record.get(key) != value}
    for key, value in changed.items():
        if value is None:
            del record[key]
        else:
            record[key] = value  # in its place: metadata, run again, writes the same bytes
    return bool(changed)
