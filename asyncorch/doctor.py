"""What of the project, and of the machine for it, would stop a run, found without a run.

An error would stop it, or a step of it; a warning may; everything else is said to be ok.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

from asyncorch import config as configuration
from asyncorch import cpus, lockwatch, orchestrator, orphans, snapshots
from asyncorch.build.base import BuildContext
from asyncorch.build.registry import choose
from asyncorch.environment import Environment
from asyncorch.errors import UserError
from asyncorch.machine import ERROR, OK, WARNING, Finding, machine
from asyncorch.model import Step
from asyncorch.plan import pipeline as pipelines
from asyncorch.plan.pipeline import Pipeline
from asyncorch.plan.scripts import python
from asyncorch.project import Project
from asyncorch.settings import RunSettings
from asyncorch.tables import Config

_FUTURE = 60.0  # seconds
_SHELL = frozenset(  # what a shell does itself
    shlex.split(
        ". : [ alias bg break case cd command continue do echo eval exec exit export false fg for "
        "function if printf pwd read return set shift source test then time times trap true type "
        "ulimit umask unset until wait while { ( !"
    )
)


def examine(root: Path, caller: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found, good and bad; `caller` is the environment that we are in."""
    config, pipeline = Config(), None
    try:
        config = configuration.load(Project(root))
        methods = orchestrator.methods_of(RunSettings(root))
        pipeline = pipelines.load(Project(root, config.deliveries), config, tuple(methods))
    except UserError as error:
        yield Finding(ERROR, "configuration", str(error), error.hint)
    project = Project(root, config.deliveries)
    yield from machine(root, config.concurrency or cpus.usable())
    yield from folders(project, config)
    yield from runs(project)
    if pipeline is not None:
        yield Finding(OK, "configuration", "valid")
        yield from data(project, pipeline)
        yield from tools(project, config, pipeline, caller)


def folders(project: Project, config: Config) -> Iterator[Finding]:
    """Look whether a run may write where it has to."""
    target = project.root / config.gate.target
    log = (project.root / config.gate.log).parent
    wanted = (project.root, project.work, project.runlogs, project.target, target, log)
    refused = [path for path in dict.fromkeys(wanted) if os.path.lexists(path) and _refuses(path)]
    for path in refused:
        hint = f"`chmod u+rwx {shlex.quote(str(path))}`, or mount it for writing"
        yield Finding(ERROR, "folders", f"{path} cannot be written to", hint)
    if not refused:
        yield Finding(OK, "folders", "can be written to")


def _refuses(path: Path) -> bool:
    return not (path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK))


def runs(project: Project) -> Iterator[Finding]:
    """Look who holds the project, and what interrupted runs have left."""
    holder = lockwatch.holder(project.work)
    if holder is not None:
        hint = "wait for it with `--wait 1h`, or end it with Ctrl-C or `kill`"
        yield Finding(ERROR, "lock", holder, hint)
    else:
        yield Finding(OK, "lock", "free")
        for run in orphans.interrupted(project.runlogs, ""):
            living = len(run.living())
            left = f", and {living} of its processes still run" if living else ""
            hint = "`asyncorch run --resume` goes on with it; the next run ends its processes"
            yield Finding(WARNING, "interrupted", f"{run.run} never ended{left}", hint)
    yield from _times(project, time.time())


def _times(project: Project, now: float) -> Iterator[Finding]:
    for path in (project.config, project.runlogs, project.deliveries, project.work):
        try:
            ahead = path.stat().st_mtime - now
        except OSError:
            continue
        if ahead > _FUTURE:
            text = f"{path.name} was changed {ahead:,.0f} s from now"
            hint = "the clock went back, or that of another machine is wrong"
            yield Finding(WARNING, "clock", text, hint)


def data(project: Project, pipeline: Pipeline) -> Iterator[Finding]:
    """Look whether there is anything to do, and anything to do it with."""
    for warning in pipeline.warnings:
        yield Finding(WARNING, "configuration", warning)
    if not any(phase.steps for phase in pipeline.phases):
        hint = "`asyncorch init` writes some, or put a script into tools/pipeline"
        yield Finding(WARNING, "steps", "the project has none", hint)
    known = snapshots.listing(project.deliveries)
    if known:
        yield Finding(OK, "snapshots", f"{len(known)}, the newest is {known[-1].name}")
    else:
        hint = "`asyncorch snapshot add SOURCE` takes in a folder, an archive or a URL"
        yield Finding(WARNING, "snapshots", f"none in {project.deliveries_folder}/", hint)


def tools(
    project: Project, config: Config, pipeline: Pipeline, caller: Mapping[str, str]
) -> Iterator[Finding]:
    """Look for the programs and libraries of the steps, and for the build tool."""
    try:
        environment = Environment(config, caller=caller, root=project.root, wished={})
    except UserError as error:
        yield Finding(ERROR, "environment", str(error), error.hint)
        return
    steps = [step for phase in pipeline.phases for step in phase.steps]
    lacking = [*_programs(project, steps, environment), *_libraries(project, steps)]
    yield from lacking
    if steps and not lacking:
        yield Finding(OK, "tools", f"the programs and libraries of {len(steps)} steps are there")
    unset = sorted({name for step in steps for name in step.secrets} - {*environment.secrets})
    for name in unset:
        hint = "set it in the environment, or in a file of `env_files`"
        yield Finding(WARNING, "secrets", f"`{name}` is not set", hint)
    path = environment.of_nobody().get("PATH", os.defpath)
    yield from _build(project, config, path, own=any(step.phase == "build" for step in steps))


def _programs(project: Project, steps: list[Step], environment: Environment) -> Iterator[Finding]:
    for step in steps:
        program = _program(step)
        path = environment.of(step, 1).get("PATH", os.defpath)
        folder = project.root / step.cwd
        if program is None or _is_there(program, folder, path):
            continue
        # What a shell makes of a string is its own business: there it may be a mistake of ours.
        level = WARNING if isinstance(step.command, str) else ERROR
        hint = f"install it, or mend `run` of [steps.{step.id}]"
        yield Finding(level, "programs", f"{step.id} runs `{program}`, which is not there", hint)


def _program(step: Step) -> str | None:
    """Return the program that a step starts, None where that cannot be said."""
    if not isinstance(step.command, str):
        return None if "{" in step.command[0] else step.command[0]
    try:
        words = shlex.split(step.command, comments=True)
    except ValueError:
        return None
    first = next((word for word in words if "=" not in word), "")
    plain = first and first not in _SHELL and not set(first) & set("{}$`();|&<>*?~")
    return first if plain else None


def _is_there(program: str, folder: Path, path: str) -> bool:
    if "/" in program:
        return os.access(folder / program, os.X_OK)
    return shutil.which(program, path=path) is not None


def _libraries(project: Project, steps: list[Step]) -> Iterator[Finding]:
    """Look for what the headers of Python scripts name as their dependencies."""
    interpreter = python(project)
    wanted: dict[str, str] = {}
    for step in steps:
        if step.command and step.command[0] == interpreter:
            wanted |= {_plain(name): step.id for name in step.libraries if name not in wanted}
    if not wanted:
        return
    folders = [str(path) for path in project.root.glob(".venv/lib/python*/site-packages")]
    own = sys.path if interpreter == sys.executable else folders
    there = {_plain(found.name) for found in distributions(path=own)}
    for name, step_id in sorted(wanted.items()):
        if name not in there:
            shown = "" if interpreter == sys.executable else " in the project's .venv"
            hint = (
                f"`{shlex.quote(interpreter)} -m pip install 'asyncorch[tools]'`, or {name} alone"
            )
            text = f"{step_id} needs `{name}`, which is not installed{shown}"
            yield Finding(ERROR, "libraries", text, hint)


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _build(project: Project, config: Config, path: str, *, own: bool) -> Iterator[Finding]:
    """Look for the build tool of what would be built: the newest snapshot, or what was laid out."""
    if own and config.build.tool == "auto":
        return
    known = snapshots.listing(project.deliveries)
    candidates = [project.work / "build", *(snapshot.path for snapshot in known[-1:])]
    for folder in (folder for folder in candidates if folder.is_dir()):
        tool = choose(config.build.tool, folder)
        if tool is None:
            continue
        context = BuildContext(folder, "app", 1, python(project), path)
        lacking = tool.missing(context)
        if lacking is not None:
            yield Finding(ERROR, "build", f"{tool.name} is not installed", lacking)
        else:
            yield Finding(OK, "build", f"by {tool.name}")
        return
