"""The manifest of what is promoted, and the promotion itself: file by file, each atomically.

`target/manifest.json` lists every promoted artifact with size, sha256, and the run and step that
promoted it. It lies beside the artifacts, since their folder holds nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from asyncorch.errors import ProjectError
from asyncorch.quality.rows import is_inside


class Entry(Struct, frozen=True):
    """One promoted artifact."""

    path: str
    size: int
    sha256: str
    run: str
    step: str
    source: str
    stale: bool = False  # its step did not pass since


def place(target: Path) -> Path:
    """Return where the manifest of a target folder is."""
    return target.parent / "manifest.json"


def read(target: Path) -> dict[str, Entry]:
    """Return the manifest by path; empty when nothing has been promoted yet.

    Raises ProjectError when it is damaged: without it nobody knows which files are ours.
    """
    path = place(target)
    try:
        data = json.loads(path.read_bytes())
        return {item["path"]: Entry(**item) for item in data["artifacts"]}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = f"move it away together with {target.name}/, and the next run starts afresh"
        raise ProjectError("the manifest cannot be read", where=str(path), hint=hint) from error


def promote(
    source: Path,
    target: Path,
    artifacts: Mapping[str, tuple[str, str]],
    *,
    remove: Iterable[str],
    stale: Iterable[str],
    run: str,
    unchanged: Mapping[str, str] | None = None,
) -> dict[str, Entry]:
    """Bring the target to what the verdict says, and return the new manifest.

    `artifacts` maps paths to step and source. What already has the same bytes is not written again,
    nor read if it is among the `unchanged` (path: sha256), and keeps the run that promoted it.
    """
    previous = read(target)
    kept = {name: replace(previous[name], stale=True) for name in stale}
    put = _standing(artifacts, previous, unchanged or {})
    remove = tuple(remove)
    if {**kept, **put} == previous and len(put) == len(artifacts) and not remove:
        return previous
    staging = target.parent / ".promoting"
    staging.mkdir(parents=True, exist_ok=True)
    target.mkdir(parents=True, exist_ok=True)
    folders = _Folders(target)
    # Told before it is done: whatever stops us, even KILL, what is there by then is known as ours.
    meant = {name: Entry(name, 0, "", run, *origin) for name, origin in artifacts.items()}
    if not meant.keys() <= previous.keys():
        _write(place(target), run, {**meant, **previous, **kept})
    try:
        for name, (step, origin) in artifacts.items():
            if name in put:
                continue
            size, digest = _put(source / name, folders.file(name), staging, previous.get(name))
            put[name] = Entry(name, size, digest, run, step, origin)
        for name in remove:
            _remove(target, name, folders)
    except BaseException:
        _write(place(target), run, {**previous, **kept, **put})
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    _write(place(target), run, {**kept, **put})
    return {**kept, **put}


def _standing(
    artifacts: Mapping[str, tuple[str, str]],
    previous: Mapping[str, Entry],
    unchanged: Mapping[str, str],
) -> dict[str, Entry]:
    """Return the entries of what was promoted before and is the same still."""
    standing: dict[str, Entry] = {}
    for name, (step, origin) in artifacts.items():
        entry = previous.get(name)
        if entry is not None and entry.sha256 and entry.sha256 == unchanged.get(name):
            standing[name] = Entry(name, entry.size, entry.sha256, entry.run, step, origin)
    return standing


def mark_stale(target: Path, stale: Iterable[str]) -> None:
    """Note in the manifest that the step of these artifacts did not pass since; touch no file."""
    entries = read(target)
    for name in stale:
        entries[name] = replace(entries[name], stale=True)
    run = max((entry.run for entry in entries.values()), default="")
    _write(place(target), run, entries)


class _Folders:
    """Makes the folders of promoted files, and never goes through a link."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._safe = {target}

    def file(self, name: str) -> Path:
        path = self._target / name
        self._make(path.parent)
        return path

    def holds(self, folder: Path) -> bool:
        """Say whether a folder is really below the target: no part of the way is a link."""
        if folder in self._safe:
            return True
        return not folder.is_symlink() and self.holds(folder.parent)

    def _make(self, folder: Path) -> None:
        if folder in self._safe:
            return
        self._make(folder.parent)
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise ProjectError("is in the way of a folder", where=str(folder), hint="remove it")
        folder.mkdir(exist_ok=True)
        self._safe.add(folder)


def _put(origin: Path, there: Path, staging: Path, before: Entry | None) -> tuple[int, str]:
    data = origin.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if before is not None and before.sha256 == digest and _holds(there, data):
        return len(data), digest
    if there.is_dir() and not there.is_symlink():
        raise ProjectError("is in the way of an artifact", where=str(there), hint="remove it")
    fresh = staging / digest
    fresh.write_bytes(data)
    if origin.stat().st_mode & 0o100:  # a run bit for whoever may read it
        mode = fresh.stat().st_mode
        fresh.chmod(mode | (mode & 0o444) >> 2)
    fresh.replace(there)
    return len(data), digest


def _holds(path: Path, data: bytes) -> bool:
    with suppress(OSError):
        return not path.is_symlink() and path.read_bytes() == data
    return False


def _remove(target: Path, name: str, folders: _Folders) -> None:
    path = target / name
    if not is_inside(name) or not folders.holds(path.parent):
        return  # somebody has put a link there: what it leads to is not ours
    with suppress(FileNotFoundError):
        path.unlink()
    for folder in path.relative_to(target).parents:
        with suppress(OSError):  # not empty: somebody else's, or still ours
            if folder != Path():
                (target / folder).rmdir()


def _write(path: Path, run: str, entries: Mapping[str, Entry]) -> None:
    lines = (json.dumps(_plain(entries[name])) for name in sorted(entries))
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8") as stream:
        stream.write(f'{{"run": {json.dumps(run)}, "artifacts": [\n')
        stream.write(",\n".join(lines) + "\n]}\n")
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)


def _plain(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in Entry.__struct_fields__}
