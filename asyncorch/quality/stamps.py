"""Phases stamp what they made, so that a run that starts in the middle knows what it stands on.

A stamp says which snapshot (name and content), which steps (commands, scripts) and which run made
a phase's outputs, and which files it rejected. It is deleted when the phase starts again. The files
that a step claimed as outputs are listed beside it: what no source claims any more is removed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b
from operator import attrgetter
from pathlib import Path

from msgspec import Struct, to_builtins

from asyncorch.model import Phase, Step
from asyncorch.plan.globs import expand
from asyncorch.plan.placeholders import names_in
from asyncorch.quality.ledger import Rejection


class Stamp(Struct, frozen=True):
    """What a phase's outputs were made of."""

    snapshot: str | None
    content: str
    steps: str
    run: str
    rejected: tuple[Rejection, ...] = ()

    def fits(self, *, snapshot: str | None, content: str, steps: str) -> str | None:
        """Return why the outputs do not serve for this run, or None when they do."""
        if (self.snapshot, self.content) != (snapshot, content):
            other = f"`{self.snapshot}`" if self.snapshot != snapshot else "an older state of it"
            return f"its outputs are of snapshot {other}"
        return None if self.steps == steps else "its steps have changed"


class Stamps:
    """The stamps below work/."""

    def __init__(self, work: Path) -> None:
        self._folder = work / ".asyncorch"

    @property
    def any(self) -> bool:
        """Say whether there is anything here of an earlier run."""
        return self._folder.is_dir()

    def read(self, phase: str) -> Stamp | None:
        try:
            data = json.loads((self._folder / f"{phase}.json").read_bytes())
            rejected = tuple(
                Rejection(**{**item, "places": tuple(item["places"])}) for item in data["rejected"]
            )
            return Stamp(**{**data, "rejected": rejected})
        except (OSError, ValueError, TypeError, KeyError):
            return None  # damaged is as good as missing: the phase runs again

    def write(self, phase: str, stamp: Stamp) -> None:
        self._put(f"{phase}.json", to_builtins(stamp))

    def drop(self, phase: str) -> None:
        (self._folder / f"{phase}.json").unlink(missing_ok=True)

    def outputs(self, step: str) -> set[str]:
        """Return the files that the step claimed as outputs in its last run."""
        try:
            names = json.loads((self._folder / f"{step}.outputs.json").read_bytes())
            return {name for name in names if isinstance(name, str)}
        except (OSError, ValueError, TypeError):
            return set()

    def outputs_of_others(self, step: str) -> set[str]:
        """Return the files that other steps have claimed."""
        ends = ".outputs.json"
        with suppress(OSError):
            names = (entry.name for entry in os.scandir(self._folder))
            others = [n.removesuffix(ends) for n in names if n.endswith(ends) and n[0] != "."]
            return set().union(*(self.outputs(other) for other in others if other != step))
        return set()

    def claim(self, step: str, outputs: Iterable[str]) -> None:
        self._put(f"{step}.outputs.json", sorted(outputs))

    def _put(self, name: str, data: object) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{name}.new"
        fresh.write_text(json.dumps(data))
        fresh.replace(self._folder / name)


def steps_fingerprint(
    phase: Phase,
    root: Path,
    params: Mapping[str, str],
    env_of: Callable[[Step], Mapping[str, str]],
) -> str:
    """Return a hash of the phase's steps: all they say, and the bytes of what they name and use.

    `env_of` gives the variables that matter for a step.
    """
    return together(step_fingerprint(step, root, params, env_of(step)) for step in phase.steps)


def together(fingerprints: Iterable[str]) -> str:
    """Return the fingerprint of a phase, given those of its steps in order."""
    digest = blake2b(digest_size=16)
    for fingerprint in fingerprints:
        digest.update(fingerprint.encode())
    return digest.hexdigest()


def step_fingerprint(
    step: Step, root: Path, params: Mapping[str, str], env: Mapping[str, str]
) -> str:
    """Return a hash of all that one step says, and of the bytes of what it names and uses."""
    digest = blake2b(digest_size=16)
    text = (step.command,) if isinstance(step.command, str) else step.command
    used_names = names_in((*text, *step.foreach, *step.inputs, *step.outputs))
    used_params = sorted((n, v) for n, v in params.items() if n in used_names)
    facts = repr((used_params, sorted(env.items()), step))
    digest.update(facts.encode("utf-8", "surrogateescape"))
    words = step.command.split() if isinstance(step.command, str) else step.command
    for word in words:
        with suppress(OSError, ValueError):
            if not word.startswith("/") and (root / word).is_file():
                digest.update((root / word).read_bytes())
    for used in expand(str(root), step.uses):
        with suppress(OSError):
            digest.update(used.file.encode("utf-8", "surrogateescape"))
            digest.update((root / used.file).read_bytes())
    return digest.hexdigest()


def content_fingerprint(folder: Path | None) -> str:
    """Return a hash of a snapshot's files by path, size and time of change; "" for none."""
    if folder is None:
        return ""
    digest = blake2b(digest_size=16)
    folders = [str(folder)]
    start = len(folders[0]) + 1
    while folders:
        facts: list[str] = []  # of one folder, hashed at once: there may be thousands
        with suppress(OSError):
            for entry in sorted(os.scandir(folders.pop()), key=attrgetter("name")):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                    continue
                info = entry.stat(follow_symlinks=False)
                facts.append(f"{entry.path[start:]}\0{info.st_size}\0{info.st_mtime_ns}\0")
        digest.update("".join(facts).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
