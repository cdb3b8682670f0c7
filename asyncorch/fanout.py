"""Make a step ready: find its files, leave out the rejected, claim outputs, pack the batches."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from os.path import isfile
from pathlib import Path

from msgspec import Struct

from asyncorch.errors import ConfigError
from asyncorch.forecast import Expected
from asyncorch.leftovers import remove
from asyncorch.memory import Memory
from asyncorch.model import Batch, Step
from asyncorch.plan.batches import SHELL_LIMIT, argument_limit, cost, pack
from asyncorch.plan.globs import Match, expand
from asyncorch.plan.placeholders import fill, names_in, output_namer
from asyncorch.quality.ledger import Ledger
from asyncorch.quality.rows import is_inside
from asyncorch.quality.stamps import Stamps
from asyncorch.work import FileNames, Work


class Ground(Struct, frozen=True):
    """What steps are made ready on."""

    root: Path
    values: Mapping[str, str]
    ledger: Ledger
    stamps: Stamps
    slots: int
    gate_phase: str
    gate_source: str
    memory: Memory


def make_ready(step: Step, ground: Ground, env: Mapping[str, str]) -> Work:
    """Return the step's work as its files stand now.

    Raises ConfigError when two files claim one output.
    """
    if not step.foreach:
        return ground.memory.whole(step)
    globs = tuple(fill(glob, ground.values) for glob in step.foreach)
    matches = expand(str(ground.root), globs)
    rejected = ground.ledger.rejected
    taken = [m for m in matches if m.path not in rejected] if rejected else matches
    prefix = f"{ground.gate_source}/" if step.phase == ground.gate_phase else ""
    names = names_of(step, taken, ground.values, prefix)
    _check_inside(step, names)
    _check_collisions(step, names)
    _note_processed(step, ground, globs, matches)
    ours = _remove_gone(step, ground, names)
    alone = partial(_alone, step, ground, ours)
    fresh, fingerprints = ground.memory.of_files(step, names, alone)
    to_run = {f: n.identity for f, n in names.items() if n.identity not in fresh}
    expected = ground.memory.forecast.of_files(step.id, to_run)
    return Work(
        step,
        tuple(_pack(step, ground, expected, env)),
        names,
        rejected=len(matches) - len(taken),
        per_file="file" in names_in(step.command),
        output_exists=lambda output: isfile(f"{ground.root}/{output}"),  # noqa: PTH113  # false for any name
        fresh=fresh,
        fingerprints=fingerprints,
        expected=expected.work if expected.known else {},
    )


def _alone(step: Step, ground: Ground, ours: set[str]) -> set[str]:
    """Return the outputs that no other step writes as well: one may append to another's."""
    return ours - ground.stamps.outputs_of_others(step.id) if ours else ours


def names_of(
    step: Step, matches: list[Match], values: Mapping[str, str], prefix: str = ""
) -> dict[str, FileNames]:
    """Return what the runner knows of each file: its identity and its outputs."""
    namers = [output_namer(pattern, values) for pattern in step.outputs]
    if len(namers) == 1:  # thousands of files
        (of,) = namers
        return {m.file: FileNames(m.path, (of(m),), prefix) for m in matches}
    return {m.file: FileNames(m.path, tuple(of(m) for of in namers), prefix) for m in matches}


def _check_inside(step: Step, names: Mapping[str, FileNames]) -> None:
    """Refuse outputs that a parameter leads out of the project."""
    for of_file in names.values():
        for output in of_file.outputs:
            if (".." in output or output[:1] in ("", "/")) and not is_inside(output):
                where = f"[steps.{step.id}] outputs"
                raise ConfigError(f"`{output}` leads out of the project", where=where)


def _check_collisions(step: Step, names: Mapping[str, FileNames]) -> None:
    claims: dict[str, str] = {}
    for file, of_file in names.items():
        for output in of_file.outputs:
            other = claims.setdefault(output, file)
            if other != file:
                raise ConfigError(
                    f"`{other}` and `{file}` would both write `{output}`",
                    where=f"[steps.{step.id}] outputs",
                    hint="use {path}, or {dir}/{stem}, so that each file has an output of its own",
                )


def _note_processed(
    step: Step, ground: Ground, globs: tuple[str, ...], matches: list[Match]
) -> None:
    """In the gate phase: all it takes, and all it would have taken, counts as processed."""
    if step.phase == ground.gate_phase:
        ground.ledger.processed.update([match.path for match in matches])
        ground.ledger.processed.update(ground.ledger.would_have_come(globs))


def _remove_gone(step: Step, ground: Ground, names: Mapping[str, FileNames]) -> set[str]:
    """Remove the outputs of files that are not taken any more, and claim those that are.

    Return what the last run claimed.
    """
    if not step.outputs:
        return set()
    claimed = {output for of_file in names.values() for output in of_file.outputs}
    before = ground.stamps.outputs(step.id)
    if before == claimed:
        return before
    for output in _alone(step, ground, before - claimed):
        if is_inside(output):
            remove(ground.root, output)
    ground.stamps.claim(step.id, claimed)
    return before


def _pack(step: Step, ground: Ground, expected: Expected, env: Mapping[str, str]) -> list[Batch]:
    fixed = step.command if isinstance(step.command, str) else "\0".join(step.command)
    room = argument_limit(env)
    if isinstance(step.command, str):
        room = min(room, SHELL_LIMIT)
    if "filelist" in names_in(step.command):
        room = 1 << 40  # the names go through a file
    width = max(1, ground.slots // min(step.slots, ground.slots))
    limit = max(cost(""), room - len(os.fsencode(fixed)) - 1024)
    return pack(
        list(expected.work),
        slots=width,
        size=step.batch,
        limit=limit,
        weights=list(expected.work.values()),
        in_seconds=expected.known,
    )
