"""What is remembered between runs: hashes of files, what each step made of each file, how long.

A cache in SQLite below work/: delete it, and nothing but time is lost. A file's hash is believed
while its size, times, inode and device are what they were; the time of its last change in the file
system (ctime) cannot be set by anybody, so neither a clock that jumps nor a copied tree fools it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import struct
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from asyncorch import cpus
from asyncorch.oddnames import back, forth, is_odd, named

# A write so shortly after the hash may leave the same ctime: kernels stamp in ticks.
_TICK_NS = 20_000_000
_CHUNK = 1 << 18
HASH = 32  # bytes
_PATIENCE = 5.0  # seconds, with another process that writes
_MUCH = 1 << 26  # bytes: to read as much, all CPUs help
_FEW = 64  # files: below that each is looked up alone
_SPARSE = 4  # a file that is looked up costs as much as so many that are read in a row
_AT_ONCE = 500  # of them in one query
_FORM = 2  # of the tables: a cache of another form is made anew
_SEEN = struct.Struct("<qqqQQ")  # what makes a file the one that was hashed
_TABLES = f"""
create table if not exists files (path text primary key, seen blob not null) without rowid;
create table if not exists shared (
    id integer primary key, step text not null, digest blob not null, parts text not null);
create unique index if not exists shared_digests on shared (step, digest);
create table if not exists results (
    step text not null, file text not null, shared integer not null, made blob not null,
    rows text, others text, primary key (step, file)) without rowid;
create table if not exists seconds (
    step text not null, file text not null, seconds real not null,
    primary key (step, file)) without rowid;
pragma user_version = {_FORM};
"""


class Result(NamedTuple):
    """What a step made of one file.

    `made` is the hash of the file and those of its outputs, one after the other. `rows` is JSON,
    or None for what is usual; `others` are further files that it stands on, with their hashes.
    """

    made: bytes
    rows: str | None = None
    others: str | None = None


def place(work: Path) -> Path:
    """Return where the cache of a project is."""
    return work / ".asyncorch" / "cache.sqlite"


class Store:
    """The cache of one project. A damaged one is made anew."""

    def __init__(self, work: Path, root: Path, now: Callable[[], int] = time.time_ns) -> None:
        self._root, self._now = str(root), now
        self._path = place(work)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = self._open()
        self._young: set[str] = set()  # hashed too soon after their last change

    # --- hashes of files

    def digests(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        """Return the hash of each file (as seen from the project); None where there is none.

        A link counts as what it leads to, and is read each time; a pipe counts as nothing.
        """
        known = self._known(paths)
        settled = self._now() - _TICK_NS
        found: dict[str, bytes | None] = {}
        unknown: dict[str, tuple[bytes, os.stat_result]] = {}
        lstat, pack, root = os.lstat, _SEEN.pack, self._root
        for path in paths:
            try:
                info = lstat(f"{root}/{path}")
            except (OSError, ValueError):
                found[path] = None
                continue
            changed = info.st_ctime_ns
            seen = pack(info.st_size, info.st_mtime_ns, changed, info.st_ino, info.st_dev)
            before = known.get(path)
            if before is not None and before.startswith(seen):
                found[path] = before[_SEEN.size :]
            else:
                unknown[path] = (seen, info)
        if unknown:
            found |= self._hashed(unknown, settled)
        return found

    def _hashed(
        self, unknown: Mapping[str, tuple[bytes, os.stat_result]], settled: int
    ) -> dict[str, bytes | None]:
        """Read the files, and remember those of which a later change could not stay unseen."""
        size = sum(info.st_size for _, info in unknown.values())
        if size > _MUCH and len(unknown) > 1:
            from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  # rarely needed

            with ThreadPoolExecutor(cpus.usable()) as pool:
                found = dict(zip(unknown, pool.map(self._hash, unknown), strict=True))
        else:
            found = {path: self._hash(path) for path in unknown}
        fresh: list[tuple[str, bytes]] = []
        for path, (seen, info) in unknown.items():
            digest = found[path]
            if digest is None or not stat.S_ISREG(info.st_mode):
                continue
            if info.st_ctime_ns < settled:  # a time to come is not settled: it may come again
                fresh.append((forth(path), seen + digest))
            else:
                self._young.add(path)
        self._write("insert or replace into files values (?, ?)", fresh)
        return found

    def _known(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Return what is known of the files, and perhaps of others."""
        if len(paths) * _SPARSE < self._size:
            return self._looked_up(paths)
        odd = [path for path in paths if not path.isascii() and is_odd(path)]
        without = set(odd)
        plain = [path for path in paths if path not in without] if odd else paths
        if not plain:
            return self._looked_up(odd)
        query = "select path, seen from files where path between ? and ?"
        return dict(self._read(query, (min(plain), max(plain)))) | self._looked_up(odd)

    def _looked_up(self, paths: Sequence[str]) -> dict[str, bytes]:
        known: dict[str, bytes] = {}
        for start in range(0, len(paths), _AT_ONCE):
            some = [forth(path) for path in paths[start : start + _AT_ONCE]]
            marks = ",".join("?" * len(some))
            query = f"select path, seen from files where path in ({marks})"  # noqa: S608  # marks
            known.update(self._read(query, tuple(some)))
        return named(known)

    @cached_property
    def _size(self) -> int:
        """The number of files that were known when the first was asked for."""
        rows = self._read("select count(*) from files")
        return int(rows[0][0]) if rows else 0

    def _hash(self, path: str) -> bytes | None:
        try:
            file = os.open(f"{self._root}/{path}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError):
            return None
        digest = hashlib.sha256()  # as in the manifest
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return None
            while chunk := os.read(file, _CHUNK):
                digest.update(chunk)
        except OSError:
            return None
        finally:
            os.close(file)
        return digest.digest()

    # --- results of steps

    def shared(self, step: str, digest: bytes) -> int | None:
        """Return the number of what all files of the step share, if there are results of it."""
        rows = self._read("select id from shared where step = ? and digest = ?", (step, digest))
        return rows[0][0] if rows else None

    def share(self, step: str, digest: bytes, parts: Mapping[str, str]) -> int | None:
        """Return the number of what all files of the step share from now on."""
        if (known := self.shared(step, digest)) is not None:
            return known
        unused = "step = ? and id not in (select shared from results where step = ?)"
        self._write(f"delete from shared where {unused}", [(step, step)])  # noqa: S608  # a constant
        values = (step, digest, json.dumps(dict(parts)))
        self._write("insert into shared (step, digest, parts) values (?, ?, ?)", [values])
        return self.shared(step, digest)

    def parts(self, step: str) -> dict[int, dict[str, str]]:
        """Return what the results of the step had in common, by number."""
        rows = self._read("select id, parts from shared where step = ?", (step,))
        return {number: json.loads(parts) for number, parts in rows}

    def usual(self, step: str, shared: int) -> dict[str, bytes]:
        """Return what was made of the files whose rows are the usual ones, by identity."""
        known = dict(
            self._read(
                "select file, made from results where step = ? and shared = ?"
                " and rows is null and others is null",
                (step, shared),
            )
        )
        return named(known)

    def unusual(self, step: str, shared: int) -> dict[str, Result]:
        """Return the other results of the step, by identity."""
        rows = self._read(
            "select file, made, rows, others from results where step = ? and shared = ?"
            " and (rows is not null or others is not null)",
            (step, shared),
        )
        return {back(file): Result(*rest) for file, *rest in rows}

    def everything(self, step: str) -> dict[str, tuple[int, Result]]:
        """Return all results of the step with the number of what they share, by identity."""
        query = "select file, shared, made, rows, others from results where step = ?"
        return {
            back(file): (shared, Result(*rest))
            for file, shared, *rest in self._read(query, (step,))
        }

    def record(self, step: str, shared: int, results: Mapping[str, Result]) -> None:
        """Remember what the step made of these files."""
        values = [(step, forth(file), shared, *result) for file, result in results.items()]
        self._write("insert or replace into results values (?, ?, ?, ?, ?, ?)", values)

    def forget(self, step: str, files: Iterable[str]) -> None:
        names = [(step, forth(file)) for file in files]
        self._write("delete from results where step = ? and file = ?", names)

    # --- how long it took

    def seconds(self, step: str, files: Sequence[str] = ()) -> dict[str, float]:
        """Return what files of the step took, by identity: these, or all (and perhaps others)."""
        if 0 < len(files) < _FEW:
            query = "select seconds from seconds where step = ? and file = ?"
            found = ((file, self._read(query, (step, forth(file)))) for file in files)
            return {file: rows[0][0] for file, rows in found if rows}
        return named(dict(self._read("select file, seconds from seconds where step = ?", (step,))))

    def note(self, seconds: Iterable[tuple[str, str, float]]) -> None:
        """Remember what took how long: step, file, seconds."""
        values = [(step, forth(file), took) for step, file, took in seconds]
        self._write("insert or replace into seconds values (?, ?, ?)", values)

    # --- the database

    def close(self) -> None:
        """Look once more at what was too young to be remembered, and close."""
        young, self._young = self._young, set()
        self.digests(sorted(young))
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        for _ in range(2):
            try:
                return self._connect()
            except sqlite3.OperationalError:  # no room, no permission, in use: nothing is wrong
                break
            except sqlite3.Error:
                for end in ("", "-wal", "-shm"):
                    with suppress(OSError):
                        Path(f"{self._path}{end}").unlink()
        return self._connect(":memory:")  # this run remembers nothing

    def _connect(self, place: str | None = None) -> sqlite3.Connection:
        connection = sqlite3.connect(place or self._path, _PATIENCE, check_same_thread=False)
        # A power cut may cost the cache, never the run: no waiting for the disk.
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = off")
        (form,) = connection.execute("pragma user_version").fetchone()
        if form != _FORM:
            tables = connection.execute("select name from sqlite_master where type = 'table'")
            for (name,) in tables.fetchall():
                connection.execute(f'drop table "{name}"')
            connection.executescript(_TABLES)
        return connection

    def _read(self, query: str, values: tuple[Any, ...] = ()) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error:
            return []

    def _write(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write if it can be: what is not remembered is done again, no more."""
        if rows:
            with suppress(sqlite3.Error), self._connection as transaction:
                transaction.executemany(query, rows)
