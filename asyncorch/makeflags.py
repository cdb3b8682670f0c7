"""MAKEFLAGS, as GNU make hands it down: the jobserver that it names, and what to hand on.

The first word may be letters (`kn`), options follow, and ` -- ` opens the variables. Where no
letters come first the value begins with a space.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

NAMES = ("MAKEFLAGS", "MFLAGS")
_AUTH = re.compile(r"(?:^|\s)--jobserver-(?:auth|fds)=(\S+)")
_JOBS = re.compile(r"(?:^|\s)(?:-j|--jobs=)(\d+)(?=\s|$)")
_OURS = re.compile(r"(?:^|\s)(?:-j\d*|--jobs(?:=\d+)?|--jobserver-(?:auth|fds|style)=\S*)(?=\s|$)")
_VARIABLES = re.compile(r"(?:^|\s)--(?=\s|$)")
_DESCRIPTORS = re.compile(r"(-?\d+),(-?\d+)")  # negative: make has closed it to us


class Outer(Struct, frozen=True):
    """The jobserver of a make that runs us: a named pipe, or two descriptors that we inherit."""

    fifo: str = ""
    descriptors: tuple[int, int] = (-1, -1)
    jobs: int | None = None  # how many it lets run, itself counted, as far as it says


def outer(environ: Mapping[str, str]) -> Outer | None:
    """Return the jobserver that the environment names, reachable or not; the last one counts."""
    options, _ = _split(environ.get("MAKEFLAGS", ""))
    named = _AUTH.findall(options)
    if not named:
        return None
    jobs = [int(number) for number in _JOBS.findall(options)]
    most = jobs[-1] if jobs and jobs[-1] > 0 else None
    if named[-1].startswith("fifo:"):
        return Outer(fifo=named[-1].removeprefix("fifo:"), jobs=most)
    pair = _DESCRIPTORS.fullmatch(named[-1])
    return Outer(descriptors=(int(pair[1]), int(pair[2])), jobs=most) if pair else None


def with_jobs(flags: str, jobs: int, fifo: str = "") -> str:
    """Return the flags with this number of jobs, and this jobserver, in place of any others."""
    options, variables = _split(flags)
    auth = f" --jobserver-auth=fifo:{fifo}" if fifo else ""
    return f"{_OURS.sub('', options).strip()} -j{jobs}{auth}{variables}"


def without_descriptors(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without a jobserver in descriptors: our children do not get those."""
    found = outer(environ)
    if found is None or found.fifo:
        return dict(environ)
    handed_on = {name: _without(environ[name]) for name in NAMES if name in environ}
    return {**environ, **handed_on}


def _without(flags: str) -> str:
    options, variables = _split(flags)
    left = _OURS.sub("", options).rstrip()
    return left + variables if left.strip() else variables


def _split(flags: str) -> tuple[str, str]:
    cut = _VARIABLES.search(flags)
    return (flags[: cut.start()], f" {flags[cut.start() :].lstrip()}") if cut else (flags, "")
