"""The composition root: everything of the outside world that a run needs, wired together.

It opens the run's folder, stamps events and hands them to the sinks, draws the view, listens for
signals, and in the end writes the summary. Nothing below reads the environment, the clock or the
terminal.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, redirect_stdout, suppress
from pathlib import Path
from typing import Any, Protocol

import anyio
import anyio.abc
from msgspec import Struct, field

from asyncorch import runlog
from asyncorch.bus import Bus
from asyncorch.errors import ProjectError
from asyncorch.events import Noted, Stamped
from asyncorch.job import JobRun
from asyncorch.project import Project
from asyncorch.settings import RunSettings
from asyncorch.state import RunState
from asyncorch.tables import RetentionTable
from asyncorch.tails import Tails
from asyncorch.views.journal import JournalSink, JsonLinesSink
from asyncorch.views.plain import PlainSink
from asyncorch.views.summary import summary_text, write_summary
from asyncorch.views.terminal import rewraps, wants_color, wants_live

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class View(Protocol):
    """What shows a run to a person."""

    def __call__(self, stamped: Stamped) -> None: ...

    def tick(self, now: float) -> None:
        """Draw what time alone changes."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Leave the terminal as it was; harmless when called twice."""


class OpenRun(Struct):
    """A run's world while it is open."""

    folder: runlog.RunFolder
    bus: Bus
    state: RunState
    tails: Tails
    hurry: anyio.Event
    scope: anyio.CancelScope
    started: float
    signals: list[int] = field(default_factory=list)
    lost: str | None = None  # why the journal could not be written any more
    jobs: set[JobRun] = field(default_factory=set)  # what runs, to be stopped with us

    def lose_journal(self, error: Exception) -> None:
        """End what runs: nobody could tell any more what it did."""
        reason = error.strerror if isinstance(error, OSError) else str(error)
        self.lost = f"the journal cannot be written: {reason}"
        self.scope.cancel()

    @property
    def signal(self) -> int | None:
        """The first signal that asked us to end, or None."""
        return self.signals[0] if self.signals else None


@asynccontextmanager
async def open_run(
    project: Project, settings: RunSettings, app: str, environ: Mapping[str, str]
) -> AsyncIterator[OpenRun]:
    """Open a run: its folder, journal and view; what runs inside is cancelled by a signal.

    The body should do its work inside `run.scope`, so that it can still tell how it ended.
    """
    now = time.time()
    try:
        folder = runlog.create(project.runlogs, app, now)
        journal = JournalSink(folder.path)
    except OSError as error:
        hint = "runlogs/ must be a folder that can be written, on a disk with some room"
        what = f"cannot be written: {error.strerror}"
        raise ProjectError(what, where=str(project.runlogs), hint=hint) from error
    bus = Bus(time.time)
    run = OpenRun(folder, bus, RunState(), Tails(bus.emit), anyio.Event(), anyio.CancelScope(), now)
    bus.add(run.state.apply)
    bus.add(journal)
    bus.vital, bus.when_lost = journal, run.lose_journal
    if settings.json:
        bus.add(JsonLinesSink(sys.stdout))
    view = _view(settings, environ, run.state)
    bus.add(view)
    view.start()
    try:
        async with _printing_aside(view, settings), anyio.create_task_group() as tasks:
            if threading.current_thread() is threading.main_thread():
                await tasks.start(_listen, run)
                await tasks.start(_stop_and_go_on, run, view)
            tasks.start_soon(run.tails.watch)
            tasks.start_soon(_tick, view, bus)
            yield run
            tasks.cancel_scope.cancel()
    finally:
        view.stop()
        journal.close()


def close_run(run: OpenRun, settings: RunSettings) -> None:
    """Write summary.json and print the summary: to standard output, or beside `--json`."""
    with suppress(OSError):
        write_summary(run.folder.path, run.state)
    stream = sys.stderr if settings.json else sys.stdout
    with suppress(BrokenPipeError):
        stream.write(summary_text(run.state))
        stream.flush()


def retire(run: OpenRun, runlogs: Path, rules: RetentionTable | None) -> None:
    """Apply `[retention]`, if there is one: we hold the project, so no other run goes on."""
    if rules is not None:
        from asyncorch import retention  # noqa: PLC0415  # few projects ask for it

        retention.apply(runlogs, rules, time.time(), run.folder.name)


def _view(settings: RunSettings, environ: Mapping[str, str], state: RunState) -> View:
    stream = sys.stderr
    kind = settings.progress
    if kind == "auto":
        kind = "live" if wants_live(stream, environ) else "plain"
    if kind == "live":
        from asyncorch.views.live import LiveView, make_console  # noqa: PLC0415  # rich is slow

        return LiveView(make_console(stream, environ), rewraps=rewraps(environ), state=state)
    if kind == "none":
        return PlainSink(lambda _: None, color=False, state=state)
    return PlainSink(_writer(stream), color=wants_color(stream, environ), state=state)


def _writer(stream: object) -> Callable[[str], None]:
    def write(text: str) -> None:
        with suppress(BrokenPipeError, ValueError):
            stream.write(text)  # type: ignore[attr-defined]  # a text stream
            stream.flush()  # type: ignore[attr-defined]  # a text stream

    return write


@asynccontextmanager
async def _printing_aside(view: View, settings: RunSettings) -> AsyncIterator[None]:
    """Let print() in a phase method spoil neither the live view nor the JSON lines."""
    above = getattr(view, "print_above", None)
    if above is not None and (settings.json or sys.stdout.isatty()):
        aside: Any = _Above(above)
    elif settings.json:
        aside = sys.stderr
    else:
        yield
        return
    with redirect_stdout(aside):
        yield


class _Above(io.TextIOBase):
    def __init__(self, write: Callable[[str], None]) -> None:
        self._print = write

    def write(self, text: str) -> int:
        self._print(text)
        return len(text)


async def _tick(view: View, bus: Bus) -> None:
    while True:
        try:
            view.tick(time.time())
        except Exception as error:  # noqa: BLE001  # a broken view must not stop a run
            bus.drop(view, error)
            view.stop()
            return
        await anyio.sleep(0.1)


async def _listen(
    run: OpenRun, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """End the run's steps on the first signal; on the second, without their grace."""
    with anyio.open_signal_receiver(*_SIGNALS) as received:
        task_status.started()
        async for number in received:
            run.signals.append(number)
            name = signal.Signals(number).name
            if len(run.signals) == 1:
                run.bus.emit(
                    Noted(
                        text=f"{name}: ending what runs",
                        level="warning",
                        hint="once more ends it at once",
                    )
                )
                run.scope.cancel()
            else:
                run.hurry.set()


async def _stop_and_go_on(
    run: OpenRun, view: View, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """On Ctrl-Z stop the steps, too, leave the terminal as it was, and stop; then go on."""
    with anyio.open_signal_receiver(signal.SIGTSTP) as received:
        task_status.started()
        async for _ in received:
            for job in run.jobs:
                job.pause()
            view.stop()
            begun = anyio.current_time()
            os.kill(os.getpid(), signal.SIGSTOP)  # nothing below runs before SIGCONT
            for job in run.jobs:
                job.resume(anyio.current_time() - begun)
            view.start()


def settle(folder: Path) -> None:
    """Make the process the project's own: in its folder, with nothing open that steps inherit."""
    with suppress(OSError):
        os.chdir(folder)
    with suppress(OSError):
        for name in os.listdir("/dev/fd"):  # noqa: PTH208  # names are all that is wanted
            if int(name) > 2:  # noqa: PLR2004  # standard error
                with suppress(OSError):
                    os.set_inheritable(int(name), False)  # noqa: FBT003  # its signature


def allow_open_files(needed: int) -> None:
    """Raise the limit of open files to what a run needs, no further: our steps inherit it."""
    import resource  # noqa: PLC0415  # not on every system

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        wished = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))


def now() -> float:
    return time.time()


def user_and_host() -> tuple[str, str]:
    """Return who runs us and where; empty where the system does not say."""
    import getpass  # noqa: PLC0415  # it loads what reads passwords, too

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = ""
    return user, os.uname().nodename


def holder() -> dict[str, Any]:
    """Return what the project's lock says of us."""
    user, host = user_and_host()
    return {"pid": os.getpid(), "user": user, "host": host, "since": time.time()}


def environment() -> Mapping[str, str]:
    return dict(os.environ)
