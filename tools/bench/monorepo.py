"""Turborepo, which works package by package: each file is in a package of its own.

Its first run is made with a stand-in for npm that does the job at once; a run in which nothing has
changed calls no package manager.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from contest import Command, prepared
from surroundings import program

_JOB = "#!/bin/sh\ncp in.txt out.txt\n"
_QUIET = {"TURBO_TELEMETRY_DISABLED": "1", "DO_NOT_TRACK": "1"}
_TASKS = {"tasks": {"copy": {"inputs": ["in.txt"], "outputs": ["out.txt"]}}}
_ROOT = {"name": "root", "private": True, "packageManager": "npm@11.0.0", "workspaces": ["p/*"]}
_LOCK = {"name": "root", "lockfileVersion": 3, "packages": {"": {"name": "root"}}}


def warm(folder: Path, count: int, text: str) -> Command:
    """Make the packages, run all of them once, and return the command that runs them again."""
    for name, content in (("package", _ROOT), ("turbo", _TASKS), ("package-lock", _LOCK)):
        (folder / f"{name}.json").write_text(json.dumps(content))
    for number in range(count):
        package = folder / "p" / f"j{number}"
        package.mkdir(parents=True)
        about = {"name": f"j{number}", "version": "1.0.0", "scripts": {"copy": "cp in.txt out.txt"}}
        (package / "package.json").write_text(json.dumps(about))
        (package / "in.txt").write_text(f"{number}\n{text}")
    words = ("run", "copy", "--concurrency=2", "--output-logs=none", "--no-update-notifier")
    argv = (program("turbo") or "turbo", *words)
    prepared(argv, folder, {**_QUIET, "PATH": f"{_stand_in(folder)}:{os.environ['PATH']}"})
    return Command(argv, _QUIET)


def _stand_in(folder: Path) -> Path:
    place = folder / "stand-in"
    place.mkdir()
    (place / "npm").write_text(_JOB)
    (place / "npm").chmod(0o755)
    return place
