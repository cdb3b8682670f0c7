"""One run of a program, measured: wall time, CPU time, peak memory, and frames of the live view.

In a pseudo-terminal of 80 by 24 the live view is part of what is measured: a frame is counted each
time the line of its `Run` bar is drawn. Peak memory is the kernel's high-water mark of that one
process (VmHWM), without its children: a run shorter than a look at it has none. CPU seconds are
those of the program and of all that it waited for.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PROGRAM = (sys.executable, "-m", "asyncorch")
_FRAME = b"Run    "
_SAMPLE = 0.02  # seconds between two looks at the memory
_KEPT = 2000
_NOT_PASSED = ("CI", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "MAKEFLAGS")


@dataclass(slots=True)
class Measured:
    """One run: wall time, the program's peak memory, and when frames were drawn."""

    status: int = 0
    seconds: float = 0.0
    cpu: float = 0.0  # seconds, children included
    peak: int = 0  # KiB
    frames: list[float] = field(default_factory=list)
    said: bytes = b""  # the end of what it printed

    @property
    def rate(self) -> float:
        return len(self.frames) / self.seconds if self.seconds else 0.0

    @property
    def longest_gap(self) -> float:
        pairs = zip(self.frames, self.frames[1:], strict=False)
        return max((after - before for before, after in pairs), default=0.0)


def run(project: Path, *options: str, env: Mapping[str, str] | None = None) -> Measured:
    """Run the project in a pseudo-terminal to its end; a run that fails ends the benchmark."""
    measured = in_terminal((*PROGRAM, "run", str(project), *options), project, env=env)
    if measured.status:
        said = measured.said.decode(errors="replace")
        raise SystemExit(f"the run ended with {measured.status}; its last words:\n{said}")
    return measured


def in_terminal(
    argv: Sequence[str], cwd: Path, *, env: Mapping[str, str] | None = None, limit: float = 3600
) -> Measured:
    """Run the program in a pseudo-terminal; it is killed after `limit` seconds."""
    screen, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    measured, begun = Measured(), time.perf_counter()
    try:
        with _started(argv, cwd, env, terminal) as process:
            os.close(terminal)
            _watch(process, screen, measured, begun, limit)
            _reap(process, measured, begun)
    finally:
        os.close(screen)
    return measured


def in_background(
    argv: Sequence[str], cwd: Path, *, env: Mapping[str, str] | None = None, limit: float = 3600
) -> Measured:
    """Run the program without a terminal; it is killed after `limit` seconds."""
    measured = Measured()
    with tempfile.TemporaryFile(prefix="asyncorch-bench-") as output:
        begun = time.perf_counter()
        with _started(argv, cwd, env, output) as process:
            ended = os.pidfd_open(process.pid)
            while not select.select([ended], [], [], _SAMPLE)[0]:
                measured.peak = max(measured.peak, _high_water(process.pid))
                _end_after(limit, process, begun)
            os.close(ended)
            _reap(process, measured, begun)
        output.seek(max(0, output.tell() - _KEPT))
        measured.said = output.read()
    return measured


def environment(env: Mapping[str, str] | None) -> dict[str, str]:
    """Return what a measured program sees: ours, without what changes how programs print."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_PASSED}
    return {**inherited, "TERM": "xterm-256color", **(env or {})}


@contextmanager
def _started(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str] | None, output: int | IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env=environment(env),
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            _kill(process)
            process.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end_after(limit: float, process: subprocess.Popen[bytes], begun: float) -> None:
    if time.perf_counter() - begun > limit:
        _kill(process)


def _reap(process: subprocess.Popen[bytes], measured: Measured, begun: float) -> None:
    _, status, usage = os.wait4(process.pid, 0)
    measured.seconds = time.perf_counter() - begun
    measured.status = process.returncode = os.waitstatus_to_exitcode(status)
    measured.cpu = usage.ru_utime + usage.ru_stime


def _watch(
    process: subprocess.Popen[bytes], screen: int, measured: Measured, begun: float, limit: float
) -> None:
    cut = b""  # a frame's mark may come in two pieces
    open_ = True
    while open_:
        ready, _, _ = select.select([screen], [], [], _SAMPLE)
        measured.peak = max(measured.peak, _high_water(process.pid))
        _end_after(limit, process, begun)
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


def _high_water(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
