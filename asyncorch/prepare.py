"""Everything that is decided before the first process starts, and every mistake found by then."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from asyncorch import config as configuration
from asyncorch import cpus, machine, outermake, snapshots
from asyncorch.environment import Environment
from asyncorch.errors import ConfigError, ProjectError, UsageError
from asyncorch.makeflags import Outer, without_descriptors
from asyncorch.model import Phase, Step
from asyncorch.plan import pipeline as pipelines
from asyncorch.plan.globs import expand
from asyncorch.plan.pipeline import Pipeline
from asyncorch.plan.placeholders import FILES, fill
from asyncorch.plan.selection import Selection, select
from asyncorch.project import Project
from asyncorch.quality.stamps import Stamps, content_fingerprint, steps_fingerprint
from asyncorch.resume import Earlier, checked, take_up
from asyncorch.settings import RunSettings
from asyncorch.snapshots import Snapshot
from asyncorch.tables import Config

# What the build stands on beside the promoted artifacts.
VALIDATED = ("work/validated/config", "work/validated/data")
_RESERVED = (*FILES, "path", "tree", "dir", "name", "stem", "suffix", "snapshot", "app", "project")


class Prepared(Struct, frozen=True):
    """A run that can start."""

    project: Project
    config: Config
    pipeline: Pipeline
    selection: Selection
    snapshot: Snapshot | None
    content: str  # the snapshot's fingerprint
    app: str
    concurrency: int
    params: Mapping[str, str]
    values: Mapping[str, str]  # what braces in commands and globs stand for
    stamps: Stamps
    environment: Environment
    warnings: tuple[str, ...]
    wishes: RunSettings  # those of the run that is resumed, if one is
    earlier: Earlier | None = None  # what that run did
    outer: Outer | None = None  # the make that runs us and shares its slots

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Return the phases that this run goes through, in order."""
        return tuple(map(self.pipeline.phase, self.selection.phases))


Method = Callable[..., object]


def prepare(
    settings: RunSettings, methods: Mapping[str, Method], caller: Mapping[str, str]
) -> Prepared:
    """Settle what the run will do.

    `methods` are the phases in code, by phase name; `caller` is the environment that we are in.
    Raises UserError for whatever would stop it.
    """
    if settings.concurrency is not None and settings.concurrency < 1:
        hint = "leave it out for as many as there are CPUs"
        raise UsageError("`concurrency` must be at least 1", hint=hint)
    root = settings.project.absolute()
    config = configuration.load(Project(root))
    project = Project(root, config.deliveries)
    earlier = None
    if settings.resume is not None:
        settings, earlier = take_up(settings, project.runlogs)
    pipeline = pipelines.load(project, config, tuple(methods))
    snapshot = snapshots.choose(project.deliveries, settings.snapshot or config.snapshot)
    app = settings.app or config.app or config.name or root.name or "app"
    params = {**config.params, **settings.params}
    _check_params(params)
    values = {
        **params,
        "app": app,
        "project": str(root),
        "snapshot": snapshot.name if snapshot else "",
    }
    outer, unshared = outermake.seek(caller, settings.concurrency)
    handed_on = without_descriptors(caller)
    environment = Environment(config, caller=handed_on, root=root, wished=settings.env)
    stamps = Stamps(project.work)
    content = content_fingerprint(snapshot.path if snapshot else None)
    doubts: tuple[str, ...] = ()
    if earlier is not None:
        earlier, doubts = checked(earlier, content, remembers=stamps.any)

    def stale(phase: Phase) -> str | None:
        return _stale(
            project,
            phase,
            stamps,
            snapshot=snapshot,
            content=content,
            values=values,
            params=params,
            env_of=environment.that_matters,
        )

    selection = select(
        pipeline,
        mode=settings.mode or config.mode or "full",
        phases=settings.phases,
        implied={"build": (f"{config.gate.source}/**", *(f"{v}/**" for v in VALIDATED))},
        stale=stale,
    )
    _check_methods(methods, selection, params)
    if snapshot is None:
        _check_needs_no_snapshot(project, pipeline, selection)
    if config.build.overlay and not (root / config.build.overlay).is_dir():
        raise ConfigError(
            f"no folder `{config.build.overlay}`", where="pipeline.toml, [build] overlay"
        )
    wished = settings.concurrency or _concurrency(config.concurrency, outer)
    concurrency, fewer = machine.fitting(wished)
    found = (*pipeline.warnings, *([fewer] if fewer else []), *unshared)
    return Prepared(
        project=project,
        config=config,
        pipeline=pipeline,
        selection=selection,
        snapshot=snapshot,
        content=content,
        app=app,
        concurrency=concurrency,
        params=params,
        values=values,
        stamps=stamps,
        environment=environment,
        warnings=(*found, *doubts, *_left_behind(pipeline, selection, stale)),
        wishes=settings,
        earlier=earlier,
        outer=outer,
    )


def _concurrency(configured: int | None, outer: Outer | None) -> int:
    """Return how many may run where nobody has said it on the command line."""
    theirs = outer.jobs if outer else None
    if theirs is None:
        return configured or cpus.usable()
    return min(configured or theirs, theirs)


def _stale(
    project: Project,
    phase: Phase,
    stamps: Stamps,
    *,
    snapshot: Snapshot | None,
    content: str,
    values: Mapping[str, str],
    params: Mapping[str, str],
    env_of: Callable[[Step], Mapping[str, str]],
) -> str | None:
    """Return why the outputs that a phase left cannot be built upon, or None."""
    stamp = stamps.read(phase.name)
    if stamp is None:
        return "its outputs are missing"
    name = snapshot.name if snapshot else None
    steps = steps_fingerprint(phase, project.root, params, env_of)
    reason = stamp.fits(snapshot=name, content=content, steps=steps)
    if reason is not None:
        return reason
    claimed = (output for step in phase.steps for output in stamps.outputs(step.id))
    gone = next((output for output in claimed if not (project.root / output).exists()), None)
    # An output of a rejected file may well be missing: only what an empty folder shows is asked.
    if gone is not None and not (project.root / gone).parent.exists():
        return f"{Path(gone).parent} is gone"
    for step in phase.steps:
        globs = tuple(fill(output, values) for output in step.outputs)
        if globs and not step.foreach and not expand(str(project.root), globs):
            return f"{globs[0]} is gone"
    return None


def _left_behind(
    pipeline: Pipeline, selection: Selection, stale: Callable[[Phase], str | None]
) -> list[str]:
    """Warn of earlier phases whose outputs this run may build upon though they do not fit."""
    first = min((pipeline.phase(name).number for name in selection.phases), default=0)
    return [
        f"phase {phase.name} does not run, and {reason}: this run takes what lies in work/"
        for phase in pipeline.phases
        if phase.number < first and phase.steps and (reason := stale(phase)) is not None
    ]


def _check_needs_no_snapshot(project: Project, pipeline: Pipeline, selection: Selection) -> None:
    for name in selection.phases:
        for step in pipeline.phase(name).steps:
            words = (step.command,) if isinstance(step.command, str) else step.command
            if any("{snapshot}" in text for text in (*words, *step.foreach, *step.inputs)):
                raise ProjectError(
                    f"{step.id} reads a snapshot, and there is none",
                    where=f"{project.deliveries_folder}/",
                    hint="`asyncorch snapshot add SOURCE` takes in a folder, an archive or a URL",
                )


def _check_params(params: Mapping[str, str]) -> None:
    for name in params:
        if name in _RESERVED:
            raise UsageError(
                f"`{name}` is no parameter: asyncorch uses that name", hint="rename it"
            )


def _check_methods(
    methods: Mapping[str, Method], selection: Selection, params: Mapping[str, str]
) -> None:
    for phase, method in methods.items():
        name = getattr(method, "__name__", phase)
        if not inspect.iscoroutinefunction(method):
            hint = f"write `async def {name}(self) -> bool:`"
            raise UsageError(f"`{name}` is no coroutine: it could not be awaited", hint=hint)
        if phase in selection.phases:
            arguments(method, params)


def arguments(method: Method, params: Mapping[str, str]) -> dict[str, str]:
    """Return a phase method's arguments by name; raise UsageError for one that is missing."""
    found = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if name in params:
            found[name] = params[name]
        elif parameter.default is parameter.empty:
            called = getattr(method, "__name__", "the phase")
            hint = f"give it with `--param {name}=…`, or in the table [params] of pipeline.toml"
            raise UsageError(f"`{called}` needs the parameter `{name}`", hint=hint)
    return found
