"""One run from its first event to its last: phases in order, each judged, stamped and told.

Every phase that starts ends, and RunEnded comes last, whatever happens. A failing machine (no
space, no descriptors) is the reason in the last event; any other exception is a bug and passes on.
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial

import anyio
from msgspec.structs import replace

from asyncorch import app as world
from asyncorch import refusals
from asyncorch.app import OpenRun
from asyncorch.errors import UserError
from asyncorch.events import BuildJudged, RunEnded
from asyncorch.hooks import Hook, hooked, notify
from asyncorch.judging import Gate
from asyncorch.model import Artifacts, Built, Halt, Outcome, Phase, Step
from asyncorch.opening import announce, look_back
from asyncorch.phase import run_phase
from asyncorch.phasebook import PhaseBook
from asyncorch.prepare import Prepared
from asyncorch.process import Spawn
from asyncorch.quality.ledger import Ledger
from asyncorch.quality.stamps import Stamp, together
from asyncorch.runlog import file_name
from asyncorch.settings import RunSettings
from asyncorch.tables import PHASES
from asyncorch.trouble import innermost, machine_trouble
from asyncorch.workshop import Workshop

RunPhase = Callable[[Phase], Awaitable[bool]]
Metrics = Callable[[], dict[str, float | int | str]]


class Engine:
    """Runs what has been prepared; one engine is one run."""

    def __init__(
        self, prepared: Prepared, settings: RunSettings, caller: Mapping[str, str], spawn: Spawn
    ) -> None:
        self._prepared, self._settings = prepared, settings
        self._caller, self._spawn = caller, spawn
        self._ledger = Ledger()
        self._artifacts = Artifacts()
        self._failed: str | None = None  # why the run failed
        self._phase: PhaseBook | None = None
        self._commands = 0
        self._reports: Callable[[], tuple[str, ...]] = tuple
        self.signal: int | None = None

    @property
    def params(self) -> Mapping[str, str]:
        return self._prepared.params

    async def run(self, run_phase: RunPhase, metrics: Metrics, hook: Hook | None) -> int:
        """Run all phases and return the exit status."""
        prepared = self._prepared
        async with world.open_run(
            prepared.project, self._settings, prepared.app, self._caller
        ) as run:
            try:
                async with hooked(run.bus, hook):
                    announce(run, prepared)
                    await look_back(run, prepared)
                    await self._through_phases(run, run_phase, metrics)
            finally:
                self.signal = run.signal
        world.close_run(run, self._settings)
        notify(prepared.config.notify, run.state, run.folder.path, prepared.environment)
        world.retire(run, prepared.project.runlogs, prepared.config.retention)
        return run.state.ended.exit if run.state.ended else 1

    async def _through_phases(self, run: OpenRun, run_phase: RunPhase, metrics: Metrics) -> None:
        self._run, begun = run, anyio.current_time()
        seconds = self._prepared.config.deadline
        try:
            with (
                closing(self._opened(run)),
                run.scope,
                anyio.move_on_after(seconds) as deadline,
            ):
                for name in self._prepared.selection.phases:
                    if not await self._one_phase(self._prepared.pipeline.phase(name), run_phase):
                        break
            if run.lost:
                self._fail(run.lost)
            if deadline.cancelled_caught:
                self._fail(f"the deadline of {seconds:g} s is over")
        except BaseException as error:
            machine = machine_trouble(error)
            self._fail(machine or f"ended by {type(innermost(error)).__name__}")
            if machine is None:  # a cancellation from outside, or a bug
                raise
        finally:
            self._end(run, anyio.current_time() - begun, metrics)

    # --- opening and ending

    def _opened(self, run: OpenRun) -> Workshop:
        """Set up what the phases need: workshop and gate."""
        prepared = self._prepared
        self._workshop = Workshop(prepared, self._settings, run, self._ledger, self._spawn)
        self._reports = self._workshop.reports
        self._gate = Gate(
            prepared.config,
            prepared.project.root,
            run.folder.name,
            self._settings.allow_removal,
            run.bus.emit,
            self._ledger,
            originals=prepared.snapshot.path if prepared.snapshot else None,
            digests=self._workshop.digests,
        )
        return self._workshop

    def _end(self, run: OpenRun, seconds: float, metrics: Metrics) -> None:
        figures: dict[str, float | int | str] = {}
        try:
            figures = dict(metrics())
        except Exception as error:  # noqa: BLE001  # the user's code
            self._fail(f"_calculate_metrics raised {type(error).__name__}: {error}")
        refusals.write(run.folder.path / refusals.NAME, self._ledger)
        status = "interrupted" if run.signal else "failed" if self._failed else "passed"
        code = 128 + run.signal if run.signal else int(bool(self._failed))
        run.bus.emit(
            RunEnded(
                status=status,
                exit=code,
                seconds=round(seconds, 6),
                artifacts=self._artifacts,
                metrics=figures,
                reason=self._failed,
                refused=len(self._ledger.rejected),
                first_refused=refusals.first(self._ledger),
                refused_list=self._shown(refusals.NAME) if self._ledger.rejected else None,
                reports=self._reports(),
            )
        )

    # --- phases

    async def _one_phase(self, phase: Phase, run_phase: RunPhase) -> bool:
        """Run one phase; return whether the next one may begin."""
        self._prepared.stamps.drop(phase.name)
        self._workshop.recall_rejections(phase)
        book = self._phase = PhaseBook(phase, self._run.bus.emit)
        outcome = Outcome.CANCELLED
        try:
            outcome = await self._judged_phase(book, run_phase)
        finally:
            book.close(outcome)
        if outcome is Outcome.PASSED:
            self._stamp(phase)
        if outcome.is_failure:
            self._fail(book.reason or f"phase {phase.name} failed")
        return not outcome.is_failure or self._halt is Halt.NEVER

    async def _judged_phase(self, book: PhaseBook, run_phase: RunPhase) -> Outcome:
        phase = book.phase
        passed = await self._called(book, run_phase)
        if phase.name == self._prepared.config.gate.after and book.judged:
            reason, self._artifacts = await self._gate.close_phase(phase.name, book.judged)
            if reason is not None:
                book.reason = book.reason or reason
                return Outcome.FAILED
        if not passed:
            return Outcome.FAILED
        return Outcome.PASSED if book.opened else Outcome.SKIPPED

    async def _called(self, book: PhaseBook, run_phase: RunPhase) -> bool:
        """Run the phase's method; an exception of the user's own code fails the phase."""
        if book.phase.steps or book.phase.name not in PHASES:
            book.open()
        try:
            return await run_phase(book.phase)
        except UserError as error:
            book.reason = str(error) + (f" ({error.hint})" if error.hint else "")
        except Exception as error:
            if machine_trouble(error) is not None:
                raise
            cause = innermost(error)
            book.reason = f"{type(cause).__name__}: {cause}"
            crash = self._run.folder.path / f"{book.phase.name}-error.txt"
            with suppress(OSError):
                told = self._run.bus.masked(traceback.format_exc())
                crash.write_text(told, errors="backslashreplace")
                book.reason += f" (see {self._shown(crash.name)})"
        book.open()
        return False

    def _stamp(self, phase: Phase) -> None:
        prepared = self._prepared
        stamp = Stamp(
            snapshot=prepared.snapshot.name if prepared.snapshot else None,
            content=prepared.content,
            steps=together(map(self._workshop.fingerprint, phase.steps)),
            run=self._run.folder.name,
            rejected=tuple(self._ledger.of_phase(phase.name)),
        )
        prepared.stamps.write(phase.name, stamp)

    @property
    def _halt(self) -> Halt:
        return self._settings.halt or Halt.SOON

    # --- what a phase is made of

    async def run_steps(self, name: str) -> bool:
        return await self._run_in_phase(self._prepared.pipeline.phase(name))

    async def run_command(
        self,
        command: str | Sequence[str],
        description: str,
        *,
        cwd: str | None,
        env: Mapping[str, str] | None,
        timeout: float | None,  # noqa: ASYNC109  # of the process, not of this call
    ) -> int:
        book = self._book()
        self._commands += 1
        step = Step(
            phase=book.phase.name,
            name=f"{file_name(description).lower()}-{self._commands}",
            command=command if isinstance(command, str) else tuple(command),
            title=description,
            cwd=cwd or "",
            env=dict(env or {}),
            timeout=timeout,
            rows=book.phase.name in ("validate", self._prepared.config.gate.after),
        )
        book.open()
        return await self._run_one(step)

    async def _run_one(self, step: Step, *, anew: bool = False) -> int:
        """Run a step that the plan does not know; return its exit status as a shell would."""
        book = self._book()
        phase = replace(book.phase, steps=(step,), sequential=False)
        await self._run_in_phase(phase, anew=anew)
        summary = book.summaries[step.name]
        status = summary.exit
        if status is None:  # it has not run: it stands from the run before, or could not start
            return int(not summary.outcome.is_success)
        return status if status >= 0 else 128 - status

    async def _run_in_phase(self, phase: Phase, *, anew: bool = False) -> bool:
        book = self._book()
        is_gate = phase.name == self._prepared.config.gate.after
        setting = self._workshop.setting(self._halt, book.take, is_gate=is_gate, anew=anew)
        if phase.steps:
            book.open()
        return (await run_phase(phase, setting)) in (Outcome.PASSED, Outcome.SKIPPED)

    # --- the build

    async def build(self) -> bool:
        """Build with the tool of `[build]`; nothing to build is no failure."""
        from asyncorch.building import Build  # noqa: PLC0415  # not every run comes to its build

        build = Build(
            self._prepared,
            self._ledger,
            environ=self._prepared.environment.of_nobody(),
            run_one=partial(self._run_one, anew=True),  # its folder is laid out anew
            judge=self._judge_build,
        )
        return await build.build(self._book())

    def judge_own_build(self, *, passed: bool) -> None:
        """Count for a build tool of a subclass's own, which tells only whether it passed."""
        if self._artifacts.built is None and self._book().opened:
            self._judge_build(Built(passed=passed, named=frozenset(), packages=()))

    def _judge_build(self, built: Built) -> None:
        if self._ledger.gate_ran:  # else nobody knows how many were successful
            count = built.count(self._artifacts.successful)
            self._artifacts = replace(self._artifacts, built=count)
            self._run.bus.emit(BuildJudged(built=count, packages=built.packages))

    # --- small things

    def _book(self) -> PhaseBook:
        if self._phase is None:
            raise RuntimeError("no phase is running: call this from a `<name>_phase` method")
        return self._phase

    def _shown(self, name: str) -> str:
        return f"{self._prepared.project.runlogs.name}/{self._run.folder.name}/{name}"

    def _fail(self, reason: str) -> None:
        self._failed = self._failed or reason
