"""Runs in which nothing has changed, or nearly nothing: file by file, from a folder to another."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import monorepo
from contest import Command, Contender, Work, nothing, prepared
from projects import OURS, configured, numbered, running, script
from recipes import LABELS, RECIPES, Job

NAME, CHANGED = "unchanged-{count}", "changed"
BARE, ALONE, STILL = "python -c pass", "the tool alone, 3 files", "nothing changed"
_SIZES = (1_000, 10_000, 100_000)
_QUICK = (200, 1_000)
_PEERS = ("make", "ninja", "doit", "task", "snakemake")
_NOT_LARGER = ("luigi", "turbo")  # than that: the one has a task, the other a package a file
_LARGE = 10_000
_LINE = "one line of a small file\n" * 40
_TOOL = """#!{python}
import os, shutil, sys

for file in sys.argv[1:]:
    path = file.split("/", 2)[2]
    target = "work/extracted/" + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(file, target)
    print(f"| {path} | 0 |")
"""
_STEP = """\
[steps.extract-copy]
foreach = "deliveries/{snapshot}/**/*.txt"
outputs = ["work/extracted/{path}"]
"""
_AGAIN = ("--phase", "extract", "-j", "2")


def works(*, quick: bool) -> Iterator[Work]:
    for count in _QUICK if quick else _SIZES:
        peers = (*_PEERS, *_NOT_LARGER) if count <= _LARGE else _PEERS
        yield Work(
            NAME.format(count=count),
            f"nothing changed, {count:,} files",
            [
                Contender(BARE, lambda _: Command((sys.executable, "-c", "pass"))),
                Contender(OURS, partial(_ours, count=count)),
                *(_peer(name, count) for name in peers),
            ],
            rounds=7 if count <= 1_000 else 5,  # noqa: PLR2004  # the shorter, the more often
            kept=True,
            patience=12,
        )
    yield _changed(_QUICK[-1] if quick else _LARGE)


def _changed(count: int) -> Work:
    return Work(
        CHANGED,
        f"3 of {count:,} files changed",
        [
            Contender(STILL, partial(_ours, count=count)),
            Contender(OURS, partial(_ours, count=count), before=_change),
            Contender(ALONE, partial(_alone, count=count)),
            *(_peer(name, count, change=True) for name in ("make", "doit", "task")),
        ],
        rounds=5,
        kept=True,
    )


def _deliver(folder: Path, count: int) -> list[str]:
    """Make a snapshot of small files; return their paths in it."""
    paths = list(numbered(count, ".txt"))
    for path in paths:
        target = _source(folder, path)
        if path.endswith("00.txt"):
            target.parent.mkdir(parents=True)
        target.write_text(f"{path}\n{_LINE}")
    return paths


def _source(folder: Path, path: str) -> Path:
    return folder / "deliveries" / "s1" / path


def _change(folder: Path) -> None:
    """Write three files anew, as an editor does."""
    for path in list(numbered(100, ".txt"))[:3]:
        file = _source(folder, path)
        text = file.read_text()
        file.write_text(f"{text}one line more\n")


def _ours(folder: Path, count: int) -> Command:
    _deliver(folder, count)
    script(folder, "extract-copy.py", _TOOL)
    configured(folder, _STEP)
    again = running(*_AGAIN)
    prepared(again.argv, folder)
    return again


def _alone(folder: Path, count: int) -> Command:
    files = [f"deliveries/s1/{path}" for path in _deliver(folder, count)[:3]]
    return Command((sys.executable, str(script(folder, "extract-copy.py", _TOOL)), *files))


def _peer(name: str, count: int, *, change: bool = False) -> Contender:
    if name == "turbo":
        return Contender(name, partial(monorepo.warm, count=count, text=_LINE), needs=name)
    prepare = partial(_done, name=name, count=count)
    before = _change if change else nothing
    return Contender(LABELS.get(name, name), prepare, needs=name, before=before)


def _done(folder: Path, name: str, count: int) -> Command:
    """Leave the folder as the peer's first run does, with its records if it keeps some."""
    pairs = [(f"deliveries/s1/{path}", f"out/{path}") for path in _deliver(folder, count)]
    jobs = [Job(target, f"cp {source} {target}", source) for source, target in pairs]
    for source, target in pairs:
        if target.endswith("00.txt"):
            (folder / target).parent.mkdir(parents=True)
        shutil.copyfile(folder / source, folder / target)
        os.utime(folder / target)
    command = RECIPES[name](folder, jobs, 2)
    if name == "doit":
        prepared((command.argv[0], "reset-dep"), folder)
        return Command((command.argv[0], "-v0"))
    return command
