"""Faults to run a program under: each is one line in a test, and gone when the test is over.

Some are words that go before a command (`few_descriptors`), some hold for a while (`small_disk`),
and what this machine does not allow skips the test with the reason.

    def test_a_full_disk_is_told(tmp_path: Path) -> None:
        with small_disk(tmp_path / "disk", 1 << 20) as disk:
            done = run_under((), Project(disk))

    def test_few_descriptors_are_told(project: Project) -> None:
        done = run_under(few_descriptors(64), project, "-j", "64")
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.e2e.projects import CLEAN, PROGRAM, Done, Project
from tests.e2e.waiting import until

Words = tuple[str, ...]


def run_under(
    fault: Words,
    project: Project,
    *options: str,
    env: Mapping[str, str] | None = None,
    within: float = 120,
) -> Done:
    """Run the project's pipeline to its end, with the fault's words before the command."""
    done = subprocess.run(
        (*fault, *PROGRAM, "run", str(project.root), *options),
        check=False,
        capture_output=True,
        cwd=project.root,
        env={**CLEAN, **(env or {})},
        timeout=within,
    )
    text = (stream.decode("utf-8", "surrogateescape") for stream in (done.stdout, done.stderr))
    return Done(done.returncode, *text)


# --- the disk


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Make the folder a disk of that many bytes."""
    with _mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs"):
        yield folder


@contextmanager
def disk_without_holes(folder: Path) -> Iterator[Path]:
    """Make the folder a file system that cannot give back a part of a file."""
    with _mounted(folder, "-t", "ramfs", "ramfs"):
        yield folder


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Fill the disk that the folder is on, but for some bytes; return the file that does it."""
    path = folder / ".filler"
    with path.open("wb", buffering=0) as file:
        room = os.statvfs(folder)
        left = room.f_bavail * room.f_frsize - leave
        while left > 0:
            left -= file.write(bytes(min(left, 1 << 16)))
    return path


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Let nobody write in the folder: by its mode, or by a mount for root, whom no mode stops."""
    if os.geteuid():
        mode = folder.stat().st_mode
        folder.chmod(0o555)
        try:
            yield folder
        finally:
            folder.chmod(mode)
        return
    with _mounted(folder, "--bind", str(folder)):
        _mount("-o", "remount,ro,bind", str(folder))
        yield folder


@contextmanager
def _mounted(folder: Path, *words: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    _mount(*words, str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*words: str) -> None:
    try:
        done = subprocess.run(["mount", *words], check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip(f"this machine mounts nothing for us: {done.stderr.strip()}")


# --- the kernel's limits


def few_descriptors(number: int) -> Words:
    """Let a program, and all that it starts, have so many files open."""
    return ("/bin/sh", "-c", f'ulimit -n {number} && exec "$@"', "sh")


def small_files(kilobytes: int) -> Words:
    """Let no file grow longer: what a full quota does, without one."""
    return ("/bin/sh", "-c", f'ulimit -f {kilobytes} && exec "$@"', "sh")


@contextmanager
def few_processes(number: int) -> Iterator[Words]:
    """Let a program, and all that it starts, be so many processes and threads.

    The limit of a user does not bind root and counts what the user runs besides; a cgroup counts
    just these. Without the right to make one, an ordinary user gets the limit above what runs.
    """
    folder = _pids_cgroup()
    if folder is not None:
        (folder / "pids.max").write_text(str(number))
        try:
            yield ("/bin/sh", "-c", f'echo $$ >{folder}/cgroup.procs && exec "$@"', "sh")
        finally:
            until(lambda: not (folder / "cgroup.procs").read_text(), f"{folder} is not empty")
            folder.rmdir()
    elif os.geteuid():
        limit = _threads_of(os.getuid()) + number
        yield ("/bin/sh", "-c", f'ulimit -u {limit} && exec "$@"', "sh")
    else:
        pytest.skip("no cgroup of our own here, and root is held to no number of processes")


def _pids_cgroup() -> Path | None:
    for above in (Path("/sys/fs/cgroup/pids"), Path("/sys/fs/cgroup")):
        folder = above / f"asyncorch-test-{os.getpid()}-{time.monotonic_ns()}"
        try:
            folder.mkdir()
        except OSError:
            continue
        if (folder / "pids.max").exists():
            return folder
        folder.rmdir()
    return None


def _threads_of(user: int) -> int:
    count = 0
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == user:
                count += sum(1 for _ in (entry / "task").iterdir())
        except OSError:  # it is gone
            continue
    return count


# --- the clock


def clock_jumps(folder: Path, seconds: float, when: Path) -> dict[str, str]:
    """Return the environment of a program whose clock jumps by so many seconds once a file exists.

    What it shifts is `time.time`, the one clock of the day that the runner reads; the files' times
    are the kernel's own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(
        "import os, time\n"
        "_real = time.time\n"
        f"time.time = lambda: _real() + (os.path.exists({str(when)!r}) and {seconds!r})\n"
    )
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), CLEAN.get("PYTHONPATH"))))}


# --- death


def killed_after(process: subprocess.Popen[bytes], moment: float | Callable[[], object]) -> None:
    """Kill it (KILL, it cannot tidy up) after so many seconds, or once something is so."""
    if callable(moment):
        until(moment, "the moment to kill it never came")
    else:
        with suppress(subprocess.TimeoutExpired):
            process.wait(moment)
    process.kill()
    process.wait()


# --- what is left


def process_scan(root: Path | None = None) -> list[str]:
    """Return the living processes of a project's steps and runners, of all projects without one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _is_ours(entry, root):
            words = _read(entry / "cmdline").replace(b"\0", b" ").decode(errors="replace")
            found.append(f"{entry.name}: {words.strip()}")
    return found


def _is_ours(entry: Path, root: Path | None) -> bool:
    state = _read(entry / "stat").rpartition(b") ")[2][:1]
    if state in (b"", b"Z", b"X"):
        return False
    environ = _read(entry / "environ").split(b"\0")
    if root is None:
        return any(line.startswith(b"ASYNCORCH_PROCESS=") for line in environ)
    words = _read(entry / "cmdline").split(b"\0")
    return os.fsencode(f"ASYNCORCH_PROJECT={root}") in environ or (
        b"asyncorch" in words and os.fsencode(root) in words
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it is gone, or not ours to look at
        return b""


def assert_nothing_left(root: Path) -> None:
    """Fail when something of the project's runs lives on; what is just ending may end."""
    until(lambda: not process_scan(root), f"left: {process_scan(root)}", within=5)
