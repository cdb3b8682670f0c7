"""What a run would do, in words, without doing any of it: `asyncorch plan` and `run --dry-run`."""

from __future__ import annotations

import os
from collections.abc import Iterator

from asyncorch.model import Phase, Step
from asyncorch.orchestrator import methods_of
from asyncorch.plan.globs import expand
from asyncorch.plan.placeholders import fill
from asyncorch.prepare import VALIDATED, Prepared, prepare
from asyncorch.safetext import safe
from asyncorch.settings import RunSettings


def explain(settings: RunSettings) -> list[str]:
    """Return the lines of the plan; raise UserError for whatever would stop the run."""
    methods = methods_of(settings)
    prepared = prepare(settings, methods, os.environ)
    return [safe(line) for line in _lines(prepared, frozenset(methods))]


def _lines(prepared: Prepared, in_code: frozenset[str]) -> Iterator[str]:
    snapshot = prepared.snapshot.name if prepared.snapshot else "none"
    yield (
        f"{prepared.app}: snapshot {snapshot}, mode {prepared.selection.mode}, "
        f"{prepared.concurrency} processes at a time"
    )
    for warning in prepared.warnings:
        yield f"warning: {warning}"
    for phase in prepared.pipeline.phases:
        if phase.name in prepared.selection.phases:
            yield ""
            yield from _phase(phase, prepared, in_code)


def _phase(phase: Phase, prepared: Prepared, in_code: frozenset[str]) -> Iterator[str]:
    added = prepared.selection.added.get(phase.name)
    yield f"phase {phase.number}: {phase.name}" + (f" (added: {added})" if added else "")
    if phase.name in in_code:
        yield f"  a method of {prepared.config.orchestrator}"
    for step in phase.steps:
        yield f"  {step.name:<20} {_command(step)}"
        yield from (f"  {'':<20} {detail}" for detail in _details(step, prepared))
    if phase.name == prepared.config.gate.after:
        yield f"  gate: rows with no errors go to {prepared.config.gate.target}"
    if phase.name == "build":
        own = " after these steps" if phase.steps else ""
        tool = prepared.config.build.tool
        found = "the tool whose files are found" if tool == "auto" else tool
        yield f"  build{own}: {found}, from {', '.join(VALIDATED)} and the promoted artifacts"
    elif not phase.steps and phase.name not in in_code:
        yield "  no steps: passed over"


def _command(step: Step) -> str:
    if isinstance(step.command, str):
        return step.command
    program, *words = step.command
    # Of an interpreter the name says enough; a path from the project is shown as it is.
    shown = program.rpartition("/")[2] if program.startswith("/") else program
    return " ".join([shown, *words])


def _details(step: Step, prepared: Prepared) -> Iterator[str]:
    if step.foreach:
        globs = tuple(fill(glob, prepared.values) for glob in step.foreach)
        count = len(expand(str(prepared.project.root), globs))
        yield f"for each of {' '.join(globs)}: {count:,} files now"
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
