"""PipelineOrchestrator: the phases of a pipeline in order, and the seams for code of one's own.

    run                      everything, from the first check to the summary
      <name>_phase           one phase: its steps, or whatever a subclass does
        run_steps            the steps of a phase, side by side
        run_command          one command with a log of its own, under the same limits
        _execute_build       the build tool, in work/build
      _calculate_metrics     figures of one's own for the summary
      on_event               told of every event, in a task of its own

A phase that ends false fails the run; `halt` says what that means for those behind it.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from msgspec.structs import replace

from asyncorch import app as world
from asyncorch import config as configuration
from asyncorch.engine import Engine
from asyncorch.errors import ConfigError
from asyncorch.events import Event
from asyncorch.lock import locked
from asyncorch.model import Phase
from asyncorch.prepare import Method, arguments, prepare
from asyncorch.process import Spawn, spawn
from asyncorch.project import Project
from asyncorch.settings import RunSettings


class PipelineOrchestrator:
    """Runs one project's pipeline; subclass it to add phases, a build tool, metrics or a hook."""

    def __init__(
        self,
        project: str | Path = ".",
        *,
        snapshot: str | None = None,
        app: str | None = None,
        mode: str | None = "full",
        concurrency: int | None = None,
        params: Mapping[str, str] | None = None,
    ) -> None:
        self.settings = RunSettings(
            Path(project),
            snapshot=snapshot,
            app=app,
            mode=mode,
            concurrency=concurrency,
            params=dict(params or {}),
        )
        self.signal: int | None = None  # that ended the run
        self._engine: Engine | None = None
        self._spawn: Spawn = spawn

    # --- the run

    async def run(self) -> int:
        """Run the pipeline and return its exit status: 0, 1, or 128 and the signal that ended it.

        Raises UserError before anything has started.
        """
        methods = self._methods()
        caller = world.environment()
        prepared = prepare(self.settings, methods, caller)
        async with locked(prepared.project.work, world.holder(), self.settings.wait):
            if self.settings.wait:  # what another run has done meanwhile counts
                prepared = prepare(self.settings, methods, caller)
            world.allow_open_files(4 * prepared.concurrency + 64)
            engine = self._engine = Engine(prepared, self.settings, caller, self._spawn)
            try:
                return await engine.run(self._run_phase, self._calculate_metrics, self._hook())
            finally:
                self.signal = engine.signal

    async def _run_phase(self, phase: Phase) -> bool:
        method = getattr(self, f"{phase.name.replace('-', '_')}_phase", None)
        if method is None:
            return await self.run_steps(phase.name)
        return bool(await method(**arguments(method, self._running.params)))

    def _methods(self) -> dict[str, Method]:
        """Return the phases that a subclass has in code, in the order of their definition."""
        found: dict[str, Method] = {}
        for kind in reversed(type(self).__mro__):
            if kind not in PipelineOrchestrator.__mro__:
                for name in vars(kind):
                    if name.endswith("_phase") and not name.startswith("_"):
                        phase = name.removesuffix("_phase").replace("_", "-")
                        found[phase] = getattr(self, name)
        return found

    def _hook(self) -> Any:
        overridden = type(self).on_event is not PipelineOrchestrator.on_event
        return self.on_event if overridden else None

    @property
    def _running(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("this works while the pipeline runs: call it from a phase")
        return self._engine

    # --- what phases are made of

    async def run_steps(self, phase: str) -> bool:
        """Run the steps of a phase side by side; return whether all passed."""
        return await self._running.run_steps(phase)

    async def run_command(
        self,
        command: str | Sequence[str],
        description: str,
        *,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # of the process, not of this call
    ) -> int:
        """Run one command with a log of its own; return its exit status, as a shell would.

        A string goes to the shell, a list is run as it is. Several at once wait for slots like any
        step. `timeout` is in seconds.
        """
        return await self._running.run_command(
            command, description, cwd=cwd, env=env, timeout=timeout
        )

    async def extract_phase(self) -> bool:
        return await self.run_steps("extract")

    async def validate_phase(self) -> bool:
        return await self.run_steps("validate")

    async def analyze_phase(self) -> bool:
        return await self.run_steps("analyze")

    async def transform_phase(self) -> bool:
        return await self.run_steps("transform")

    async def build_phase(self) -> bool:
        if not await self.run_steps("build"):
            return False
        passed = await self._execute_build()
        self._running.judge_own_build(passed=passed)
        return passed

    # --- seams

    async def _execute_build(self) -> bool:
        """Build what was promoted with the tool of `[build]`; override it for another tool."""
        return await self._running.build()

    def _calculate_metrics(self) -> dict[str, float | int | str]:
        """Return figures of one's own; they appear in the summary and in summary.json."""
        return {}

    async def on_event(self, event: Event) -> None:
        """Be told of an event; a hook that hangs or raises holds nobody up."""


def run(settings: RunSettings) -> int:
    """Run a project with its own orchestrator class, if pipeline.toml names one.

    Return the exit status, or minus N when signal N ended the run. Raises UserError.
    """
    # What is loaded by now stays: to look through it for garbage again and again takes longer than
    # to find out that a hundred thousand files are up to date.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    orchestrator = _class_of(settings)(settings.project)
    root = settings.project.absolute()
    orchestrator.settings = replace(settings, project=root)
    world.settle(root)
    orchestrator._spawn = partial(spawn, quick=True)  # noqa: SLF001  # our own class
    status = anyio.run(orchestrator.run)
    return -orchestrator.signal if orchestrator.signal else status


def methods_of(settings: RunSettings) -> dict[str, Method]:
    """Return the phases in code of the project's orchestrator class."""
    return _class_of(settings)(settings.project)._methods()  # noqa: SLF001  # our own class


def _class_of(settings: RunSettings) -> type[PipelineOrchestrator]:
    root = settings.project.absolute()
    name = configuration.load(Project(root)).orchestrator
    if name is None:
        return PipelineOrchestrator
    module, _, wanted = name.partition(":")
    where = "pipeline.toml, `orchestrator`"
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        found = getattr(importlib.import_module(module), wanted)
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}"
        hint = f"`python -c 'import {module}'` in the project folder shows where"
        raise ConfigError(f"`{name}` cannot be loaded: {reason}", where=where, hint=hint) from error
    if not (isinstance(found, type) and issubclass(found, PipelineOrchestrator)):
        hint = "write `class Mine(PipelineOrchestrator):`"
        raise ConfigError(f"`{name}` is no PipelineOrchestrator", where=where, hint=hint)
    return found
