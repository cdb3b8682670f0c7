"""Run one phase: its steps side by side, never more at once than there are slots and limits.

However a phase ends (passed, halted, a signal, a bug) every StepStarted is followed by one
StepEnded, and `settle` has been told of every step that became ready. There are as many tasks as
processes, and none for what waits.
"""

from __future__ import annotations

from collections.abc import Callable

import anyio
import anyio.lowlevel
from msgspec import Struct
from msgspec.structs import replace

from asyncorch.dispatch import Claim, Dispatcher
from asyncorch.errors import UserError
from asyncorch.job import Shop, run_job
from asyncorch.memory import Made, seconds_of, weight_of
from asyncorch.model import Halt, Outcome, Phase, Step, StepSummary, together
from asyncorch.plan.order import after
from asyncorch.plan.placeholders import fill_command
from asyncorch.quality.rows import Files
from asyncorch.step import Job, StepRun
from asyncorch.telling import Judged, Teller
from asyncorch.work import Work, files_of


class Setting(Struct, frozen=True):
    """What all phases of a run share."""

    shop: Shop
    dispatcher: Dispatcher
    halt: Halt
    make_ready: Callable[[Step], Work]  # expands a fan-out; a UserError fails the step
    values: Callable[[Work, tuple[str, ...]], dict[str, str]]  # what braces in a command stand for
    settle: Callable[[Judged], None]  # told of each step that has ended, before its StepEnded
    remember: Callable[[Made], None] = lambda _: None
    seconds: Callable[[Step], float] = lambda _: 0.0  # what a step took in earlier runs
    fingerprint: Callable[[Step], str] = lambda _: ""  # all that a step says of itself
    must_have_files: bool = False  # of the gate phase: an empty fan-out fails it


async def run_phase(phase: Phase, setting: Setting) -> Outcome:
    """Run all steps of the phase and return how it ended.

    A step that fails is an outcome, not an exception: what is raised here is a bug.
    """
    return await _PhaseRun(phase, setting).run()


class _PhaseRun:
    def __init__(self, phase: Phase, setting: Setting) -> None:
        self._phase, self._setting = phase, setting
        self._tell = Teller(phase, setting.shop.emit, setting.fingerprint)
        self._waiting = list(phase.in_sequence)
        self._after = after(self._waiting, setting.seconds)  # the seconds of those who need a step
        self._runs: dict[str, StepRun] = {}
        self._begun: dict[str, float] = {}
        self._submitted: dict[str, int] = {}
        self._summaries: dict[str, StepSummary] = {}
        self._due: list[tuple[float, StepRun, Job]] = []
        self._opening = False
        self._ready: list[tuple[StepRun, Job]] = []
        self._wake = anyio.Event()
        self._blocking: set[str] = set()  # those who need these cannot run
        self._halted: str | None = None
        self._tasks = anyio.create_task_group()

    async def run(self) -> Outcome:
        cut_off = True
        try:
            async with self._tasks:
                self._open_ready()
                await self._until_done()
            cut_off = False
        finally:
            outcome = self._close(cut_off=cut_off)
        return outcome

    async def _until_done(self) -> None:
        """Wait until all steps have ended; start the retries that become due."""
        while self._runs or self._waiting or self._due:
            next_due = min((when for when, _, _ in self._due), default=float("inf"))
            with anyio.move_on_after(next_due - anyio.current_time()):
                await self._wake.wait()
            self._wake = anyio.Event()
            self._submit_due()

    def _submit_due(self) -> None:
        now = anyio.current_time()
        due = [item for item in self._due if item[0] <= now]
        self._due = [item for item in self._due if item[0] > now]
        for _, run, job in due:
            self._submit(run, job)

    # --- steps become ready, start and end

    def _open_ready(self) -> None:
        """Make ready what waits for nobody any more; steps may end at once, so until none is."""
        if self._opening:  # a step that ends at once is opening those who need it: the loop sees
            return
        self._opening = True
        while ready := [s for s in self._waiting if self._is_ready(s)]:
            self._waiting = [s for s in self._waiting if not self._is_ready(s)]
            for step in ready:
                self._open(step)
        self._opening = False
        self._hand_on()
        if not self._runs and not self._due:
            stuck, self._waiting = self._waiting, []
            for step in stuck:  # the plan forbids circles; a phase comes to its end all the same
                self._blocking.add(step.name)
                self._skip(step, Outcome.SKIPPED, "needs steps that wait for it")
            self._wake.set()

    def _is_ready(self, step: Step) -> bool:
        return all(need in self._summaries for need in step.needs)

    def _open(self, step: Step) -> None:
        reason = self._halted or self._unmet(step)
        if reason is not None:
            self._blocking.add(step.name)
            self._skip(step, Outcome.SKIPPED, reason)
            return
        try:
            work = self._setting.make_ready(step)
        except UserError as error:
            self._skip(step, Outcome.FAILED, str(error))
            return
        if not work.batches and not work.fresh and not work.whole_fresh:
            self._pass_over(step, work)
            return
        run = self._runs[step.name] = StepRun(work)
        self._submitted[step.name] = 0
        if not work.batches:  # up to date, all of it
            self._begin(run)
            run.outcome = Outcome.FRESH
        self._advance(run)

    def _unmet(self, step: Step) -> str | None:
        failed = [n for n in step.needs if n in self._blocking]
        return f"needs {failed[0]}, which {self._summaries[failed[0]].outcome}" if failed else None

    def _pass_over(self, step: Step, work: Work) -> None:
        rejected = f", {work.rejected} rejected before" if work.rejected else ""
        reason = f"no file matches {' '.join(step.foreach)}{rejected}"
        if self._setting.must_have_files:
            self._skip(step, Outcome.FAILED, reason, work)
        else:
            self._tell.warning(f"{step.id} is passed over: {reason}")
            self._skip(step, Outcome.SKIPPED, reason, work)

    def _skip(self, step: Step, outcome: Outcome, reason: str, work: Work | None = None) -> None:
        """End a step that has not started; one that fails for it has a start and an end, too."""
        summary = self._summaries[step.name] = StepSummary(step.name, outcome)
        self._setting.settle(Judged(step, summary, work))
        if outcome is Outcome.FAILED:
            self._blocking.add(step.name)
            self._tell.started(step, work)
            self._tell.ended(step, summary, reason=reason)
            self._halt(step)

    def _advance(self, run: StepRun) -> None:
        """Hand on the jobs that a step has come up with; end the step when none is left."""
        for job in run.take():
            if job.attempt > 1:
                self._tell.retried(run.step, job)
            if job.delay:
                self._due.append((anyio.current_time() + job.delay, run, job))
                self._wake.set()
            else:
                self._submit(run, job)
        if run.finished:
            self._end(run)

    def _submit(self, run: StepRun, job: Job) -> None:
        self._submitted[run.step.name] += 1
        self._ready.append((run, replace(job, expected=seconds_of(run.work, job))))
        if not self._opening:
            self._hand_on()

    def _hand_on(self) -> None:
        """Submit what is ready, and of what is opened together the longest first."""
        ready, self._ready = self._ready, []
        self._tell.expected([job for _, job in ready], waiting=len(self._waiting))
        weighed = [(weight_of(job, self._after[run.step.name]), run, job) for run, job in ready]
        for weight, run, job in sorted(weighed, key=lambda item: -item[0]):
            self._line_up(run, job, weight)

    def _line_up(self, run: StepRun, job: Job, weight: float) -> None:
        claim = Claim(run.step.slots, run.step.limits)

        def start() -> None:
            self._submitted[run.step.name] -= 1
            name = f"{run.step.id} {job.batch.number}"
            self._tasks.start_soon(self._work, run, job, claim, name=name)

        self._setting.dispatcher.submit(claim, start, run, weight)

    def _begin(self, run: StepRun) -> None:
        if run.step.name not in self._begun:
            self._begun[run.step.name] = anyio.current_time()
            run.started()
            self._tell.started(run.step, run.work)
            self._tell.rows(run.step, [row for rows in run.work.fresh.values() for row in rows])

    async def _work(self, run: StepRun, job: Job, claim: Claim) -> None:
        """See one process through, from its slot to its end."""
        try:
            async with self._setting.dispatcher.turn(run.step):
                await anyio.lowlevel.checkpoint_if_cancelled()
                if self._halted is None:
                    await self._one_process(run, job)
                else:  # in the moment between its slot and its start
                    run.withdrawn(1, f"halted: {self._halted}")
            self._advance(run)  # those who come up now compete for the slot
        finally:
            self._setting.dispatcher.release(claim)

    async def _one_process(self, run: StepRun, job: Job) -> None:
        self._begin(run)
        shop, step = self._setting.shop, run.step
        root = shop.root if step.cwd else None
        files = files_of(run.work, job.batch, root) if run.work.names else Files({})
        given = tuple(f"{root}/{f}" for f in job.batch.files) if root else job.batch.files
        argv = fill_command(step.command, self._setting.values(run.work, given), given)
        end = await run_job(shop, step, job, argv=argv, files=files)
        rows = run.ended(job, end)
        self._tell.rows(run.step, rows)
        if (rows or end.outcome is Outcome.PASSED) and not run.outcome.is_failure:
            what = run.work, job.batch.files, tuple(rows), frozenset(run.unsure), end.seconds
            self._setting.remember(Made(*what))
        if run.outcome.is_failure:
            self._halt(step)  # before the slot is free, or one more step slips in

    def _end(self, run: StepRun) -> None:
        if run.step.name not in self._runs:
            return
        del self._runs[run.step.name]
        self._conclude(run)
        self._open_ready()

    def _conclude(self, run: StepRun) -> None:
        rows = run.book.settled()
        for complaint in run.book.complaints:
            self._tell.warning(f"{run.step.id}: {complaint}")
        self._tell.rows(run.step, run.book.collisions)
        if not run.outcome.is_success:
            self._blocking.add(run.step.name)
        started = run.step.name in self._begun
        seconds = anyio.current_time() - self._begun.get(run.step.name, anyio.current_time())
        summary = self._summaries[run.step.name] = StepSummary(
            run.step.name, run.outcome, run.exit, round(seconds, 6), run.log
        )
        collided = tuple(run.book.collisions)
        self._setting.settle(Judged(run.step, summary, run.work, tuple(rows), collided))
        if started:
            self._tell.ended(run.step, summary, run=run, rows=rows, reason=run.reason)

    # --- halting

    def _halt(self, step: Step) -> None:
        if self._setting.halt is Halt.NEVER or self._halted is not None:
            return
        self._halted = f"{step.id} failed"
        self._due, due, self._ready = [], self._due, []
        for _, run, _ in due:
            run.withdrawn(1, f"halted: {self._halted}")
        self._setting.dispatcher.withdraw(set(self._runs.values()))
        for run in list(self._runs.values()):
            run.cancel(f"halted: {self._halted}")
            run.withdrawn(self._submitted[run.step.name], f"halted: {self._halted}")
            self._submitted[run.step.name] = 0
        for run in list(self._runs.values()):
            if run.finished:
                self._end(run)
        self._open_ready()
        if self._setting.halt is Halt.NOW:
            self._tasks.cancel_scope.cancel()

    # --- the end of the phase

    def _close(self, *, cut_off: bool) -> Outcome:
        """Tell how all steps ended, those included that a cancellation has cut off."""
        self._setting.dispatcher.withdraw(set(self._runs.values()))
        for run in list(self._runs.values()):
            if run.step.name in self._begun and not run.outcome.is_failure:
                run.outcome, run.reason = Outcome.CANCELLED, run.reason or "ended by asyncorch"
            del self._runs[run.step.name]
            self._conclude(run)
        return together((s.outcome for s in self._summaries.values()), cut_off=cut_off)
