"""Very many steps that do nothing, with a log each: what a step costs beside its work."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

from contest import Command, Contender, MissingError, Work
from projects import OURS, configured, running
from recipes import Job, contenders
from surroundings import program

FLOOR = "C, posix_spawn"
NAME = "steps-{count}-j{slots}"
_SOURCE = Path(__file__).parents[1] / "floor.c"
_QUICK, _ALL = (200, 1_000), (1_000, 10_000)
_SLOW = ("doit", "parallel", "luigi", "snakemake", "sh")  # not with 10,000
_PEERS = ("make", "ninja", "xargs", "just", "task")


def works(*, quick: bool) -> Iterator[Work]:
    for count in _QUICK if quick else _ALL:
        for slots in (2, 16):
            slow = _SLOW if count <= 1_000 and slots == 2 else ()  # noqa: PLR2004  # once is enough
            yield _work(count, slots, (*_PEERS, *slow), 5 if count <= 1_000 else 3)  # noqa: PLR2004


def _work(count: int, slots: int, peers: tuple[str, ...], rounds: int) -> Work:
    jobs = [Job(f"out/{i:06d}", f"/bin/true >out/{i:06d} 2>&1") for i in range(count)]
    return Work(
        NAME.format(count=count, slots=slots),
        f"{count:,} steps of /bin/true, a log each, -j {slots}",
        [
            Contender(FLOOR, partial(_floor, count=count, slots=slots)),
            Contender(OURS, partial(_ours, count=count, slots=slots)),
            *contenders(peers, lambda _: jobs, slots),
        ],
        rounds,
        patience=8 if count <= 1_000 else 25,  # noqa: PLR2004  # enough for all rounds but of the slow
    )


def _ours(folder: Path, count: int, slots: int) -> Command:
    tables = (f'[steps.extract-n{i:06d}]\nrun = ["/bin/true"]\n' for i in range(count))
    configured(folder, "".join(tables))
    return running("--phase", "extract", "-j", str(slots))


def _floor(folder: Path, count: int, slots: int) -> Command:
    return Command((_compiled(), str(folder), str(count), str(slots)))


@cache
def _compiled() -> str:
    compiler = program("cc")
    if compiler is None:
        raise MissingError("there is no C compiler")
    target = str(Path(tempfile.mkdtemp(prefix="asyncorch-bench-")) / "floor")
    subprocess.run([compiler, "-O2", "-o", target, str(_SOURCE)], check=True)
    return target
