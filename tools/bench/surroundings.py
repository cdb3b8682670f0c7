"""What figures depend on: the machine, the contenders that are on it, and what else goes on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

_ROOMY = 8 << 30  # bytes of a file system in memory that is large enough for every load
_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of ours is made in it
_VERSION = re.compile(r"\d{8}|\d+\.\d+(?:\.\d+)?")


def machine() -> str:
    """Return processor, kernel and versions, and what else was going on."""
    cpus = len(os.sched_getaffinity(0))
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    return (
        f"{_processor()}, {cpus} CPUs for this process, load before {load}\n"
        f"{platform.system()} {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, "
        f"asyncorch {importlib.metadata.version('asyncorch')}"
    )


@cache
def program(name: str) -> str | None:
    """Return where a contender is: on PATH, or beside this Python."""
    beside = Path(sys.executable).parent / name
    return shutil.which(name) or (str(beside) if beside.is_file() else None)


@cache
def version(name: str) -> str:
    """Return a contender's version as it tells it; empty where it is missing or says none."""
    path = program(name)
    if path is None:
        return ""
    if name == "luigi":  # it has no word for that
        return _asked(str(Path(path).parent / "python"), "-c", _LUIGI)
    return _asked(path, "--version")


_LUIGI = "import importlib.metadata as m; print(m.version('luigi'))"


def _asked(*argv: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=60)
        found = _VERSION.search(told.stdout)
        return found[0] if found else ""
    return ""


def scratch() -> Path:
    """Return where to work: in memory if there is room, since a disk's figures vary widely."""
    with suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOMY:
            return _MEMORY
    return Path(tempfile.gettempdir())


def busy() -> float:
    """Return the seconds that all CPUs have worked since the machine started; 0 if untold."""
    with suppress(OSError, ValueError, IndexError):
        words = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
        user, nice, system, _, _, irq, soft = (int(word) for word in words[:7])
        return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
