"""What both benchmarks need: the machine in words, and one run of the program, measured.

The runner is run in a pseudo-terminal of 80 by 24, so that the live view is part of what is
measured: a frame is counted each time the line of its `Run` bar is drawn. Peak memory is the
kernel's high-water mark of the runner alone (VmHWM), without its steps.
"""

from __future__ import annotations

import fcntl
import importlib.metadata
import os
import platform
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = (sys.executable, "-m", "asyncorch")
_FRAME = b"Run    "
_SAMPLE = 0.02  # seconds between two looks at the memory
_KEPT = 2000
_NOT_PASSED = ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")


@dataclass(slots=True)
class Measured:
    """One run: wall time, the runner's peak memory, and when frames were drawn."""

    status: int = 0
    seconds: float = 0.0
    peak: int = 0  # KiB
    frames: list[float] = field(default_factory=list)
    said: bytes = b""  # the end of what it drew

    @property
    def rate(self) -> float:
        return len(self.frames) / self.seconds if self.seconds else 0.0

    @property
    def longest_gap(self) -> float:
        pairs = zip(self.frames, self.frames[1:], strict=False)
        return max((after - before for before, after in pairs), default=0.0)


def run(project: Path, *options: str, env: Mapping[str, str] | None = None) -> Measured:
    """Run the project in a pseudo-terminal to its end; a run that fails ends the benchmark."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED}
    begun = time.perf_counter()
    process = subprocess.Popen(
        (*PROGRAM, "run", str(project), *options),
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
        env={**inherited, "TERM": "xterm-256color", **(env or {})},
        start_new_session=True,
    )
    os.close(terminal)
    measured = Measured()
    try:
        _watch(process, screen, measured, begun)
    finally:
        process.kill()
        os.close(screen)
    if measured.status:
        said = measured.said.decode(errors="replace")
        raise SystemExit(f"the run ended with {measured.status}; its last words:\n{said}")
    return measured


def _watch(process: subprocess.Popen[bytes], screen: int, measured: Measured, begun: float) -> None:
    cut = b""  # a frame's mark may come in two pieces
    open_ = True
    while open_:
        ready, _, _ = select.select([screen], [], [], _SAMPLE)
        measured.peak = max(measured.peak, _high_water(process.pid))
        if not ready:
            continue
        try:
            piece = os.read(screen, 1 << 16)
        except OSError:  # the other end is closed
            piece = b""
        open_ = bool(piece)
        now = time.perf_counter() - begun
        measured.frames += [now] * (cut + piece).count(_FRAME)
        cut = piece[-len(_FRAME) + 1 :]
        measured.said = (measured.said + piece)[-_KEPT:]
    measured.status = process.wait()
    measured.seconds = time.perf_counter() - begun


def _high_water(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def machine() -> str:
    """Return what figures depend on: processor, kernel, versions, and what else was going on."""
    cpus = len(os.sched_getaffinity(0))
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    return (
        f"{_processor()}, {cpus} CPUs for this process, load before {load}\n"
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"asyncorch {importlib.metadata.version('asyncorch')}"
    )


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
