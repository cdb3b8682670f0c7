"""The runner's own memory when a run has very many steps, or very many processes in a step."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from contest import Command, Contender, Work
from projects import configured, numbered, running

NAME = "memory"
TABLES, FANNED = "asyncorch, a table a step", "asyncorch, a process a file"
_FAN_OUT = """\
[steps.extract-all]
foreach = "deliveries/{snapshot}/**/*.txt"
run = ["/bin/true", "{file}"]
rows = false
"""


def works(*, quick: bool) -> Iterator[Work]:
    count = 1_000 if quick else 100_000
    yield Work(
        NAME,
        f"{count:,} steps of one line: memory",
        [
            Contender(TABLES, partial(_tables, count=count)),
            Contender(FANNED, partial(_fanned, count=count)),
        ],
        rounds=1,
    )


def _tables(folder: Path, count: int) -> Command:
    tables = (f'[steps.extract-n{i:06d}]\nrun = ["/bin/true"]\n' for i in range(count))
    configured(folder, "".join(tables))
    return running("--phase", "extract", "-j", "2")


def _fanned(folder: Path, count: int) -> Command:
    for path in numbered(count, ".txt"):
        file = folder / "deliveries" / "s1" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    configured(folder, _FAN_OUT)
    return running("--phase", "extract", "-j", "2")
