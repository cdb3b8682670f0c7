"""A run's memory of earlier runs: which work it need not do again, and what it did now."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from asyncorch.environment import Environment
from asyncorch.forecast import Forecast
from asyncorch.freshness import (
    WHOLE,
    Matters,
    can_be_fresh,
    digest_of,
    step_parts,
    whole_fingerprint,
)
from asyncorch.freshstore import HASH, Result, Store
from asyncorch.leftovers import remove_old
from asyncorch.model import Batch, Row, Step
from asyncorch.plan.globs import expand
from asyncorch.plan.placeholders import fill
from asyncorch.step import Job
from asyncorch.work import FileNames, Work

_NOTHING = bytes(HASH)  # stands for the hash of an output that was not there


class Shared(NamedTuple):
    """What all files of a step share, in parts and as one hash."""

    digest: bytes
    parts: Mapping[str, str]


class Made(NamedTuple):
    """What a process that ended well made, to be remembered: its files and their final rows."""

    work: Work
    files: tuple[str, ...]
    rows: tuple[Row, ...]
    unsure: frozenset[str]
    seconds: float


class Memory:
    """Asks and feeds the store for one run; with `force` it only feeds it."""

    def __init__(
        self,
        store: Store,
        root: Path,
        *,
        app: str,
        values: Mapping[str, str],
        params: Mapping[str, str],
        environment: Environment,
        gate: Callable[[Step], str | None],  # the folder of the artifacts that its rows speak of
        force: bool = False,
        origin: str,  # the run, or the first of those that it goes on with
        begun: float = 0.0,  # when the run did, in seconds since the epoch
    ) -> None:
        self._store, self._root = store, root
        self._app, self._values, self._params = app, values, params
        self._environment, self._gate = environment, gate
        self._force, self._origin = force, origin
        self.has_run = False  # a step of this run: then only contents tell what still stands
        self._shares: dict[str, Shared] = {}  # as they were when the step was made ready
        self._begun = begun
        self.forecast = Forecast(store, root)

    # --- what need not run

    def whole(self, step: Step) -> Work:
        """Return the work of a step without a fan-out: one process, or none."""
        seconds = self.forecast.whole(step.id)
        one = Work(step, (Batch(0),), expected={} if seconds is None else {WHOLE: seconds})
        if not can_be_fresh(step):
            return one
        content = whole_fingerprint(b"", self.inputs(step))
        now = {WHOLE: content}
        number = self._number(step)
        if number is not None and not self._force:
            known = self._store.unusual(step.id, number).get(WHOLE)
            if known and known.others and known.made == content and self._hold(known):
                rows = _rows_of(known)
                return Work(step, (), fresh={WHOLE: rows}, fingerprints=now, whole_fresh=True)
        return Work(step, one.batches, fingerprints=now, expected=one.expected)

    def of_files(
        self,
        step: Step,
        names: Mapping[str, FileNames],
        ours: Callable[[], Collection[str]] = tuple,
    ) -> tuple[dict[str, tuple[Row, ...]], dict[str, bytes]]:
        """Return the rows of the files that need not run, and the hashes of those that must.

        `ours` are outputs that an earlier run has claimed for this step alone: those of files that
        must run are removed.
        """
        contents = self._store.digests(list(names))
        number = self._number(step)
        fresh: dict[str, tuple[Row, ...]] = {}
        doubted = self._force or (self.has_run and not can_be_fresh(step))
        if number is not None and not doubted:
            fresh = self._standing(step, number, names, contents)
        to_run = [of_file for of_file in names.values() if of_file.identity not in fresh]
        # What a step writes over is an input, and never removed.
        outputs = (output for of_file in to_run for output in of_file.outputs)
        claimed = ours() if to_run else ()
        for output in outputs:
            if output in claimed and output not in names:
                remove_old(self._root, output, self._begun)
        twice = _twice(names)
        changed = {
            of_file.identity: content
            for file, of_file in names.items()
            if of_file.identity not in fresh
            and (content := contents[file]) is not None
            and of_file.identity not in twice
        }
        return fresh, changed

    def _standing(
        self,
        step: Step,
        number: int,
        names: Mapping[str, FileNames],
        contents: Mapping[str, bytes | None],
    ) -> dict[str, tuple[Row, ...]]:
        """Return the rows of the files whose last result still stands, by identity."""
        usual = self._store.usual(step.id, number)
        others = self._store.unusual(step.id, number)
        outputs = [
            output
            for identity, of_file, _ in names.values()
            if identity in usual or identity in others
            for output in of_file
        ]
        there = self._store.digests(outputs)
        fresh: dict[str, tuple[Row, ...]] = {}
        for file, (identity, declared, _) in names.items():
            made = contents[file]
            if made is None:
                continue
            for output in declared:
                made += there.get(output) or _NOTHING
            if usual.get(identity) == made:
                fresh[identity] = (Row(identity, 0, identity),) if step.rows else ()
            elif (known := others.get(identity)) and known.made == made and self._hold(known):
                fresh[identity] = _rows_of(known)
        for identity in _twice(names):
            fresh.pop(identity, None)
        return fresh

    def _hold(self, result: Result) -> bool:
        """Say whether the further files that a result stands on are what they were."""
        others: dict[str, str] = json.loads(result.others or "{}")
        there = self._store.digests(list(others))
        return all((there[path] or b"").hex() == digest for path, digest in others.items())

    def _number(self, step: Step) -> int | None:
        shared = self.shared(step)
        return self._store.shared(step.id, shared.digest)

    def shared(self, step: Step) -> Shared:
        matters = Matters(self._app, self._params, self._environment.that_matters(step))
        parts = step_parts(step, matters, self._store, self._root)
        if not can_be_fresh(step):  # in this run only, and if it is resumed
            parts["the run"] = self._origin
        shared = self._shares[step.id] = Shared(digest_of(parts), parts)
        return shared

    # --- what it did now

    def keep(self, what: Made) -> None:
        """Remember what a process made of its files, and how long it took."""
        step = what.work.step
        if step.foreach:
            names = {file: what.work.names[file].identity for file in what.files}
            self.forecast.learn_files(step.id, names, what.seconds)
        else:
            self.forecast.learn(step.id, what.seconds)
        shared = self._shares.get(step.id)
        if shared is None:
            return
        made = self._made_of_each(what) if step.foreach else self._made_at_once(what)
        number = self._store.share(step.id, shared.digest, shared.parts) if made else None
        if number is not None:
            self._store.record(step.id, number, made)

    def _made_at_once(self, what: Made) -> dict[str, Result]:
        work = what.work
        content = work.fingerprints.get(WHOLE)
        if content is None or content != whole_fingerprint(b"", self.inputs(work.step)):
            return {}  # what was changed meanwhile is not remembered
        matches = expand(str(self._root), self._filled(work.step.outputs))
        others = self._others([match.file for match in matches])
        return {WHOLE: Result(content, json.dumps(what.rows), others)}

    def _made_of_each(self, what: Made) -> dict[str, Result]:
        work, step = what.work, what.work.step
        by_source: dict[str, list[Row]] = {}
        for row in what.rows:
            by_source.setdefault(row.source, []).append(row)
        now = self._store.digests(what.files)  # nor is this, where it was changed meanwhile
        sure = [
            names
            for file in what.files
            if (names := work.names[file]).identity not in what.unsure
            and (names.identity in by_source or not step.rows)
            and work.fingerprints.get(names.identity) == now[file] is not None
        ]
        there = self._store.digests([output for names in sure for output in names.outputs])
        made = {}
        for identity, declared, _ in sure:
            told = by_source.get(identity, [])
            usual = told == ([Row(identity, 0, identity)] if step.rows else [])
            made[identity] = Result(
                _made(work.fingerprints[identity], declared, there),
                None if usual else json.dumps(told),
                self._others(self._artifacts(step, told, declared)),
            )
        return made

    def _artifacts(self, step: Step, rows: list[Row], declared: tuple[str, ...]) -> list[str]:
        """Return the artifacts without errors that are not among the declared outputs."""
        folder = self._gate(step)
        told = [f"{folder}/{row.artifact}" for row in rows if folder and not row.errors]
        return [path for path in dict.fromkeys(told) if path not in declared]

    def _others(self, paths: list[str]) -> str | None:
        if not paths:
            return None
        there = self._store.digests(paths)
        return json.dumps({path: (there[path] or b"").hex() for path in paths})

    def forget(self, step: Step, sources: tuple[str, ...]) -> None:
        if sources:
            self._store.forget(step.id, sources)

    # --- small things

    def digests(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        """Return the sha256 of files by their paths below the project."""
        return self._store.digests(paths)

    def inputs(self, step: Step) -> list[tuple[str, bytes | None]]:
        """Return the inputs by their paths below the globs' fixed parts, with their contents."""
        matches = expand(str(self._root), self._filled(step.inputs))
        contents = self._store.digests([match.file for match in matches])
        return [(match.path, contents[match.file]) for match in matches]

    def has_outputs(self, step: Step) -> bool:
        """Say whether there is anything of what a step without a fan-out declares as outputs."""
        return not step.outputs or bool(expand(str(self._root), self._filled(step.outputs)))

    def close(self) -> None:
        self.forecast.close()
        self._store.close()

    def _filled(self, globs: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(fill(glob, self._values) for glob in globs)


def seconds_of(work: Work, job: Job) -> float | None:
    """Return what a process is expected to take, or None where nobody knows."""
    if not work.expected:
        return None
    return sum(work.expected[file] for file in job.batch.files or (WHOLE,))


def weight_of(job: Job, behind: float) -> float:
    """Return how urgent a process is: what it and those behind it take; the unknown may be long."""
    return float("inf") if job.expected is None else job.expected + behind


def _made(content: bytes, outputs: Iterable[str], there: Mapping[str, bytes | None]) -> bytes:
    """Return one word for a file and its outputs as they are."""
    for output in outputs:
        content += there.get(output) or _NOTHING
    return content


def _rows_of(result: Result) -> tuple[Row, ...]:
    return tuple(Row(*row) for row in json.loads(result.rows or "[]"))


def _twice(names: Mapping[str, FileNames]) -> set[str]:
    """Return the identities that several files have: whose result it would be, nobody knows."""
    if len({of_file.identity for of_file in names.values()}) == len(names):
        return set()
    seen: set[str] = set()
    twice: set[str] = set()
    for of_file in names.values():
        (twice if of_file.identity in seen else seen).add(of_file.identity)
    return twice
