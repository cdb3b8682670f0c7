"""A step made ready: its batches, its files, and the names by which processes speak of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from asyncorch.model import Batch, Row, Step
from asyncorch.quality.rows import Files, Known


class FileNames(NamedTuple):
    """What the runner knows of a file of a fan-out beside its name in the batch."""

    identity: str
    outputs: tuple[str, ...] = ()
    prefix: str = ""  # what rows leave off an output's path


class Work(Struct, frozen=True):
    """A step made ready: its batches, and its files by the name that processes get."""

    step: Step
    batches: tuple[Batch, ...]
    names: dict[str, FileNames] = field(default_factory=dict)
    rejected: int = 0
    per_file: bool = False  # the command takes exactly one file
    output_exists: Callable[[str], bool] = lambda _: True
    fresh: Mapping[str, tuple[Row, ...]] = field(
        default_factory=dict
    )  # by identity: rows that stand
    fingerprints: Mapping[str, bytes] = field(default_factory=dict)
    whole_fresh: bool = False  # a step without a fan-out that need not run
    expected: Mapping[str, float] = field(default_factory=dict)  # seconds, by file; "": the whole


def files_of(work: Work, batch: Batch, root: str | None = None) -> Files:
    """Return the names by which a process may report the files of its batch.

    Whatever a tool calls a file, its row speaks of the artifact as the gate knows it. With `root`
    the process has got absolute names, since it runs in another folder.
    """
    known: dict[bytes, Known] = {}
    for file in batch.files:
        names = work.names[file]
        for output in names.outputs:
            short = output.removeprefix(names.prefix)
            known[os.fsencode(output)] = known[os.fsencode(short)] = Known(short, names.identity)
        for name in (f"{root}/{file}" if root else file, names.identity):
            known.setdefault(os.fsencode(name), Known(names.identity, names.identity))
    # By what a batch happens to hold nothing may be guessed: it depends on how files were packed.
    alone = work.per_file or work.step.batch == 1 or len(work.names) == 1
    return Files(known, work.names[batch.files[0]].identity if alone else "")
