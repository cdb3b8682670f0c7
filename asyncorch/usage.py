"""How much memory families of processes take, summed over all that belong to them.

Only /proc says it; where there is none, nobody takes anything. What processes share is counted
once: the sum of their resident sets is the cheap first look, their fair shares decide.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from asyncorch.descendants import Family, mark_of

_PAGE = os.sysconf("SC_PAGE_SIZE")


def over(limits: Sequence[tuple[Family, int]]) -> list[Family]:
    """Return the families that take more than the bytes given; /proc is gone through once."""
    found = []
    for (family, most), pids in zip(limits, _members([f for f, _ in limits]), strict=True):
        looks = (_resident, _fair_share, _fair_share)  # twice: who forks meanwhile counts double
        if all(sum(map(look, pids)) > most for look in looks):
            found.append(family)
    return found


def _members(families: Sequence[Family]) -> list[list[int]]:
    of_session = {family.session: n for n, family in enumerate(families)}
    of_mark = {family.mark: n for n, family in enumerate(families) if family.mark}
    members: list[list[int]] = [[] for _ in families]
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                number = of_session.get(_session(entry.path))
                if number is None:
                    number = of_mark.get(mark_of(entry.path))
                if number is not None:
                    members[number].append(int(entry.name))
    return members


def _session(folder: str) -> int:
    try:
        return int(Path(folder, "stat").read_bytes().rpartition(b") ")[2].split()[3])
    except (OSError, IndexError, ValueError):
        return -1


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _fair_share(pid: int) -> int:
    """Return its memory, what it shares divided among those who share it."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, IndexError, ValueError):
        return _resident(pid)  # an older kernel, or not ours to look into
    return 0
