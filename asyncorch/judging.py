"""The end of the gate phase: gather the rows, judge them, promote, all disk work in a thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import anyio
import anyio.to_thread
from msgspec import Struct

from asyncorch.errors import UserError
from asyncorch.events import Emit, GateJudged, Noted
from asyncorch.model import Artifacts, Row
from asyncorch.quality import manifest
from asyncorch.quality.contents import Digests, digests
from asyncorch.quality.gate import GateStep, Rules, Verdict, judge
from asyncorch.quality.ledger import Ledger, Rejection
from asyncorch.quality.rows import Files, RowReader, line, resolve
from asyncorch.tables import Config
from asyncorch.telling import Judged

_SHOWN = 3  # names in a note


class Gate(Struct, frozen=True):
    """The gate of one run."""

    config: Config
    root: Path
    run: str
    allow_removal: bool
    emit: Emit
    ledger: Ledger
    originals: Path | None = None  # the snapshot, to compare with
    digests: Digests = digests

    async def close_phase(self, phase: str, judged: list[Judged]) -> tuple[str | None, Artifacts]:
        """Judge the phase's rows and promote; return why it failed, or None, and the counts."""
        processed: frozenset[str] = frozenset()
        try:
            steps = await anyio.to_thread.run_sync(self._gather, judged)
            self._count_sources(judged, steps)
            processed = frozenset(self.ledger.processed)
            previous = await anyio.to_thread.run_sync(manifest.read, self._target)
            verdict = await anyio.to_thread.run_sync(
                judge, self._rules(), steps, processed, previous
            )
        except (UserError, OSError) as error:
            return _told(error), Artifacts(len(processed))
        self._note_refused(phase, steps, verdict)
        self._tell(phase, verdict, len(processed))
        if not verdict.passed:
            if verdict.stale:
                await anyio.to_thread.run_sync(manifest.mark_stale, self._target, verdict.stale)
            return verdict.reason, Artifacts(len(processed))
        try:
            await anyio.to_thread.run_sync(self._promote, verdict)
        except (UserError, OSError) as error:
            return f"promotion failed: {_told(error)}", Artifacts(len(processed))
        return None, Artifacts(len(processed), len(verdict.successful))

    @property
    def _target(self) -> Path:
        return self.root / self.config.gate.target

    def _rules(self) -> Rules:
        gate = self.config.gate
        return Rules(
            source=self.root / gate.source,
            target=self._target,
            pattern=None if self._is_foreign else re.compile(gate.pattern),
            minimum=gate.minimum,
            max_removed=gate.max_removed,
            allow_removal=self.allow_removal,
            originals=self.originals,
            digests=self.digests,
        )

    @property
    def _is_foreign(self) -> bool:
        gate = self.config.gate
        return not gate.gather and gate.rows == "regex"  # then `pattern` has found them already

    def _gather(self, judged: list[Judged]) -> tuple[GateStep, ...]:
        """Return the steps with their rows; write the log of rows, or read the tool's own."""
        log = self.root / self.config.gate.log
        if not self.config.gate.gather:
            passed = all(item.summary.outcome.is_success for item in judged)
            rows = tuple(_foreign_rows(log, self.config))
            return (GateStep(self.config.gate.after, passed, rows),)
        steps = tuple(
            GateStep(
                item.step.id,
                item.summary.outcome.is_success,
                item.rows,
                item.work.fresh.keys() if item.work else (),
            )
            for item in judged
        )
        log.parent.mkdir(parents=True, exist_ok=True)
        fresh = log.with_name(f".{log.name}.new")
        with fresh.open("w", encoding="utf-8") as stream:
            stream.writelines(f"{line(row)}\n" for step in steps for row in step.rows)
        fresh.replace(log)
        return steps

    def _count_sources(self, judged: list[Judged], steps: Iterable[GateStep]) -> None:
        """Count as processed what a gate step without a fan-out took: the sources its rows name."""
        self.ledger.gate_ran = True
        fans_out = {item.step.id for item in judged if item.step.foreach}
        for step in steps:
            if step.id not in fans_out:
                self.ledger.processed.update(row.source for row in step.rows)

    def _note_refused(self, phase: str, steps: tuple[GateStep, ...], verdict: Verdict) -> None:
        """Put down why an artifact without errors is not promoted all the same."""
        filtered = dict.fromkeys(verdict.filtered, "its name does not match the gate's `pattern`")
        reasons = {**filtered, **verdict.refused}
        if not verdict.passed:
            return
        self.ledger.reject(
            Rejection(row.source, phase, step.id, (), reasons[row.artifact])
            for step in steps
            for row in step.rows
            if not row.errors and row.artifact in reasons
        )

    def _promote(self, verdict: Verdict) -> None:
        manifest.promote(
            self.root / self.config.gate.source,
            self._target,
            verdict.promote,
            remove=verdict.remove,
            stale=verdict.stale,
            run=self.run,
            unchanged=verdict.unchanged,
        )

    def _tell(self, phase: str, verdict: Verdict, processed: int) -> None:
        if verdict.filtered:
            names = ", ".join(f"`{name}`" for name in verdict.filtered[:_SHOWN])
            more = (
                f" and {len(verdict.filtered) - _SHOWN} more"
                if len(verdict.filtered) > _SHOWN
                else ""
            )
            self.emit(
                Noted(
                    text=f"{len(verdict.filtered)} artifacts without errors do not match the "
                    f"gate's `pattern` and are not promoted: {names}{more}",
                    level="warning",
                    hint="widen `pattern` in the table [gate] of pipeline.toml",
                )
            )
        self.emit(
            GateJudged(
                phase=phase,
                passed=verdict.passed,
                promoted=len(verdict.promote),
                refused=len(verdict.refused),
                removed=len(verdict.remove),
                processed=processed,
                successful=len(verdict.successful),
                log=self.config.gate.log,
                reason=verdict.reason,
            )
        )


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.strerror}: {error.filename}"
    return str(error)


def _foreign_rows(log: Path, config: Config) -> Iterator[Row]:
    """Yield the rows of a log that a tool wrote itself."""
    try:
        data = log.read_bytes()
    except FileNotFoundError:
        return
    if config.gate.rows == "regex":
        for text in data.decode(errors="surrogateescape").splitlines():
            found = re.search(config.gate.pattern, text)
            if found and (name := (found[1] or "").strip()):
                yield Row(name, 0, name)
        return
    reader = RowReader()
    for raw in (*reader.feed(data), *reader.finish()):
        yield resolve(raw, Files({}), lambda _: False)
