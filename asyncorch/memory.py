"""A run's memory of earlier runs: which work it need not do again, and what it did now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from asyncorch.environment import Environment
from asyncorch.freshness import (
    WHOLE,
    Matters,
    can_be_fresh,
    file_fingerprint,
    remember,
    standing,
    step_fingerprint,
    whole_fingerprint,
)
from asyncorch.freshstore import Store
from asyncorch.model import Batch, Row, Step
from asyncorch.plan.globs import expand
from asyncorch.plan.placeholders import fill
from asyncorch.step import FileNames, Work

Made = Mapping[str, tuple[bytes, tuple[Row, ...], tuple[str, ...]]]


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
    ) -> None:
        self._store, self._root = store, root
        self._app, self._values, self._params = app, values, params
        self._environment, self._gate = environment, gate
        self._force, self._origin = force, origin

    def whole(self, step: Step) -> Work:
        """Return the work of a step without a fan-out: one process, or none."""
        one = (Batch(0),)
        if not can_be_fresh(step):
            return Work(step, one)
        now = {WHOLE: whole_fingerprint(self._shared(step), self.inputs(step))}
        stands = {} if self._force else standing(self._store, step.id, now, needs_rows=False)
        if WHOLE in stands and expand(str(self._root), self._filled(step.outputs)):
            return Work(step, (), fresh={WHOLE: stands[WHOLE]}, fingerprints=now, whole_fresh=True)
        return Work(step, one, fingerprints=now)

    def of_files(
        self, step: Step, names: Mapping[str, FileNames]
    ) -> tuple[dict[str, tuple[Row, ...]], dict[str, bytes]]:
        """Return the rows of the files that need not run, and the fingerprints of all."""
        shared = self._shared(step)
        if not can_be_fresh(step):  # in this run only, and if it is resumed
            shared = blake2b(shared + self._origin.encode(), digest_size=16).digest()
        contents = self._store.digests(list(names))
        now = {
            of_file.identity: file_fingerprint(shared, of_file.identity, contents[file])
            for file, of_file in names.items()
        }
        if self._force:
            return {}, now
        return standing(self._store, step.id, now, needs_rows=step.rows), now

    def keep(
        self, work: Work, files: tuple[str, ...], rows: tuple[Row, ...], unsure: frozenset[str]
    ) -> None:
        """Remember what a process made of its files."""
        step = work.step
        if not step.foreach:
            outputs = [match.file for match in expand(str(self._root), self._filled(step.outputs))]
            made: Made = {WHOLE: (work.fingerprints[WHOLE], rows, tuple(outputs))}
        else:
            by_source: dict[str, list[Row]] = {}
            for row in rows:
                by_source.setdefault(row.source, []).append(row)
            made = {
                names.identity: (
                    work.fingerprints[names.identity],
                    tuple(by_source.get(names.identity, ())),
                    self._outputs(step, names, by_source.get(names.identity, [])),
                )
                for names in (work.names[file] for file in files)
                if names.identity not in unsure and (names.identity in by_source or not step.rows)
            }
        remember(self._store, step.id, made)

    def forget(self, step: Step, sources: tuple[str, ...]) -> None:
        self._store.forget(step.id, sources)

    def digests(self, paths: Sequence[str]) -> dict[str, bytes | None]:
        """Return the sha256 of files by their paths below the project."""
        return self._store.digests(paths)

    def close(self) -> None:
        self._store.close()

    def _outputs(self, step: Step, names: FileNames, rows: list[Row]) -> tuple[str, ...]:
        """Return what a file's result stands on: declared outputs, and artifacts without errors."""
        folder = self._gate(step)
        told = [f"{folder}/{row.artifact}" for row in rows if folder and not row.errors]
        return tuple(dict.fromkeys((*names.outputs, *told)))

    def _shared(self, step: Step) -> bytes:
        matters = Matters(self._app, self._params, self._environment.that_matters(step))
        return step_fingerprint(step, matters, self._store, self._root)

    def inputs(self, step: Step) -> list[tuple[str, bytes | None]]:
        """Return the inputs by their paths below the globs' fixed parts, with their contents."""
        matches = expand(str(self._root), self._filled(step.inputs))
        contents = self._store.digests([match.file for match in matches])
        return [(match.path, contents[match.file]) for match in matches]

    def _filled(self, globs: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(fill(glob, self._values) for glob in globs)
