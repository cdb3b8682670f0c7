"""Starting a process, waiting for it, and ending all of it: the home of subprocess and signals.

A process leads a session of its own, gets its log as standard output and standard error, and
nothing on standard input. On Linux it is awaited through a pidfd and stays unreaped until its group
has been signalled, so that a signal can never meet a stranger with a recycled number. Elsewhere
anyio's own subprocess support waits for it.

Ending is a ladder: TERM to the group, a grace, KILL. It is shielded: whoever cancels us still gets
the process ended, never left behind.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import anyio
import anyio.abc
from msgspec import Struct

from asyncorch.descendants import MARK, Family, group_lives, signal_group
from asyncorch.starting import quickly

NOT_FOUND, NOT_RUNNABLE = 127, 126  # what a shell reports for them
_POLL = 0.05
_KILL_POLL = 0.01


class CannotStartError(Exception):
    """The operating system refused to start the program; `exit` is what a shell would report."""

    def __init__(self, reason: str, exit_code: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.exit = exit_code


class Command(Struct, frozen=True):
    """What to start: argv, folder, whole environment."""

    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]


class Process(Protocol):
    """A started process."""

    pid: int
    family: Family

    async def wait(self) -> int:
        """Return the exit status once it has ended; negative: ended by that signal."""

    async def end(self, grace: float, hurry: anyio.Event) -> int:
        """End the whole group: TERM, `grace` seconds (cut short by `hurry`), KILL."""

    def send(self, number: signal.Signals) -> None:
        """Signal all that belongs to it, what left its session included."""

    def has_left_others(self) -> bool:
        """Reap it, once it has ended, and say whether others of its group live on."""

    def release(self) -> None:
        """Reap it and give back what was held. To be called once, when all is over."""


class Spawn(Protocol):
    """How a process is started; raises CannotStartError."""

    async def __call__(self, command: Command, log_fd: int) -> Process: ...


async def spawn(command: Command, log_fd: int, *, quick: bool = False) -> Process:
    """Start a program with the log's descriptor as its output; raise CannotStartError.

    `quick` says that we are in a position to (see starting).
    """
    try:
        if _has_pidfds():
            return _LinuxProcess(command, log_fd, quick=quick)
        return await _spawn_anywhere(command, log_fd)
    except (OSError, ValueError) as error:
        raise _cannot_start(command, error) from error


def _has_pidfds() -> bool:
    """Ask the kernel, each time: it costs little, and a sandbox may refuse."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


def first_line(argv: tuple[str, ...], env: Mapping[str, str]) -> str:
    """Return the first line that a small program prints; "" if it prints none, or cannot be run."""
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, env=env, timeout=10, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.partition(b"\n")[0].decode(errors="replace")


def detach(argv: tuple[str, ...], given: bytes, env: Mapping[str, str]) -> None:
    """Start a process that outlives us and hand it `given` on standard input; wait for nothing."""
    with tempfile.TemporaryFile() as stream:  # not a pipe: nobody would be left to fill it
        stream.write(given)
        stream.seek(0)
        with suppress(OSError):
            process = subprocess.Popen(
                argv,
                stdin=stream,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=env,
                start_new_session=True,
            )
            process.returncode = 0  # nobody waits: no warning for that


def _started(command: Command, log_fd: int, *, quick: bool) -> int:
    if quick and (pid := quickly(command.argv, command.cwd, command.env, log_fd)) is not None:
        return pid
    process = subprocess.Popen(command.argv, **_terms(command, log_fd))
    process.returncode = 0  # we wait for it ourselves: no warning for that
    return process.pid


def _terms(command: Command, log_fd: int) -> dict[str, Any]:
    """Return what a process is started on, whoever starts it."""
    return {
        "stdin": subprocess.DEVNULL,
        "stdout": log_fd,
        "stderr": log_fd,
        "cwd": command.cwd,
        "env": command.env,
        "start_new_session": True,
    }


class _LinuxProcess:
    def __init__(self, command: Command, log_fd: int, *, quick: bool) -> None:
        self.pid = _started(command, log_fd, quick=quick)
        self._reaped: int | None = None  # its status, once it has been
        self.family = Family(self.pid, command.env.get(MARK))
        try:
            self._fd = os.pidfd_open(self.pid)
        except OSError:  # out of descriptors: it must not run on with nobody to own it
            signal_group(self.pid, signal.SIGKILL)
            self._reap()
            raise

    async def wait(self) -> int:
        await anyio.wait_readable(self._fd)
        return self._status()

    async def end(self, grace: float, hurry: anyio.Event) -> int:
        if self._lives():
            with anyio.CancelScope(shield=True):
                self.send(signal.SIGTERM)
                self.send(signal.SIGCONT)  # who is stopped would not hear it
                with anyio.move_on_after(grace):
                    await _until(lambda: not self._lives(), hurry)
                self.send(signal.SIGKILL)
                while self.family.members():  # until none is left, whatever forks meanwhile
                    self.send(signal.SIGKILL)
                    await anyio.sleep(_KILL_POLL)
                await anyio.wait_readable(self._fd)
        return self._status()

    def _lives(self) -> bool:
        """Say whether the leader or anybody else of its family lives; /proc may be missing."""
        if self._reaped is None:
            flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
            if os.waitid(os.P_PID, self.pid, flags) is None:
                return True
        return bool(self.family.members())

    def send(self, number: signal.Signals) -> None:
        self.family.send(number)

    def has_left_others(self) -> bool:
        self._reap()
        return group_lives(self.pid)

    def release(self) -> None:
        os.close(self._fd)
        self._reap()

    def _reap(self) -> None:
        if self._reaped is None:
            self._reaped = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _status(self) -> int:
        if self._reaped is not None:
            return self._reaped
        # WNOWAIT leaves it unreaped: its number, and its group's, cannot be given to a stranger.
        info = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        assert info is not None  # noqa: S101  # without WNOHANG there is always an answer
        return info.si_status if info.si_code == os.CLD_EXITED else -info.si_status


class _AnywhereProcess:
    def __init__(self, process: anyio.abc.Process, mark: str | None) -> None:
        self._process = process
        self.pid = process.pid
        self.family = Family(self.pid, mark)

    async def wait(self) -> int:
        return await self._process.wait()

    async def end(self, grace: float, hurry: anyio.Event) -> int:
        with anyio.CancelScope(shield=True):
            self.send(signal.SIGTERM)
            self.send(signal.SIGCONT)
            with anyio.move_on_after(grace):
                await _first_of(self._process.wait, hurry.wait)
            self.send(signal.SIGKILL)
            await self._process.wait()
        return await self._process.wait()

    def send(self, number: signal.Signals) -> None:
        self.family.send(number)

    def has_left_others(self) -> bool:
        return group_lives(self.pid)

    def release(self) -> None:
        """Nothing is held: asyncio reaps by itself."""


async def _spawn_anywhere(command: Command, log_fd: int) -> Process:
    process = await anyio.open_process(command.argv, **_terms(command, log_fd))
    return _AnywhereProcess(process, command.env.get(MARK))


async def _until(condition: Callable[[], bool], hurry: anyio.Event) -> None:
    while not condition() and not hurry.is_set():
        with anyio.move_on_after(_POLL):
            await hurry.wait()


async def _first_of(*waits: object) -> None:
    async with anyio.create_task_group() as tasks:

        async def run(wait: object) -> None:
            await wait()  # type: ignore[operator]  # a coroutine function
            tasks.cancel_scope.cancel()

        for wait in waits:
            tasks.start_soon(run, wait)


def _cannot_start(command: Command, error: OSError | ValueError) -> CannotStartError:
    program = command.argv[0]
    if isinstance(error, ValueError):
        return CannotStartError("a NUL character cannot be handed to a program", NOT_RUNNABLE)
    if not Path(command.cwd).is_dir():
        return CannotStartError(f"there is no folder {command.cwd}", NOT_RUNNABLE)
    reasons = {
        errno.ENOENT: (f"there is no program `{program}`", NOT_FOUND),
        errno.EACCES: (f"`{program}` may not be run: it has no run bit", NOT_RUNNABLE),
        errno.ENOEXEC: (f"`{program}` is no program, and has no first line `#!…`", NOT_RUNNABLE),
        errno.E2BIG: ("the command line is longer than the kernel takes", NOT_RUNNABLE),
    }
    if error.errno == errno.ENOENT and (Path(command.cwd) / program).is_file():
        return CannotStartError(f"the first line of `{program}` names no program", NOT_FOUND)
    default = (f"`{program}` cannot be started: {error.strerror}", NOT_RUNNABLE)
    return CannotStartError(*reasons.get(error.errno or 0, default))
