"""Steps of very different length, the long ones listed last: how well the slots end together."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from contest import Command, Contender, Work, prepared
from projects import OURS, configured, running
from recipes import Job, contenders

NAME = "skew"
SLOTS = 8
_PEERS = ("make", "ninja", "xargs", "just", "task", "doit", "parallel")


def lengths() -> list[float]:
    """Return seconds: many short ones, then a few of one to three seconds."""
    chance = random.Random(1)  # noqa: S311  # the same on every machine
    return [0.05] * 192 + [round(chance.uniform(1, 3), 3) for _ in range(8)]


def bound() -> float:
    return max(*lengths(), sum(lengths()) / SLOTS)


def works(*, quick: bool) -> Iterator[Work]:
    jobs = [Job(f"out/{i}", f"sleep {s} >out/{i}") for i, s in enumerate(lengths())]
    yield Work(
        NAME,
        f"200 steps of skewed length, -j {SLOTS}, second run",
        [Contender(OURS, _ours), *contenders(_PEERS, lambda _: jobs, SLOTS)],
        rounds=1 if quick else 3,
        patience=12 if quick else 7,
    )


def _ours(folder: Path) -> Command:
    steps = enumerate(lengths())
    tables = (f'[steps.extract-n{i:03d}]\nrun = ["sleep", "{s}"]\n' for i, s in steps)
    configured(folder, "".join(tables))
    command = running("--phase", "extract", "-j", str(SLOTS))
    prepared(command.argv, folder)
    return command
