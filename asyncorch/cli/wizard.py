"""The interactive workflow: asks for everything a run needs, runs it, and says it as one line.

A wrong answer is explained and asked again. Ctrl-C and the end of input leave with one line, and
nothing has been touched by then.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from asyncorch import config as configuration
from asyncorch import orchestrator, snapshots
from asyncorch.cli import prompts
from asyncorch.cli.projects import project_at
from asyncorch.config import MODES, Config
from asyncorch.errors import UserError
from asyncorch.project import Project
from asyncorch.safetext import safe
from asyncorch.settings import RunSettings
from asyncorch.snapshots import Snapshot

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
    print(f"{RULE}\nPIPELINE ORCHESTRATOR\n{RULE}\n")
    try:
        settings = _ask()
    except EOFError:
        print("\nInput ended: nothing was run")
        return LEFT
    except KeyboardInterrupt:
        print("\nInterrupted: nothing was run")
        return INTERRUPTED
    if settings is None:
        print("Nothing was run")
        return 0
    print(flush=True)
    status = orchestrator.run(settings)
    line = settings.command_line(snapshot=settings.snapshot, app=settings.app or "")
    print(f"\nThe same run without questions:\n  {safe(line)}")
    return status


def _ask() -> RunSettings | None:
    """Return what the person wants to run, or None for Exit."""
    root, config = _project()
    snapshot = _snapshot(Project(root, config.deliveries).deliveries, config.snapshot)
    app = _app(config.app or root.name)
    mode = _mode(configuration.modes(config))
    if mode is None:
        return None
    return RunSettings(root, snapshot=snapshot and snapshot.name, app=app, mode=mode)


def _project() -> tuple[Path, Config]:
    while True:
        answer = prompts.ask("Enter project directory path:", complete=prompts.folders)
        if not answer:
            _explain("type the path of a project folder; `.` is the folder you are in")
            continue
        try:
            root = project_at(answer)
            return root, configuration.load(Project(root))
        except UserError as error:
            _explain(str(error), error.hint)


def _snapshot(deliveries: Path, wanted: str | None) -> Snapshot | None:
    """Return the chosen snapshot; by default the newest, or the one that pipeline.toml names."""
    known = snapshots.listing(deliveries)
    print("\nAvailable snapshots:")
    if not known:
        print(f"  none in {safe(str(deliveries))}: the steps run without one")
        return None
    default = next((s for s in known if s.name == wanted), known[-1])
    for number, snapshot in enumerate(known, 1):
        mark = " (default)" if snapshot is default else ""
        print(f"  {number}. {safe(snapshot.name)}{mark}")
    choices = [(snapshot.name,) for snapshot in known]
    while True:
        answer = prompts.ask("Select snapshot (or press Enter for default):")
        index = known.index(default) if not answer else _index(answer, choices)
        if index is not None:
            print(f"✓ Selected: {safe(known[index].name)}\n")
            return known[index]


def _app(default: str) -> str:
    print(f"The application is `{safe(default)}` if you just press Enter")
    app = prompts.ask("Enter application name:") or default
    print(f"✓ Application: {safe(app)}\n")
    return app


def _mode(modes: dict[str, tuple[str, ...]]) -> str | None:
    names = [*(name for name in MODES if name in modes), *(n for n in modes if n not in MODES)]
    titles = [_title(name, modes[name]) for name in names]
    print("Execution Modes:")
    for number, (title, contents) in enumerate([*titles, ("Exit", "")], 1):
        print(f"  {number}. {title}{f' ({contents})' if contents else ''}")
    choices = [(name, title) for name, (title, _) in zip(names, titles, strict=True)]
    choices.append(("exit", "quit"))
    while True:
        answer = prompts.ask("Select mode:")
        index = _index(answer, choices)
        if index == len(names):
            return None
        if index is not None:
            print(f"✓ Selected: {titles[index][0]}")
            return names[index]


def _title(name: str, phases: tuple[str, ...]) -> tuple[str, str]:
    """Return a mode's title and what it stands for, which a project may have changed."""
    title, contents = _TITLES.get(name, (safe(name), ""))
    return (title, contents) if MODES.get(name) == phases else (title, safe(", ".join(phases)))


def _index(answer: str, choices: Sequence[tuple[str, ...]]) -> int | None:
    """Return which of the choices the answer means, by number or by name; explain a wrong one.

    A number in the list goes before a name that is a number.
    """
    if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(choices):
        return int(answer) - 1
    for index, names in enumerate(choices):
        if answer.casefold() in (name.casefold() for name in names):
            return index
    ...


def _explain(message: str, hint: str | None = None) -> None:
    print(f"✗ {safe(message)}")
    if hint:
        print(f"  {safe(hint)}")
