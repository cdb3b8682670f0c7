"""The interactive workflow: asks for everything a run needs, runs it, and says it as one line.

A wrong answer is explained and asked again. Ctrl-C and the end of input leave with one line, and
nothing has been touched by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from asyncorch import config as configuration
from asyncorch import orchestrator, snapshots
from asyncorch.cli import prompts
from asyncorch.cli.projects import project_at
from asyncorch.errors import UserError
from asyncorch.plan import pipeline as pipelines
from asyncorch.plan.pipeline import Pipeline
from asyncorch.project import Project
from asyncorch.safetext import safe
from asyncorch.settings import RunSettings
from asyncorch.snapshots import Snapshot
from asyncorch.tables import MODES, Config

RULE = "=" * 60
_TITLES = {
    "analysis": ("Analysis Only", ""),
    "transform-build": ("Transform and Build", ""),
    "full": ("Full Pipeline", "Analysis + Transform + Build"),
}
LEFT = 1  # the input ended before a run began: a script that pipes answers should notice
INTERRUPTED = 130


def converse() -> int:
    """Ask, run, and return the run's exit status."""
    click.echo(f"{RULE}\nPIPELINE ORCHESTRATOR\n{RULE}\n")
    try:
        settings = _ask()
    except EOFError:
        click.echo("\nInput ended: nothing was run")
        return LEFT
    except KeyboardInterrupt:
        click.echo("\nInterrupted: nothing was run")
        return INTERRUPTED
    if settings is None:
        click.echo("Nothing was run")
        return 0
    click.echo()
    status = orchestrator.run(settings)
    line = settings.command_line(snapshot=settings.snapshot, app=settings.app or "")
    click.echo(f"\nThe same run without questions:\n  {safe(line)}")
    return status


def _ask() -> RunSettings | None:
    """Return what the person wants to run, or None for Exit."""
    root, config, pipeline = _project()
    snapshot = _snapshot(Project(root, config.deliveries).deliveries, config.snapshot)
    app = _app(config.app or config.name or root.name or "app")
    mode = _mode(pipeline.modes)
    if mode is None:
        return None
    return RunSettings(root, snapshot=snapshot.name if snapshot else None, app=app, mode=mode)


def _project() -> tuple[Path, Config, Pipeline]:
    """Return a project and all that is set in it, so that its mistakes are told here."""
    while True:
        answer = prompts.ask("Enter project directory path:", complete=prompts.folders)
        if not answer:
            prompts.explain("type the path of a project folder; `.` is the folder you are in")
            continue
        try:
            return _loaded(project_at(_unquoted(answer)))
        except UserError as error:
            prompts.explain(str(error), error.hint)


def _loaded(root: Path) -> tuple[Path, Config, Pipeline]:
    config = configuration.load(Project(root))
    methods = orchestrator.methods_of(RunSettings(root))
    return root, config, pipelines.load(Project(root), config, tuple(methods))


def _unquoted(path: str) -> str:
    """Return a path without the quotes that a shell, or a file manager, has put around it."""
    quoted = len(path) > 1 and path[0] == path[-1] and path[0] in "'\""
    return path[1:-1] if quoted else path


def _snapshot(deliveries: Path, wanted: str | None) -> Snapshot | None:
    """Return the chosen snapshot; by default the newest, or the one that pipeline.toml names."""
    known = snapshots.listing(deliveries)
    click.echo("\nAvailable snapshots:")
    if not known:
        click.echo(f"  none in {safe(str(deliveries))}: the steps run without one\n")
        return None
    default = next((s for s in known if s.name == wanted), known[-1])
    for number, snapshot in enumerate(known, 1):
        mark = " (default)" if snapshot is default else ""
        click.echo(f"  {number}. {safe(snapshot.name)}{mark}")
    choices = [(snapshot.name,) for snapshot in known]
    while True:
        answer = prompts.ask("Select snapshot (or press Enter for default):")
        index = known.index(default) if not answer else prompts.pick(answer, choices)
        if index is not None:
            click.echo(f"✓ Selected: {safe(known[index].name)}\n")
            return known[index]


def _app(default: str) -> str:
    click.echo(f"The application is `{safe(default)}` if you just press Enter")
    app = prompts.ask("Enter application name:") or default
    click.echo(f"✓ Application: {safe(app)}\n")
    return app


def _mode(modes: Mapping[str, tuple[str, ...]]) -> str | None:
    names = [*(name for name in MODES if name in modes), *(n for n in modes if n not in MODES)]
    titles = [_title(name, modes[name]) for name in names]
    click.echo("Execution Modes:")
    for number, (title, contents) in enumerate([*titles, ("Exit", "")], 1):
        click.echo(f"  {number}. {title}{f' ({contents})' if contents else ''}")
    choices = [(name, title) for name, (title, _) in zip(names, titles, strict=True)]
    choices.append(("exit", "quit"))
    while True:
        answer = prompts.ask("Select mode:")
        index = prompts.pick(answer, choices)
        if index == len(names):
            return None
        if index is not None:
            click.echo(f"✓ Selected: {titles[index][0]}")
            return names[index]


def _title(name: str, phases: tuple[str, ...]) -> tuple[str, str]:
    """Return a mode's title and what it stands for, which a project may have changed."""
    title, contents = _TITLES.get(name, (safe(name), ""))
    return (title, contents) if MODES.get(name) == phases else (title, safe(", ".join(phases)))
