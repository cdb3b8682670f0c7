"""What is remembered between runs: hashes of files, and what each step made of each file.

A cache in SQLite below work/: delete it, and nothing but time is lost. A file's hash is believed
while its size, times, inode and device are what they were; the time of its last change in the file
system (ctime) cannot be set by anybody, so neither a clock that jumps nor a copied tree fools it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncorch.model import Row

# A write so shortly after the hash may leave the same ctime: kernels stamp in ticks.
_TICK_NS = 50_000_000
_TABLES = """
create table if not exists files (
    path text primary key, stat text not null, digest blob not null) without rowid;
create table if not exists results (
    step text not null, file text not null, fingerprint blob not null,
    rows text not null, outputs text not null, primary key (step, file)) without rowid;
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a step made of one file: under which fingerprint, with which rows and outputs."""

    fingerprint: bytes
    rows: tuple[Row, ...]
    outputs: Mapping[str, str]  # path: digest in hexadecimal; "" where there was no file


class Store:
    """The cache of one project. A damaged one is made anew."""

    def __init__(self, work: Path, root: Path) -> None:
        self._root = str(root)
        folder = work / ".asyncorch"
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "cache.sqlite"
        self._connection = self._open()
        self._known: dict[str, tuple[str, bytes]] | None = None

    def _open(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.Error:
            with suppress(OSError):
                self._path.unlink()
        try:
            return self._connect()
        except sqlite3.Error:  # no room, no permission: this run remembers nothing
            return self._connect(":memory:")

    def _connect(self, place: str | None = None) -> sqlite3.Connection:
        connection = sqlite3.connect(place or self._path, check_same_thread=False)
        # A power cut may cost the cache, never the run: no waiting for the disk.
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = off")
        connection.executescript(_TABLES)
        return connection

    def digests(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        """Return the hash of each file (as seen from the project); None where there is none."""
        if self._known is None:
            rows = self._read("select path, stat, digest from files")
            self._known = {_back(path): (stat, digest) for path, stat, digest in rows}
        found: dict[str, bytes | None] = {}
        fresh: list[tuple[str, str, bytes]] = []
        for path in paths:
            stat = self._stat(path)
            known = self._known.get(path)
            if stat is None:
                found[path] = None
            elif known is not None and known[0] == stat:
                found[path] = known[1]
            else:
                found[path] = digest = self._hash(path)
                if digest is not None and self._is_settled(stat):
                    fresh.append((path, stat, digest))
                    self._known[path] = (stat, digest)
        if fresh:
            with self._connection as transaction:
                transaction.executemany(
                    "insert or replace into files values (?, ?, ?)", _text(fresh)
                )
        return found

    def results(self, step: str) -> dict[str, Result]:
        """Return what the step made of its files, by identity."""
        rows = self._read(
            "select file, fingerprint, rows, outputs from results where step = ?", (step,)
        )
        return {
            _back(file): Result(
                fingerprint, tuple(Row(*row) for row in json.loads(told)), json.loads(outputs)
            )
            for file, fingerprint, told, outputs in rows
        }

    def record(self, step: str, results: Mapping[str, Result]) -> None:
        """Remember what the step made of these files."""
        values = [
            (step, _forth(file), r.fingerprint, json.dumps(r.rows), json.dumps(dict(r.outputs)))
            for file, r in results.items()
        ]
        self._write("insert or replace into results values (?, ?, ?, ?, ?)", values)

    def forget(self, step: str, files: Iterable[str]) -> None:
        names = [(step, _forth(file)) for file in files]
        self._write("delete from results where step = ? and file = ?", names)

    def close(self) -> None:
        self._connection.close()

    def _read(self, query: str, values: tuple[str, ...] = ()) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error:
            return []

    def _write(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write if it can be: what is not remembered is done again, no more."""
        with suppress(sqlite3.Error), self._connection as transaction:
            transaction.executemany(query, rows)

    def _stat(self, path: str) -> str | None:
        try:
            info = os.stat(f"{self._root}/{path}", follow_symlinks=False)  # noqa: PTH116  # thousands
        except OSError:
            return None
        return f"{info.st_size} {info.st_mtime_ns} {info.st_ctime_ns} {info.st_ino} {info.st_dev}"

    def _is_settled(self, stat: str) -> bool:
        age = time.time_ns() - int(stat.split()[2])
        return age > _TICK_NS or age < 0

    def _hash(self, path: str) -> bytes | None:
        try:
            with open(f"{self._root}/{path}", "rb") as stream:  # noqa: PTH123  # thousands
                return hashlib.file_digest(stream, "sha256").digest()  # as in the manifest
        except OSError:
            return None


def _text(rows: list[tuple[str, str, bytes]]) -> list[tuple[str, str, bytes]]:
    return [(_forth(path), stat, digest) for path, stat, digest in rows]


def _forth(name: str) -> str:
    """Return a name that SQLite takes as text: bytes that are no UTF-8 in a form of their own."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return "\0" + os.fsencode(name).hex()
    return name


def _back(name: str) -> str:
    return os.fsdecode(bytes.fromhex(name[1:])) if name.startswith("\0") else name
