"""Slots shared with the tools that steps run: we are a GNU make jobserver, or the client of one.

A step with `jobserver = true` gets a named pipe through MAKEFLAGS, if its tool can; if not, as make
before 4.4, it gets `-j` with the step's slots. Under somebody else's make its pipe is the pool, and
each of our processes but the first borrows a token from it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from asyncorch.makeflags import Outer, with_jobs
from asyncorch.model import Step
from asyncorch.outermake import open_pipe
from asyncorch.tokens import Pool
from asyncorch.toolversions import too_old

_PIPE = "jobserver"
_BY_DESCRIPTORS = "the make that runs us shares its slots by descriptors, which steps do not get"


class Jobserver(Struct, frozen=True):
    """What a run shares its slots by; without a pool it shares none."""

    slots: int = 1
    pool: Pool | None = None
    fifo: str = ""
    folder: str = ""  # that was made for a pipe of our own
    alone: Mapping[str, str] = {}  # why a step does not share, by its id

    def environment(self, step: Step, env: Mapping[str, str]) -> Mapping[str, str]:
        """Return the environment of one of the step's processes, with its MAKEFLAGS."""
        if not step.jobserver:
            return env
        shares = step.id not in self.alone
        jobs = self.slots if shares else min(step.slots, self.slots)
        flags = with_jobs(env.get("MAKEFLAGS", ""), jobs, self.fifo if shares else "")
        return {**env, "MAKEFLAGS": flags}

    def close(self) -> None:
        """Remove the pipe; no process runs any more."""
        if self.pool is not None:
            self.pool.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def set_up(
    steps: Iterable[Step],
    *,
    slots: int,
    found: Outer | None,
    root: Path,
    env_of: Callable[[Step], Mapping[str, str]],
) -> Jobserver:
    """Make ready what a run with these steps shares its slots by; `found`: that of an outer make.

    Without an outer make, and a step that asks for it, nothing is made and no tool is asked.
    """
    asking = [step for step in steps if step.jobserver]
    alone = {step.id: _BY_DESCRIPTORS for step in asking}
    if found is None or found.fifo:
        alone = _too_old(asking, root, env_of)
    if found is None and len(alone) == len(asking):
        return Jobserver(slots, alone=alone)
    folder = "" if found else _folder_with_pipe()
    used = found or Outer(f"{folder}/{_PIPE}")
    pool = Pool(
        *open_pipe(used),
        slots=slots,
        shares=lambda step: step.jobserver and step.id not in alone,
        borrowed=found is not None,
    )
    return Jobserver(slots, pool, used.fifo, folder, alone)


def _too_old(
    asking: list[Step], root: Path, env_of: Callable[[Step], Mapping[str, str]]
) -> dict[str, str]:
    known: dict[str, str] = {}
    reasons = ((step.id, too_old(step, env_of(step), root, known)) for step in asking)
    return {step: reason for step, reason in reasons if reason is not None}


def _folder_with_pipe() -> str:
    """Return a private folder with a named pipe; a space would end the word in MAKEFLAGS."""
    place = tempfile.gettempdir()
    if len(place.split()) != 1:
        place = "/tmp"  # noqa: S108  # mkdtemp's folder is ours alone
    folder = tempfile.mkdtemp(prefix="asyncorch-", dir=place)
    os.mkfifo(f"{folder}/{_PIPE}", 0o600)
    return folder
