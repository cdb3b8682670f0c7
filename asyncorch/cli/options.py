"""The words that commands share: the options of a run, and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from asyncorch.durations import seconds
from asyncorch.model import Halt
from asyncorch.settings import RunSettings

F = TypeVar("F", bound=Callable[..., Any])


def folders(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001  # click's signature
    """Let the shell complete a folder's name."""
    return [CompletionItem(incomplete, type="dir")]


def pair(word: str) -> tuple[str, str]:
    """Return the name and the value of NAME=VALUE."""
    name, equals, value = word.partition("=")
    if not equals:
        raise click.BadParameter(f"`{word}` has no `=`, write `{name}=VALUE`")
    if not name:
        raise click.BadParameter(f"`{word}` has no name before the `=`")
    return name, value


def count(word: str) -> int:
    """Return a whole number from 1 up."""
    if not re.fullmatch("0*[1-9][0-9]{0,8}", word):
        raise click.BadParameter(f"`{word}` is not a whole number from 1 up")
    return int(word)


def duration(word: str) -> float:
    """Return seconds from `90s`, `10m`, `1h30m`."""
    try:
        return seconds(word)
    except ValueError as error:
        raise click.BadParameter(f"`{word}`: {error}") from error


PROGRESS = ("auto", "live", "plain", "none")
_SELECTION = (
    click.option("--snapshot", metavar="NAME", help="input data (default: the newest)"),
    click.option("--app", metavar="NAME", help="application (default: the project's name)"),
    click.option("--mode", metavar="NAME", help="analysis, transform-build, full (default)"),
    click.option(
        "--phase", "phases", metavar="NAME", multiple=True, help="only this phase (repeatable)"
    ),
    click.option(
        "--concurrency", "-j", metavar="N", type=count, help="processes at once (default: CPUs)"
    ),
    click.option("--force", is_flag=True, help="run what is up to date as well"),
    click.option("--env", metavar="K=V", type=pair, multiple=True, help="variable for every step"),
    click.option(
        "--param", "params", metavar="K=V", type=pair, multiple=True, help="value for {K}"
    ),
)
_RUNNING = (
    click.option(
        "--halt",
        metavar="WHEN",
        type=click.Choice([halt.value for halt in Halt]),
        help="after a failure: now, soon (default) or never",
    ),
    click.option(
        "--progress",
        metavar="HOW",
        type=click.Choice(PROGRESS),
        default="auto",
        help="the display: auto, live, plain or none",
    ),
    click.option("--json", is_flag=True, help="events as JSON lines on standard output"),
    click.option("--dry-run", is_flag=True, help="only show what would run"),
    click.option(
        "--wait",
        metavar="TIME",
        type=duration,
        help="wait so long for another run of the project to end",
    ),
    click.option(
        "--resume",
        metavar="[RUN]",
        is_flag=False,
        flag_value="",
        help="go on with a run that was interrupted or failed (default: the last)",
    ),
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
    options["wait"] = options.get("wait") or 0.0
    return RunSettings(project=project, halt=Halt(halt) if halt else None, **options)
