"""How many CPUs this process may use: by affinity and by cgroup quota, the smaller of both.

Format of the quota: Linux, Documentation/admin-guide/cgroup-v2.rst (`cpu.max`: `<quota|max>
<period>`) and cgroup-v1 (`cpu.cfs_quota_us`, `cpu.cfs_period_us`).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path


def usable(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Return the number of CPUs, at least 1; a quota of one and a half counts as 2."""
    by_affinity = _affinity()
    quotas = [quota for folder in _folders(cgroups, own) if (quota := _quota(folder)) is not None]
    return max(1, min(by_affinity, *(math.ceil(q) for q in quotas)) if quotas else by_affinity)


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _folders(cgroups: Path, own: Path) -> Iterator[Path]:
    """Yield the folders of our cgroup and of all above it: each may hold a quota."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        root = cgroups / controllers if controllers else cgroups
        if not controllers or "cpu" in controllers.split(","):
            below = Path(path.lstrip("/"))
            yield from (root / part for part in (below, *below.parents))


def _quota(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    try:
        share = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return share if share > 0 else None
