"""deliveries/: the snapshots of a project, listed and chosen (see intake for how they come in)."""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from asyncorch.errors import ProjectError
from asyncorch.natural import natural


class Snapshot(Struct, frozen=True):
    """One version of the input data: a folder of deliveries/, or a link to one."""

    name: str
    path: Path


def listing(deliveries: Path) -> list[Snapshot]:
    """Return the snapshots in natural order of their names, the newest last.

    Folders that begin with a dot are none. A link to a folder is one: people keep large data on
    another disk.
    """
    try:
        with os.scandir(deliveries) as scan:
            names = [e.name for e in scan if not e.name.startswith(".") and e.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror}", where=str(deliveries)) from error
    return [Snapshot(name, deliveries / name) for name in sorted(names, key=natural)]


def choose(deliveries: Path, name: str | None) -> Snapshot | None:
    """Return the snapshot of that name, without a name the newest, or None if there is none."""
    known = listing(deliveries)
    if name is None:
        return known[-1] if known else None
    for snapshot in known:
        if snapshot.name == name:
            return snapshot
    raise ProjectError(f"unknown snapshot `{name}`", hint=_near(name, known))


def _near(name: str, known: list[Snapshot]) -> str:
    import difflib  # noqa: PLC0415  # only what is wrong needs it

    names = [snapshot.name for snapshot in known]
    if close := difflib.get_close_matches(name, names, n=1):
        return f"did you mean `{close[0]}`?"
    if not names:
        return "there are none yet: `asyncorch snapshot add SOURCE` takes one in"
    return "known are " + ", ".join(f"`{n}`" for n in names[-10:])
