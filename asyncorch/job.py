"""Run one job: one process with its log, its rows counted as they come, ended by whatever must.

Every BatchStarted is followed by one BatchEnded, and the process is gone by then, however the job
ends: by itself, by its timeout, by silence, or because we are cancelled.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import anyio
import anyio.to_thread
from msgspec import Struct, field

from asyncorch.descendants import MARK, holders
from asyncorch.events import BatchEnded, BatchStarted, Emit, Noted
from asyncorch.model import LOG_LIMIT, Batch, Outcome, Row, Step, exit_words
from asyncorch.process import CannotStartError, Command, Process, Spawn
from asyncorch.quality.rows import Files, RawRow, resolve
from asyncorch.quality.suspect import Search, patterns
from asyncorch.redacting import Pump, scan
from asyncorch.redactor import Redactor
from asyncorch.runlog import Log, RunFolder
from asyncorch.safetext import safe
from asyncorch.sizes import binary
from asyncorch.step import Job, JobEnd
from asyncorch.tails import Tail, Tails
from asyncorch.trouble import refusal

_POLL = 0.05
_SHOWN = 400
_LOOKED_THROUGH = 1 << 22  # bytes: a gigabyte of output must not be read again for a guess
_LAST_READ = 30.0  # seconds for what a cancelled process has left to be read


class Shop(Struct, frozen=True):
    """What running processes needs from the outside world: all of it handed in."""

    emit: Emit
    spawn: Spawn
    folder: RunFolder
    shown_folder: str  # runlogs/<run>, as the project's user sees it
    root: str
    tails: Tails
    now: Callable[[], float]  # seconds since the epoch, for names and headers only
    env_of: Callable[[Step], Mapping[str, str]]
    in_snapshot: Callable[[str], bool]
    grace: float = 5.0
    linger: float = 1.0  # for those who still hold the log of a process that ended well
    jobs: set[JobRun] = field(default_factory=set)
    max_log: int = LOG_LIMIT  # bytes, of a step that has no limit of its own
    hurry: anyio.Event = field(default_factory=anyio.Event)  # set: no more grace
    secrets_of: Callable[[Step], tuple[str, ...]] = lambda _: ()  # values that it gets
    all_secrets: tuple[str, ...] = ()  # values of the run


async def run_job(
    shop: Shop, step: Step, job: Job, *, argv: tuple[str, ...], files: Files
) -> JobEnd:
    """Run the job's process to its end and return how it ended.

    When cancelled, it ends the process, tells so, and passes the cancellation on.
    """
    log = _open_log(shop, step, job.batch, job.attempt)
    try:
        return await _run(shop, step, job, argv=argv, files=files, log=log)
    finally:
        log.close()


def _open_log(shop: Shop, step: Step, batch: Batch, attempt: int) -> Log:
    name = shop.folder.log_name(step.id, shop.now(), batch=batch.number, attempt=attempt)
    path = shop.folder.path / name
    count = 1
    while path.exists():  # two attempts, or two commands of one name, in the same second
        count += 1
        path = shop.folder.path / f"{name.removesuffix('.log')}-{count}.log"
    return Log(path, 0o600 if step.secrets else 0o666)


async def _run(
    shop: Shop, step: Step, job: Job, *, argv: tuple[str, ...], files: Files, log: Log
) -> JobEnd:
    cwd = str(Path(shop.root, step.cwd)) if step.cwd else shop.root
    log.header(argv, cwd, shop.now())
    begun = anyio.current_time()
    pump, sink = _pump(shop, step, log)
    try:
        env = {**shop.env_of(step), MARK: f"{shop.folder.mark}/{log.path.name}"}
        process = await shop.spawn(Command(argv, cwd, env), sink)
    except CannotStartError as error:
        if pump is not None:
            await anyio.to_thread.run_sync(pump.stop)
        log.footer(f"not started: {error.reason}", 0.0)
        if (machine := refusal(error.__cause__)) is not None:
            raise machine from error
        return JobEnd(
            Outcome.FAILED,
            error.exit,
            0.0,
            _shown(shop, log),
            started=False,
            reason=error.reason,
        )
    finally:
        if sink != log.fd:
            os.close(sink)
    job_run = JobRun(shop, step, job, files=files, log=log, begun=begun, pump=pump)
    try:
        return await job_run.see_through(process)
    finally:
        process.release()


def _pump(shop: Shop, step: Step, log: Log) -> tuple[Pump | None, int]:
    """Return what the process is to write to: its log, or a pipe that a redactor empties."""
    values = shop.secrets_of(step)
    if not values:
        return None, log.fd
    source, sink = os.pipe()
    pump = Pump(source, log.fd, Redactor(values))
    pump.start()
    return pump, sink


class JobRun:
    """One running process and what is known of it."""

    def __init__(
        self,
        shop: Shop,
        step: Step,
        job: Job,
        *,
        files: Files,
        log: Log,
        begun: float,
        pump: Pump | None,
    ) -> None:
        self.shop, self.step, self.job, self.files, self.log = shop, step, job, files, log
        self._begun, self._pump = begun, pump
        self._scope = anyio.CancelScope()
        self._stopped: tuple[Outcome, str] | None = None  # for a limit that it exceeded
        self._search = Search(patterns(step.fail_if)) if step.fail_if else None
        self._tail = Tail(
            log,
            step.phase,
            step.name,
            job.batch.number,
            known=files.known or None,
            resolve=self._resolved if step.rows else None,
            stop=self._stop,
            quiet=step.quiet,
            most=step.max_log or shop.max_log,
            search=self._search,
        )

    async def see_through(self, process: Process) -> JobEnd:
        self._emit_started(process)
        self._process = process
        if self.step.memory is not None:
            self._tail.memory = (process.family, self.step.memory)
        self.shop.tails.add(self._tail)
        self.shop.jobs.add(self)
        try:
            outcome, exit_code, reason = await self._wait(process)
            self.shop.tails.remove(self._tail)
            if outcome is Outcome.PASSED and (line := await self._suspect()):
                await process.end(self.shop.grace, self.shop.hurry)
                outcome, reason = Outcome.FAILED, f"exit 0, but its output says: {line}"
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                exit_code = await process.end(self.shop.grace, self.shop.hurry)
                with anyio.move_on_after(_LAST_READ):
                    await self._end(Outcome.CANCELLED, exit_code, "ended by asyncorch")
            raise
        finally:
            self.shop.tails.remove(self._tail)
            self.shop.jobs.discard(self)
        return await self._end(outcome, exit_code, reason)

    def pause(self) -> None:
        """Stop all of the process, as Ctrl-Z stops us."""
        self._process.send(signal.SIGSTOP)

    def resume(self, slept: float) -> None:
        """Let it go on; the seconds that it was stopped do not count."""
        self._process.send(signal.SIGCONT)
        self._scope.deadline += slept
        self._tail.forgive(slept)

    async def _wait(self, process: Process) -> tuple[Outcome, int, str | None]:
        timeout = self.step.timeout
        self._scope.deadline = anyio.current_time() + timeout if timeout else float("inf")
        with self._scope:
            exit_code = await process.wait()
        if self._scope.cancelled_caught:
            outcome, reason = self._stopped or (Outcome.TIMED_OUT, f"ran longer than {timeout:g} s")
            exit_code = await process.end(self.shop.grace, self.shop.hurry)
            return outcome, exit_code, reason
        if exit_code == 0:
            return Outcome.PASSED, 0, await self._linger(process)
        # What a failed process leaves behind is ended with it.
        await process.end(self.shop.grace, self.shop.hurry)
        return Outcome.FAILED, exit_code, None

    def _stop(self, outcome: Outcome, reason: str) -> None:
        self._stopped = self._stopped or (outcome, reason)
        self._scope.cancel()

    async def _suspect(self) -> str | None:
        """Return the line of output that makes its exit status of 0 a lie."""
        await self._drain()
        search = self._search
        if search is not None:
            await self._tail.catch_up()
        elif self.step.fail_if is None and self.log.size() > self.log.start:
            search = Search(patterns(None))  # what these look for comes at the end
            start = max(self.log.start, self.log.size() - _LOOKED_THROUGH)
            async for chunk in self.log.chunks(start):
                search.feed(chunk)
        line = search.finish() if search is not None else None
        return None if line is None else safe(line[:_SHOWN])

    async def _drain(self) -> None:
        if self._pump is not None:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._pump.stop)

    async def _linger(self, process: Process) -> str | None:
        """Give others who still write to the log a moment; return who holds it even then."""
        if not process.has_left_others():
            return None
        if self._pump is not None:
            all_out = await anyio.to_thread.run_sync(self._pump.wait, self.shop.linger)
            return None if all_out else "others still write, and it goes into no log any more"
        until = anyio.current_time() + self.shop.linger
        while held := holders(process.family, self.log.path):
            if anyio.current_time() >= until:
                return f"the log is still held by {', '.join(held)}"
            await anyio.sleep(_POLL)
        return None

    async def _end(self, outcome: Outcome, exit_code: int, reason: str | None) -> JobEnd:
        seconds = anyio.current_time() - self._begun
        words = exit_words(exit_code)
        await self._drain()
        self.log.footer(f"{words} ({reason})" if reason else words, seconds)
        rows = tuple(await self._tail.finish())
        if gone := await self._tail.cut():
            text = f"{self.step.id}: {binary(gone)} of its log were dropped, see `max_log`"
            self.shop.emit(Noted(text=text, level="warning"))
        shown = _shown(self.shop, self.log)
        self.shop.emit(
            BatchEnded(
                phase=self.step.phase,
                step=self.step.name,
                batch=self.job.batch.number,
                attempt=self.job.attempt,
                outcome=outcome,
                exit=exit_code,
                seconds=round(seconds, 6),
                log=shown,
                rows=self._tail.reader.rows,
                errors=self._tail.reader.errors,
                reason=reason,
            )
        )
        tail = () if outcome is Outcome.PASSED else tuple(map(safe, self.log.tail()))
        if self.shop.all_secrets:
            await anyio.to_thread.run_sync(scan, self.log.path, self.shop.all_secrets)
        return JobEnd(outcome, exit_code, seconds, shown, rows, reason=reason, tail=tail)

    def _resolved(self, raw: RawRow) -> Row:
        return resolve(raw, self.files, self.shop.in_snapshot)

    def _emit_started(self, process: Process) -> None:
        self.shop.emit(
            BatchStarted(
                phase=self.step.phase,
                step=self.step.name,
                batch=self.job.batch.number,
                attempt=self.job.attempt,
                files=len(self.job.batch.files),
                pid=process.pid,
                log=_shown(self.shop, self.log),
                expected=self.job.expected,
            )
        )


def _shown(shop: Shop, log: Log) -> str:
    return f"{shop.shown_folder}/{log.path.name}"
