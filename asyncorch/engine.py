"""One run from its first event to its last: phases in order, each judged, stamped and told.

Every phase that starts ends, and RunEnded comes last, whatever happens. A failing machine (no
space, no descriptors) is the reason in the last event; any other exception is a bug and passes on.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from os.path import isfile  # unlike Path.is_file, false for names that no file can have
from pathlib import Path

import anyio

from asyncorch import __version__, orphans, refusals
from asyncorch import app as world
from asyncorch.app import OpenRun
from asyncorch.building import Build, Built
from asyncorch.dispatch import Dispatcher
from asyncorch.errors import UserError
from asyncorch.events import (
    BuildJudged,
    Noted,
    RunEnded,
    RunStarted,
)
from asyncorch.fanout import Ground, make_ready
from asyncorch.freshstore import Store
from asyncorch.hooks import Hook, hooked, notify
from asyncorch.job import Shop
from asyncorch.judging import Gate
from asyncorch.memory import Memory
from asyncorch.model import Artifacts, Halt, Outcome, Phase, Step
from asyncorch.phase import Judged, Made, Setting, run_phase
from asyncorch.phasebook import PhaseBook
from asyncorch.plan.placeholders import names_in
from asyncorch.prepare import Prepared
from asyncorch.process import spawn
from asyncorch.quality.ledger import Ledger
from asyncorch.quality.stamps import Stamp, steps_fingerprint
from asyncorch.redactor import Redactor, too_short
from asyncorch.retention import prune
from asyncorch.runlog import file_name
from asyncorch.settings import RunSettings
from asyncorch.step import Work
from asyncorch.tables import PHASES
from asyncorch.trouble import innermost, machine_trouble

RunPhase = Callable[[Phase], Awaitable[bool]]
Metrics = Callable[[], dict[str, float | int | str]]


class Engine:
    """Runs what has been prepared; one engine is one run."""

    def __init__(
        self, prepared: Prepared, settings: RunSettings, caller: Mapping[str, str]
    ) -> None:
        self._prepared, self._settings, self._caller = prepared, settings, caller
        self._ledger = Ledger()
        self._dispatcher = Dispatcher(prepared.concurrency, prepared.config.limits)
        self._artifacts = Artifacts()
        self._failed: str | None = None  # why the run failed
        self._phase: PhaseBook | None = None
        self._commands = 0
        self._listed = -1
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
                    self._open(run)
                    await self._look_back(run)
                    begun = anyio.current_time()
                    await self._through_phases(run, run_phase, begun, metrics)
            finally:
                self.signal = run.signal
        world.close_run(run, self._settings)
        notify(prepared.config.notify, run.state, run.folder.path, self._environment)
        if prepared.config.retention is not None:
            for _ in prune(
                prepared.project.runlogs,
                prepared.config.retention,
                now=world.now(),
                keep=(run.folder.name,),
                alone=True,
            ):
                pass
        return run.state.ended.exit if run.state.ended else 1

    async def _through_phases(
        self, run: OpenRun, run_phase: RunPhase, begun: float, metrics: Metrics
    ) -> None:
        try:
            with run.scope, anyio.move_on_after(self._prepared.config.deadline) as deadline:
                for name in self._prepared.selection.phases:
                    if not await self._one_phase(self._prepared.pipeline.phase(name), run_phase):
                        break
            if run.lost:
                self._fail(run.lost)
            if deadline.cancelled_caught:
                self._fail(f"the deadline of {self._prepared.config.deadline:g} s is over")
        except BaseException as error:
            machine = machine_trouble(error)
            self._fail(machine or f"ended by {type(innermost(error)).__name__}")
            if machine is None:  # a cancellation from outside, or a bug
                raise
        finally:
            self._end(run, anyio.current_time() - begun, metrics)

    # --- opening and ending

    def _open(self, run: OpenRun) -> None:
        prepared, settings = self._prepared, self._settings
        self._run = run
        root = str(prepared.project.root)
        shown = f"{prepared.project.runlogs.name}/{run.folder.name}"
        snapshot = prepared.snapshot
        self._environment = prepared.environment
        if self._environment.secrets:
            run.bus.redactor = Redactor(self._environment.secrets.values())
        self._environment.add(self._own_names(root, run.folder.path))
        self._shop = Shop(
            emit=run.bus.emit,
            spawn=spawn,
            folder=run.folder,
            shown_folder=shown,
            root=root,
            tails=run.tails,
            now=world.now,
            env_of=lambda step: self._environment.of(step, prepared.concurrency),
            secrets_of=lambda step: tuple(
                self._environment.secrets[name]
                for name in step.secrets
                if name in self._environment.secrets
            ),
            all_secrets=tuple(self._environment.secrets.values()),
            in_snapshot=self._in_snapshot,
            grace=prepared.config.grace,
            linger=prepared.config.linger,
            jobs=run.jobs,
            hurry=run.hurry,
        )
        self._memory = Memory(
            Store(prepared.project.work, prepared.project.root),
            prepared.project.root,
            app=prepared.app,
            values=prepared.values,
            params=prepared.params,
            environment=self._environment,
            gate=self._artifact_folder,
            force=settings.force,
        )
        self._gate = Gate(
            prepared.config,
            prepared.project.root,
            run.folder.name,
            settings.allow_removal,
            run.bus.emit,
            self._ledger,
            originals=snapshot.path if snapshot else None,
            compiles=False,  # 4 MB/s: the tools that ship have compiled it already
        )
        self._build = Build(
            prepared,
            self._ledger,
            environ=self._environment.of_nobody(),
            run_one=self._run_one,
            judge=self._judge_build,
        )
        user, host = world.user_and_host()
        run.bus.emit(
            RunStarted(
                run=run.folder.name,
                app=prepared.app,
                snapshot=snapshot.name if snapshot else None,
                mode=prepared.selection.mode,
                phases=prepared.selection.phases,
                concurrency=prepared.concurrency,
                project=root,
                folder=shown,
                version=__version__,
                user=user,
                host=host,
                content=prepared.content,
                command=settings.command_line(
                    snapshot=snapshot.name if snapshot else None,
                    app=prepared.app,
                    secrets=prepared.config.secrets,
                ),
            )
        )
        for name in too_short(self._environment.secrets):
            self._note(
                f"the value of the secret `{name}` is too short to be looked for: "
                "it is withheld, and not masked",
                level="warning",
            )
        for warning in prepared.warnings:
            self._note(warning, level="warning")
        for phase, reason in prepared.selection.added.items():
            self._note(f"phase {phase} runs first: {reason}")

    async def _look_back(self, run: OpenRun) -> None:
        """Say what was interrupted before, and end what still runs of it."""
        for before in orphans.interrupted(self._prepared.project.runlogs, run.folder.name):
            ended = await orphans.end(before, self._prepared.config.grace)
            left = f"; {ended} of its processes still ran, and were ended" if ended else ""
            self._note(f"run {before.run} never ended{left}", level="warning")

    def _own_names(self, root: str, folder: Path) -> dict[str, str]:
        prepared = self._prepared
        snapshot = prepared.snapshot
        return {
            "ASYNCORCH_PROJECT": root,
            "ASYNCORCH_SNAPSHOT": snapshot.name if snapshot else "",
            "ASYNCORCH_SNAPSHOT_DIR": str(snapshot.path) if snapshot else "",
            "ASYNCORCH_APP": prepared.app,
            "ASYNCORCH_WORK": str(prepared.project.work),
            "ASYNCORCH_TARGET": str(prepared.project.target),
            "ASYNCORCH_RUN_ID": self._run.folder.name,
            "ASYNCORCH_LOG_DIR": str(folder),
            "ASYNCORCH_REJECTED": str(self._rejected_list),
        }

    @property
    def _rejected_list(self) -> Path:
        return self._run.folder.path / "rejected.list"

    def _recall_rejections(self, before: Phase) -> None:
        """Take over what earlier phases, which do not run now, rejected in their last run."""
        prepared = self._prepared
        name = prepared.snapshot.name if prepared.snapshot else None
        for phase in prepared.pipeline.phases[: before.number - 1]:
            stamp = prepared.stamps.read(phase.name)
            if phase.name not in prepared.selection.phases and stamp and stamp.snapshot == name:
                self._ledger.reject(stamp.rejected)

    def _end(self, run: OpenRun, seconds: float, metrics: Metrics) -> None:
        self._memory.close()
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
            )
        )

    # --- phases

    async def _one_phase(self, phase: Phase, run_phase: RunPhase) -> bool:
        """Run one phase; return whether the next one may begin."""
        self._prepared.stamps.drop(phase.name)
        self._recall_rejections(phase)
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
        if book.phase.steps or not _is_shipped(book.phase.name):
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
                crash.write_text(traceback.format_exc(), errors="backslashreplace")
                book.reason += f" (see {self._shown(crash.name)})"
        book.open()
        return False

    def _stamp(self, phase: Phase) -> None:
        prepared = self._prepared
        stamp = Stamp(
            snapshot=prepared.snapshot.name if prepared.snapshot else None,
            content=prepared.content,
            steps=steps_fingerprint(
                phase, prepared.project.root, prepared.params, prepared.env_that_matters
            ),
            run=self._run.folder.name,
            rejected=tuple(self._ledger.of_phase(phase.name)),
        )
        prepared.stamps.write(phase.name, stamp)

    @property
    def _halt(self) -> Halt:
        return self._settings.halt or Halt.SOON

    # --- what a phase is made of

    async def run_steps(self, name: str) -> bool:
        phase = self._prepared.pipeline.phase(name)
        return await self._run_in_phase(phase)

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

    async def _run_one(self, step: Step) -> int:
        """Run a step that the plan does not know; return its exit status as a shell would."""
        book = self._book()
        await self._run_in_phase(replace(book.phase, steps=(step,), sequential=False))
        status = book.summaries[step.name].exit
        if status is None:
            return 1
        return status if status >= 0 else 128 - status

    async def _run_in_phase(self, phase: Phase) -> bool:
        gate_phase = phase.name == self._prepared.config.gate.after
        setting = Setting(
            shop=self._shop,
            dispatcher=self._dispatcher,
            halt=self._halt,
            make_ready=self._make_ready,
            values=self._values,
            settle=self._settle,
            remember=self._remember,
            must_have_files=gate_phase,
        )
        if phase.steps:
            self._book().open()
        return (await run_phase(phase, setting)) in (Outcome.PASSED, Outcome.SKIPPED)

    def _make_ready(self, step: Step) -> Work:
        prepared = self._prepared
        ground = Ground(
            root=prepared.project.root,
            values=prepared.values,
            ledger=self._ledger,
            stamps=prepared.stamps,
            slots=prepared.concurrency,
            gate_phase=prepared.config.gate.after,
            gate_source=prepared.config.gate.source,
            memory=self._memory,
        )
        self._list_rejected()
        return make_ready(step, ground, self._environment.of(step, prepared.concurrency))

    def _list_rejected(self) -> None:
        """Keep the list of rejected sources up to date, for tools that find their files alone."""
        if len(self._ledger.rejected) != self._listed:
            self._listed = len(self._ledger.rejected)
            names = sorted(os.fsencode(name) for name in self._ledger.rejected)
            self._rejected_list.write_bytes(b"\0".join(names))

    def _values(self, work: Work, files: tuple[str, ...]) -> dict[str, str]:
        values = dict(self._prepared.values)
        if "filelist" in names_in(work.step.command):
            self._commands += 1
            path = self._run.folder.path / f"files-{self._commands:03d}.list"
            path.write_bytes(b"".join(os.fsencode(name) + b"\0" for name in files))
            values["filelist"] = str(path)
        return values

    def _remember(self, made: Made) -> None:
        self._memory.keep(made.work, made.files, made.rows, made.unsure)

    def _settle(self, judged: Judged) -> None:
        self._memory.forget(judged.step, tuple(row.source for row in judged.collided))
        places: dict[str, tuple[str, ...]] = {}
        if judged.work is not None:
            names = judged.work.names
            places = {of.identity: (file, *of.outputs) for file, of in names.items()}
        self._ledger.settle(judged.step.phase, judged.step.name, judged.rows, places)
        self._book().take(judged)

    # --- the build

    async def build(self) -> bool:
        """Build with the tool of `[build]`; nothing to build is no failure."""
        return await self._build.build(self._book())

    def judge_own_build(self, *, passed: bool) -> None:
        """Count for a build tool of a subclass's own, which tells only whether it passed."""
        if self._artifacts.built is None and self._book().opened:
            self._judge_build(Built(passed=passed, named=frozenset(), packages=()))

    def _in_snapshot(self, name: str) -> bool:
        snapshot = self._prepared.snapshot
        return snapshot is not None and isfile(snapshot.path / name)  # noqa: PTH113  # any name

    def _artifact_folder(self, step: Step) -> str | None:
        gate = self._prepared.config.gate
        return gate.source if step.phase == gate.after else None

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

    def _note(self, text: str, level: str = "note") -> None:
        self._run.bus.emit(Noted(text=text, level=level))

    def _shown(self, name: str) -> str:
        return f"{self._shop.shown_folder}/{name}"

    def _fail(self, reason: str) -> None:
        self._failed = self._failed or reason


def _is_shipped(phase: str) -> bool:
    return phase in PHASES
