"""One step that prints very much, under the live view, and a shell's redirect beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from contest import Command, Contender, Work
from projects import OURS, running, script, step_seconds
from recipes import Job, contenders

NAME = "output"
REDIRECT = "sh, redirect"
_LINE = "a line of output, as long as lines of output are in most tools that print a lot"


def works(*, quick: bool) -> Iterator[Work]:
    size = 64 << 20 if quick else 1 << 30
    loud = f"yes '{_LINE}' | head -c {size}"
    jobs = [Job("out/log", f"({loud}) >out/log")]
    yield Work(
        NAME,
        f"one step that writes {size >> 20:,} MiB, live view on",
        [
            Contender(REDIRECT, lambda _: Command(("sh", "-c", f"({loud}) >log"))),
            Contender(OURS, partial(_ours, loud=loud), figures=step_seconds),
            *contenders(("make",), lambda _: jobs, 2),
            *contenders(("ninja", "parallel"), lambda _: [Job("out/log", loud)], 2),
        ],
        rounds=3 if quick else 5,
        patience=8,
    )


def _ours(folder: Path, loud: str) -> Command:
    script(folder, "extract-loud.sh", f"#!/bin/sh\n{loud}\n")
    return running("--phase", "extract", terminal=True)
