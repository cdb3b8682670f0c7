"""What a run would do and why, without doing any of it: `asyncorch plan` and `run --dry-run`.

Files are told as they stand now: what an earlier phase would write anew is not foreseen.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from asyncorch.fanout import names_of
from asyncorch.freshness import WHOLE
from asyncorch.freshstore import Store, place
from asyncorch.model import Phase, Step
from asyncorch.orchestrator import methods_of
from asyncorch.passed import Passed, memory_of
from asyncorch.plan.globs import expand
from asyncorch.plan.placeholders import fill
from asyncorch.prepare import VALIDATED, Prepared, prepare
from asyncorch.reasons import Outlook, Reasons
from asyncorch.safetext import safe
from asyncorch.settings import RunSettings

_SHOWN = 3  # files of a reason


def explain(settings: RunSettings, *, files: bool = False) -> list[str]:
    """Return the lines of the plan, with each file if wished; raise UserError for what stops it."""
    with _planned(settings) as plan:
        return [safe(line) for line in plan.lines(files=files)]


def as_json(settings: RunSettings) -> str:
    """Return the plan as one JSON document, with every file."""
    with _planned(settings) as plan:
        return json.dumps(plan.data(), indent=1)


def _planned(settings: RunSettings) -> _Plan:
    methods = methods_of(settings)
    return _Plan(prepare(settings, methods, os.environ), frozenset(methods), settings)


class _Plan:
    """The plan of one run; the cache that it asks is open while it is told."""

    def __init__(self, prepared: Prepared, in_code: frozenset[str], settings: RunSettings) -> None:
        self._prepared, self._in_code, self._force = prepared, in_code, settings.force

    def __enter__(self) -> Self:
        work = self._prepared.project.work
        self._aside = TemporaryDirectory()  # nothing is made in a project that never ran
        self._store = Store(work if place(work).exists() else Path(self._aside.name), self._root)
        memory = memory_of(self._prepared, self._store)
        self._memory, self._runs = memory, False
        self._reasons = Reasons(self._store, memory, force=self._force)
        self._passed = Passed(self._prepared, memory)
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()
        self._aside.cleanup()

    @property
    def _root(self) -> Path:
        return self._prepared.project.root

    # --- in words

    def lines(self, *, files: bool) -> Iterator[str]:
        prepared = self._prepared
        snapshot = prepared.snapshot.name if prepared.snapshot else "none"
        yield (
            f"{prepared.app}: snapshot {snapshot}, mode {prepared.selection.mode}, "
            f"{prepared.concurrency} processes at a time"
        )
        for warning in prepared.warnings:
            yield f"warning: {warning}"
        for phase in self._prepared.phases:
            yield ""
            yield from self._phase(phase, files=files)

    def _phase(self, phase: Phase, *, files: bool) -> Iterator[str]:
        prepared = self._prepared
        added = prepared.selection.added.get(phase.name)
        yield f"phase {phase.number}: {phase.name}" + (f" (added: {added})" if added else "")
        if phase.name in self._in_code:
            yield f"  a method of {prepared.config.orchestrator}"
        for step in phase.steps:
            yield f"  {step.name:<20} {_command(step)}"
            details = (*self._details(step), *_told(step, self._outlook(step), files=files))
            yield from (f"  {'':<20} {detail}" for detail in details)
        self._memory.has_run = self._runs  # for those in the phases behind it
        if phase.name == prepared.config.gate.after:
            yield f"  gate: rows with no errors go to {prepared.config.gate.target}"
        if phase.name == "build":
            own = " after these steps" if phase.steps else ""
            tool = prepared.config.build.tool
            found = "the tool whose files are found" if tool == "auto" else tool
            yield f"  build{own}: {found}, from {', '.join(VALIDATED)} and the promoted artifacts"
        elif not phase.steps and phase.name not in self._in_code:
            yield "  no steps: passed over"

    def _details(self, step: Step) -> Iterator[str]:
        if step.foreach:
            globs = (fill(glob, self._prepared.values) for glob in step.foreach)
            yield f"for each of {' '.join(globs)}: {len(self._files(step)):,} files now"
        facts = {
            "needs": ", ".join(step.needs),
            "limits": ", ".join(step.limits),
            "slots": str(step.slots) if step.slots > 1 else "",
            "timeout": f"{step.timeout:g} s" if step.timeout else "",
            "retries": str(step.retries) if step.retries else "",
        }
        told = [f"{name} {value}" for name, value in facts.items() if value]
        if told:
            yield "; ".join(told)

    # --- as data

    def data(self) -> dict[str, Any]:
        prepared = self._prepared
        return {
            "app": prepared.app,
            "snapshot": prepared.snapshot.name if prepared.snapshot else None,
            "mode": prepared.selection.mode,
            "concurrency": prepared.concurrency,
            "warnings": list(prepared.warnings),
            "phases": [self._phase_data(phase) for phase in self._prepared.phases],
        }

    def _phase_data(self, phase: Phase) -> dict[str, Any]:
        steps = [self._step_data(step) for step in phase.steps]
        self._memory.has_run = self._runs
        return {"name": phase.name, "steps": steps}

    def _step_data(self, step: Step) -> dict[str, Any]:
        outlook = self._outlook(step)
        data: dict[str, Any] = {"name": step.name, "command": step.command}
        if not step.foreach:
            return {**data, "reason": outlook.run.get(WHOLE)}
        run = [{"file": file, "reason": reason} for file, reason in outlook.run.items()]
        return {**data, "run": run, "fresh": list(outlook.fresh)}

    # --- what would run

    def _outlook(self, step: Step) -> Outlook:
        if step.foreach:
            outlook = self._reasons.of_files(step, self._files(step))
        elif self._passed.rows(step) is not None:
            return Outlook(fresh=(WHOLE,))
        else:
            outlook = self._reasons.of_whole(step)
        self._runs = self._runs or bool(outlook.run)
        return outlook

    def _files(self, step: Step) -> dict[str, Any]:
        values, gate = self._prepared.values, self._prepared.config.gate
        globs = tuple(fill(glob, values) for glob in step.foreach)
        prefix = f"{gate.source}/" if step.phase == gate.after else ""
        return names_of(step, expand(str(self._root), globs), values, prefix)


def _command(step: Step) -> str:
    if isinstance(step.command, str):
        return step.command
    program, *words = step.command
    # Of an interpreter the name says enough; a path from the project is shown as it is.
    shown = program.rpartition("/")[2] if program.startswith("/") else program
    return " ".join([shown, *words])


def _told(step: Step, outlook: Outlook, *, files: bool) -> Iterator[str]:
    """Yield why the step or its files would run: all files, or a few of each reason."""
    if not step.foreach:
        reason = outlook.run.get(WHOLE)
        yield "up to date" if reason is None else f"would run: {reason}"
        return
    if files:
        yield from (f"would run  {file}: {reason}" for file, reason in outlook.run.items())
        yield from (f"up to date {file}" for file in outlook.fresh)
        return
    if outlook.run or outlook.fresh:
        yield f"{len(outlook.run):,} would run, {len(outlook.fresh):,} are up to date"
    for reason, count in Counter(outlook.run.values()).most_common():
        some = [file for file, why in outlook.run.items() if why == reason][:_SHOWN]
        yield f"{count:,}: {reason} ({', '.join(some)}{', …' if count > _SHOWN else ''})"
