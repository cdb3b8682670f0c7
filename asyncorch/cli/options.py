"""The words that commands share: the options of a run, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from asyncorch.model import Halt
from asyncorch.settings import RunSettings

F = TypeVar("F", bound=Callable[..., Any])


class Folder(click.ParamType):
    """A folder's name; whether it is there is for the command to say."""

    name = "folder"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="dir")]


class Pair(click.ParamType):
    """NAME=VALUE."""

    name = "pair"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        name, equals, text = str(value).partition("=")
        if not equals:
            self.fail(f"`{value}` has no `=`, write `{name}=VALUE`", param, ctx)
        if not name:
            self.fail(f"`{value}` has no name before the `=`", param, ctx)
        return name, text


class Count(click.ParamType):
    """A whole number from 1 up."""

    name = "count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not (str(value).isascii() and str(value).isdigit() and 0 < int(str(value)[:9])):
            self.fail(f"`{value}` is not a whole number from 1 up", param, ctx)
        return int(value)


PROGRESS = ("auto", "live", "plain", "none")
_SELECTION = (
    click.option("--snapshot", metavar="NAME", help="input data (default: the newest)"),
    click.option("--app", metavar="NAME", help="application (default: the project folder's name)"),
    click.option("--mode", metavar="NAME", help="which phases: analysis, transform-build, full"),
    click.option(
        "--phase", "phases", metavar="NAME", multiple=True, help="only this phase (repeatable)"
    ),
    click.option(
        "--concurrency", "-j", metavar="N", type=Count(), help="processes at once (default: CPUs)"
    ),
    click.option("--force", is_flag=True, help="run what is up to date as well"),
    click.option(
        "--env", metavar="K=V", type=Pair(), multiple=True, help="variable for every step"
    ),
    click.option(
        "--param", "params", metavar="K=V", type=Pair(), multiple=True, help="value for {K}"
    ),
)
_RUNNING = (
    click.option(
        "--halt",
        type=click.Choice([halt.value for halt in Halt]),
        help="on a failure: end what runs, start nothing new, go on (default: soon)",
    ),
    click.option(
        "--progress", type=click.Choice(PROGRESS), default="auto", help="what the screen shows"
    ),
    click.option("--json", is_flag=True, help="events as JSON lines on standard output"),
    click.option("--dry-run", is_flag=True, help="only show what would run"),
    click.option("--allow-removal", is_flag=True, help="let the gate remove many artifacts"),
)


def selection(command: F) -> F:
    """Add the options that say what would run."""
    return _with(_SELECTION, command)


def running(command: F) -> F:
    """Add all options of a run."""
    return _with((*_SELECTION, *_RUNNING), command)


def _with(options: tuple[Callable[[Any], Any], ...], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def settings(project: Path, *, halt: str | None = None, **options: Any) -> RunSettings:
    """Return the wishes that the options express."""
    options["env"] = dict(options["env"])
    options["params"] = dict(options["params"])
    return RunSettings(project=project, halt=Halt(halt) if halt else None, **options)
