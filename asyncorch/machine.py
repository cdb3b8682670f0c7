"""What of the machine could stop a run: each check looks, changes nothing, and says what it found.

What a check cannot find out it does not report. The figures come in as arguments where a test needs
other ones than this machine's.
"""

from __future__ import annotations

import fcntl
import locale
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from asyncorch.sizes import shown

OK, WARNING, ERROR = "ok", "warning", "error"
_ANYIO = (4, 14, 2)  # before, waiting for a process also waited for its pipes
_FULL, _SHORT = 50_000_000, 1_000_000_000  # bytes that are free
_FEW_FILES, _SOME_FILES = 100, 10_000
_OWN_FILES, _FILES_EACH = 40, 3  # that a run has open itself, and for each of its processes
_OWN_THREADS, _PROCESSES_EACH = 8, 2  # a shell, and what it starts
_COUNTED = 4096  # a limit of a user that is higher than that above what is asked for is no limit
_DRIFT = 2.0  # seconds between the clock of the file system and ours


class Finding(Struct, frozen=True):
    """What one check found; `level` is ok, warning or error."""

    level: str
    what: str
    text: str
    hint: str | None = None


def machine(root: Path, concurrency: int) -> Iterator[Finding]:
    """Look at what a run in the folder with so many processes at once would need."""
    yield python()
    yield from libraries()
    yield descriptors(concurrency, resource.getrlimit(resource.RLIMIT_NOFILE))
    yield from processes(concurrency, process_room())
    found = os.statvfs(root)
    yield disk(found.f_bavail * found.f_frsize)
    if found.f_files:  # some file systems have no fixed number
        yield files(found.f_favail)
    yield from temporary(root)
    yield names(sys.getfilesystemencoding(), locale.getpreferredencoding(do_setlocale=False))
    yield from kernel(sys.platform)


def python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036  # a wheel may be unpacked anywhere
        return Finding(ERROR, "Python", f"{found} is too old", "install Python 3.11 or newer")
    return Finding(OK, "Python", f"{found} at {sys.executable}")


def libraries() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # slow to load

    try:
        found = version("anyio")
    except PackageNotFoundError:
        return
    numbers = tuple(int(part) for part in found.split(".")[:3] if part.isdigit())
    if numbers < _ANYIO:
        hint = "`pip install -U anyio`"
        yield Finding(ERROR, "anyio", f"{found} is older than 4.14.2", hint)
    else:
        yield Finding(OK, "anyio", found)


def descriptors(concurrency: int, limit: tuple[int, int]) -> Finding:
    """Judge the limit of open files, which a run raises as far as it may."""
    needed = 4 * concurrency + 64
    _, hard = limit
    if hard != resource.RLIM_INFINITY and hard < needed:
        hint = f"lower `concurrency` to {max(1, (hard - 64) // 4)}, or raise `ulimit -Hn`"
        text = f"{hard} may be open, and {concurrency} processes at once need {needed}"
        return Finding(ERROR, "descriptors", text, hint)
    return Finding(OK, "descriptors", f"{needed} needed, {_number(hard)} allowed")


def fitting(wished: int) -> tuple[int, str | None]:
    """Return how many processes at once the limits leave room for, and what to say if it is fewer.

    A user with a high limit is believed to be far from it: to count all processes takes time.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    count = soft != resource.RLIM_INFINITY and soft < _COUNTED + 64 * wished
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return fit(wished, hard, process_room(of_user=count))


def fit(wished: int, files: int, room: int | None) -> tuple[int, str | None]:
    """Do so for a limit of open files, and what is left of a limit of processes."""
    most, why = wished, ""
    if files != resource.RLIM_INFINITY and (files - _OWN_FILES) // _FILES_EACH < most:
        most, why = (
            (files - _OWN_FILES) // _FILES_EACH,
            f"only {files} files may be open (`ulimit -n`)",
        )
    if room is not None and (room - _OWN_THREADS) // _PROCESSES_EACH < most:
        most = (room - _OWN_THREADS) // _PROCESSES_EACH
        why = f"only {room} more may be started (see `ulimit -u`)"
    most = max(1, most)
    if most == wished:
        return wished, None
    return most, f"{most} {'process' if most == 1 else 'processes'} at once, not {wished}: {why}"


def processes(concurrency: int, room: int | None) -> Iterator[Finding]:
    if room is None:
        return
    hint = "end what runs, lower `concurrency`, or raise `ulimit -u` (in a container: pids.max)"
    if room < concurrency:
        yield Finding(ERROR, "processes", f"only {room} more may be started", hint)
    elif room < 8 * concurrency:  # a step starts some itself: a shell, a compiler, threads
        yield Finding(WARNING, "processes", f"only {room} more may be started", hint)
    else:
        yield Finding(OK, "processes", f"{room:,} more may be started")


def process_room(*, of_user: bool = True) -> int | None:
    """Return how many more processes and threads may be started, None where nothing says so."""
    rooms = []
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if of_user and soft != resource.RLIM_INFINITY and os.geteuid() != 0:  # root is not held to it
        with suppress(OSError):
            rooms.append(soft - _threads_of(os.getuid()))
    for folder in (*_cgroups(), *_cgroups("pids")):
        with suppress(OSError, ValueError):
            most = int((folder / "pids.max").read_text())
            rooms.append(most - int((folder / "pids.current").read_text()))
    return max(0, min(rooms)) if rooms else None


def _threads_of(user: int) -> int:
    count = 0
    for entry in os.scandir("/proc"):
        with suppress(OSError, ValueError, IndexError):
            if entry.name.isdigit() and entry.stat().st_uid == user:
                status = Path(entry.path, "stat").read_bytes().rpartition(b") ")[2].split()
                count += int(status[17])
    return count


def _cgroups(controller: str = "") -> list[Path]:
    """Return the folder of our cgroup and those above it; with a controller, that of version 1."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                top = Path("/sys/fs/cgroup", controller)
                folder = top / path.lstrip("/")
                return [folder, *folder.parents[: len(folder.parts) - len(top.parts)]]
    return []


def disk(free: int) -> Finding:
    hint = "make room: `asyncorch prune` takes old logs, work/ can be made again"
    if free < _FULL:
        return Finding(ERROR, "disk", f"only {shown(free)} free", hint)
    return Finding(WARNING if free < _SHORT else OK, "disk", f"{shown(free)} free", hint)


def files(free: int) -> Finding:
    hint = "the file system has room for few more files: remove old ones"
    if free < _FEW_FILES:
        return Finding(ERROR, "inodes", f"only {free} more files fit", hint)
    return Finding(WARNING if free < _SOME_FILES else OK, "inodes", f"{free:,} more files", hint)


def temporary(root: Path) -> Iterator[Finding]:
    """Try in a nameless file what a run does in the folder: write, lock, take its time."""
    try:
        with tempfile.TemporaryFile(dir=root) as file:
            file.write(b"x" * 4096)
            file.flush()
            yield locks(file.fileno())
            yield clock(os.fstat(file.fileno()).st_mtime, time.time())
    except OSError as error:
        yield Finding(ERROR, "writing", f"{root}: {error.strerror}", "give yourself the right to")
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        hint = "name another folder in TMPDIR"
        yield Finding(WARNING, "temporary files", str(error.strerror), hint)


def locks(descriptor: int) -> Finding:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        hint = "nothing keeps two runs of this project apart: start one at a time"
        return Finding(WARNING, "locks", f"the file system has none ({error.strerror})", hint)
    return Finding(OK, "locks", "the file system has them")


def clock(written: float, now: float) -> Finding:
    if now < 1_700_000_000:  # noqa: PLR2004  # autumn 2023
        text = f"it is {time.strftime('%Y-%m-%d', time.gmtime(now))}, says the clock"
        return Finding(WARNING, "clock", text, "set it: names and ages of runs come from it")
    if abs(written - now) > _DRIFT:
        text = f"the file system's is {abs(written - now):.0f} s off ours"
        hint = "set both by NTP: what is up to date is judged by times, too"
        return Finding(WARNING, "clock", text, hint)
    return Finding(OK, "clock", "agrees with the file system's")


def names(of_files: str, of_text: str) -> Finding:
    wrong = [name for name in (of_files, of_text) if name.lower().replace("-", "") != "utf8"]
    if wrong:
        hint = "set LC_ALL=C.UTF-8, or PYTHONUTF8=1"
        text = f"the locale says {wrong[0]}: names that are not ASCII get spoilt by some tools"
        return Finding(WARNING, "locale", text, hint)
    return Finding(OK, "locale", "UTF-8")


def kernel(platform: str) -> Iterator[Finding]:
    """Say what the kernel lets us do to end a process and all that it has started."""
    if not platform.startswith("linux"):
        text = f"{platform}: what leaves its step's process group is not found"
        yield Finding(WARNING, "processes' ends", text, "no daemons in steps")
        return
    if not Path("/proc/self/environ").exists():
        text = "no /proc: what leaves its step's process group is not found"
        yield Finding(WARNING, "processes' ends", text, "mount /proc")
    try:
        os.close(os.pidfd_open(os.getpid()))
        yield Finding(OK, "pidfd", "processes are held by descriptor")
    except (AttributeError, OSError):
        hint = "a kernel from 5.3 on has them; a sandbox may forbid them"
        yield Finding(WARNING, "pidfd", "none: processes are awaited by their number", hint)
    folders = _cgroups()
    if folders and os.access(folders[0] / "cgroup.procs", os.W_OK) and _delegated(folders[0]):
        yield Finding(OK, "cgroup", "ours to divide: the kernel can hold a step's memory limit")
    else:
        yield Finding(OK, "cgroup", "not ours: a step's memory is measured, not held by the kernel")


def _delegated(folder: Path) -> bool:
    try:
        return "memory" in (folder / "cgroup.controllers").read_text().split()
    except OSError:
        return False


def _number(limit: int) -> str:
    return "any number" if limit == resource.RLIM_INFINITY else f"{limit:,}"
