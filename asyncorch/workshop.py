"""Where the steps of one run are made ready, set running, judged and remembered."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from os.path import isfile  # unlike Path.is_file, false for names that no file can have
from pathlib import Path

from asyncorch import app as world
from asyncorch import jobserver
from asyncorch.app import OpenRun
from asyncorch.dispatch import Dispatcher
from asyncorch.events import Noted
from asyncorch.fanout import Ground, make_ready
from asyncorch.freshness import WHOLE
from asyncorch.freshstore import Store
from asyncorch.job import Shop
from asyncorch.model import Halt, Outcome, Phase, Step
from asyncorch.passed import Passed, memory_of
from asyncorch.phase import Setting
from asyncorch.plan.placeholders import names_in
from asyncorch.prepare import Prepared
from asyncorch.process import Spawn
from asyncorch.quality.ledger import Ledger
from asyncorch.settings import RunSettings
from asyncorch.telling import Judged
from asyncorch.work import Work


class Workshop:
    """What the phases of one run share, wired to the outside world."""

    def __init__(
        self,
        prepared: Prepared,
        settings: RunSettings,
        run: OpenRun,
        ledger: Ledger,
        spawn: Spawn,
    ) -> None:
        self._prepared, self._run, self._ledger = prepared, run, ledger
        self._environment, self._spawn = prepared.environment, spawn
        self._environment.add(self._own_names())
        self._jobserver = self._make_jobserver()
        self._dispatcher = Dispatcher(
            prepared.concurrency, prepared.config.limits, pool=self._jobserver.pool
        )
        self._memory = memory_of(
            prepared,
            Store(prepared.project.work, prepared.project.root),
            run=run.folder.name,
            force=settings.force,
            begun=run.started,
        )
        self._passed = Passed(prepared, self._memory)
        self._shop = self._make_shop()
        self._lists = 0
        self._listed = -1

    def setting(
        self, halt: Halt, take: Callable[[Judged], None], *, is_gate: bool, anew: bool
    ) -> Setting:
        """Return what a phase needs to run; `take` is told of each step that has ended.

        `anew` says that nothing stands which the run that we go on with has done.
        """

        def settle(judged: Judged) -> None:
            self._settle(judged)
            take(judged)

        return Setting(
            shop=self._shop,
            dispatcher=self._dispatcher,
            halt=halt,
            make_ready=self._make_anew if anew else self._make_ready,
            values=self._values,
            settle=settle,
            remember=self._memory.keep,
            seconds=lambda step: self._memory.forecast.whole(step.id) or 0.0,
            fingerprint=self._passed.with_inputs,
            must_have_files=is_gate,
        )

    def recall_rejections(self, before: Phase) -> None:
        """Take over what earlier phases, which do not run now, rejected in their last run."""
        prepared = self._prepared
        name = prepared.snapshot.name if prepared.snapshot else None
        for phase in prepared.pipeline.phases[: before.number - 1]:
            stamp = prepared.stamps.read(phase.name)
            if phase.name not in prepared.selection.phases and stamp and stamp.snapshot == name:
                self._ledger.reject(stamp.rejected)

    def digests(self, folder: Path, names: Sequence[str]) -> dict[str, bytes | None]:
        """Return the sha256 of files below a folder of the project; unchanged ones are not read."""
        below = folder.relative_to(self._prepared.project.root)
        found = self._memory.digests([f"{below}/{name}" for name in names])
        return {name: found[f"{below}/{name}"] for name in names}

    def reports(self) -> tuple[str, ...]:
        """Return the pages for a person that steps of the run's phases declare, and that exist."""
        prepared = self._prepared
        outputs = (
            output for phase in prepared.phases for step in phase.steps for output in step.outputs
        )
        pages = (o for o in outputs if o.endswith((".md", ".html")) and not set(o) & set("*?[{"))
        return tuple(page for page in pages if (prepared.project.root / page).is_file())

    def close(self) -> None:
        self._memory.close()
        self._jobserver.close()

    # --- wiring

    def _make_shop(self) -> Shop:
        prepared, run = self._prepared, self._run
        return Shop(
            emit=run.bus.emit,
            spawn=self._spawn,
            folder=run.folder,
            shown_folder=f"{prepared.project.runlogs.name}/{run.folder.name}",
            root=str(prepared.project.root),
            tails=run.tails,
            now=world.now,
            env_of=self._env_of,
            secrets_of=self._environment.secrets_of,
            all_secrets=tuple(self._environment.secrets.values()),
            in_snapshot=self._in_snapshot,
            grace=prepared.config.grace,
            linger=prepared.config.linger,
            max_log=prepared.config.max_log,
            jobs=run.jobs,
            hurry=run.hurry,
        )

    def _env_of(self, step: Step) -> Mapping[str, str]:
        own = self._environment.of(step, self._prepared.concurrency)
        return self._jobserver.environment(step, own)

    def _make_jobserver(self) -> jobserver.Jobserver:
        prepared = self._prepared
        made = jobserver.set_up(
            (step for phase in prepared.phases for step in phase.steps),
            slots=prepared.concurrency,
            found=prepared.outer,
            root=prepared.project.root,
            env_of=lambda step: self._environment.of(step, prepared.concurrency),
        )
        for step, reason in made.alone.items():
            text = f"{step} does not share slots ({reason}): its MAKEFLAGS are -j and its own slots"
            self._run.bus.emit(Noted(text=text))
        return made

    def _own_names(self) -> dict[str, str]:
        prepared, folder = self._prepared, self._run.folder
        snapshot = prepared.snapshot
        return {
            "ASYNCORCH_PROJECT": str(prepared.project.root),
            "ASYNCORCH_SNAPSHOT": snapshot.name if snapshot else "",
            "ASYNCORCH_SNAPSHOT_DIR": str(snapshot.path) if snapshot else "",
            "ASYNCORCH_APP": prepared.app,
            "ASYNCORCH_WORK": str(prepared.project.work),
            "ASYNCORCH_TARGET": str(prepared.project.target),
            "ASYNCORCH_RUN_ID": folder.name,
            "ASYNCORCH_LOG_DIR": str(folder.path),
            "ASYNCORCH_REJECTED": str(self._rejected_list),
        }

    @property
    def _rejected_list(self) -> Path:
        return self._run.folder.path / "rejected.list"

    def _in_snapshot(self, name: str) -> bool:
        snapshot = self._prepared.snapshot
        return snapshot is not None and isfile(snapshot.path / name)  # noqa: PTH113  # any name

    # --- what a phase asks for

    def _make_ready(self, step: Step) -> Work:
        rows = self._passed.rows(step)
        if rows is not None:
            return Work(step, (), fresh={WHOLE: rows}, whole_fresh=True)
        return self._make_anew(step)

    def fingerprint(self, step: Step) -> str:
        """Return a hash of all that the step says of itself."""
        return self._passed.fingerprint(step)

    def _make_anew(self, step: Step) -> Work:
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
            self._lists += 1
            path = self._run.folder.path / f"files-{self._lists:03d}.list"
            path.write_bytes(b"".join(os.fsencode(name) + b"\0" for name in files))
            values["filelist"] = str(path)
        return values

    def _settle(self, judged: Judged) -> None:
        if judged.summary.outcome not in (Outcome.FRESH, Outcome.SKIPPED):
            self._memory.has_run = True
        self._memory.forget(judged.step, tuple(row.source for row in judged.collided))
        names = judged.work.names if judged.work is not None else {}
        wrong = {row.source for row in judged.rows if row.errors}
        places = {
            of.identity: (file, *of.outputs)
            for file, of in (names.items() if wrong else ())
            if of.identity in wrong
        }
        self._ledger.settle(judged.step.phase, judged.step.name, judged.rows, places)
