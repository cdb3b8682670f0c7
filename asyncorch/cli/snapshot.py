"""`asyncorch snapshot add`, `list` and `diff`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from asyncorch import intake, snapshots
from asyncorch.cli.messages import counted, say
from asyncorch.cli.options import folders
from asyncorch.cli.projects import configured, project_at
from asyncorch.cli.shape import CONTEXT, Group
from asyncorch.safetext import safe

F = TypeVar("F", bound=Callable[..., Any])
_KIB = 1024
EXAMPLES = """\b
examples:
  asyncorch snapshot add ~/exports/2024-11 --name 2024-11
  asyncorch snapshot list
  asyncorch snapshot diff 2024-10 2024-11
"""
TAKES = """\
copy a folder, unpack an archive or clone a git URL into a new snapshot

Links that lead out, special files and git's own files are left out.
"""
ADD = """\b
examples:
  asyncorch snapshot add ../legacy/src
  asyncorch snapshot add delivery.tar.gz --name v7
  asyncorch snapshot add https://git.example.org/team/shop.git
"""


@click.group(
    "snapshot",
    cls=Group,
    context_settings=CONTEXT,
    epilog=EXAMPLES,
    subcommand_metavar="COMMAND ...",
    help="take input data in, list it, compare it: one folder of deliveries/ a snapshot",
)
def command() -> None:
    pass


def _of_project(function: F) -> F:
    return click.option(
        "--project", metavar="DIR", shell_complete=folders, default=".", help="default: this folder"
    )(function)


@command.command(
    "add",
    context_settings=CONTEXT,
    epilog=ADD,
    help=TAKES,
    short_help="take a folder, an archive or a git URL in",
)
@click.argument("source")
@click.option("--name", metavar="NAME", help="default: snapshot-N, the next number")
@_of_project
def add(source: str, name: str | None, project: str) -> None:
    deliveries = configured(project_at(project)).deliveries
    made, taken = intake.add(deliveries, source, name, environ=os.environ)
    place = safe(str(_as_seen(made.path)))
    say(f"✓ {made.name}: {counted(taken.files, 'file')}, {_size(taken.size)} in {place}")
    if taken.below:
        say(f"  taken from the archive's folder {safe(taken.below)}/")
    for why, count in sorted(taken.left_out.items()):
        say(f"  left out: {count:,} {why}")
    default = snapshots.choose(deliveries, None)
    if default and default != made:
        option = f"`asyncorch run --snapshot {made.name}`"
        say(f"  a run takes {safe(default.name)}, which sorts last; for this one: {option}")


@command.command(
    "list",
    context_settings=CONTEXT,
    help="list the snapshots; a run takes the last one by default",
    short_help="list the snapshots",
)
@_of_project
def list_(project: str) -> None:
    deliveries = configured(project_at(project)).deliveries
    known = snapshots.listing(deliveries)
    for snapshot in known:
        click.echo(_quoted(snapshot.name))
    if not known:
        say(f"no snapshots in {safe(str(_as_seen(deliveries)))}")


@command.command(
    "diff",
    context_settings=CONTEXT,
    help="compare two snapshots by content: `A` is only in NEW, `D` only in OLD, `M` differs",
    short_help="compare two snapshots",
)
@click.argument("old")
@click.argument("new")
@_of_project
def diff(old: str, new: str, project: str) -> None:
    deliveries = configured(project_at(project)).deliveries
    one, other = _chosen(deliveries, old), _chosen(deliveries, new)
    found = intake.diff(one, other)
    lines = [("A", path) for path in found.added]
    lines += [("D", path) for path in found.removed]
    lines += [("M", path) for path in found.changed]
    for letter, path in sorted(lines, key=lambda line: line[1]):
        click.echo(f"{letter} {_quoted(path)}")
    say(
        f"{len(found.added):,} added, {len(found.removed):,} removed, "
        f"{len(found.changed):,} changed, {found.unchanged:,} unchanged"
    )


def _chosen(deliveries: Path, name: str) -> Path:
    snapshot = snapshots.choose(deliveries, name)
    assert snapshot is not None  # noqa: S101  # a name is found or an error
    return snapshot.path


def _size(size: float) -> str:
    if size < _KIB:
        return counted(int(size), "byte")
    for unit in ("KiB", "MiB"):
        size /= _KIB
        if size < _KIB:
            return f"{size:,.1f} {unit}"
    return f"{size / _KIB:,.1f} GiB"


def _as_seen(path: Path) -> Path:
    """Return the path as seen from here, if it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _quoted(name: str) -> str:
    """Return a name as one line: as it is, or quoted and escaped where a terminal would obey it."""
    if name.isprintable() and not name.startswith('"'):
        return name
    return '"' + "".join(map(_escaped, name)) + '"'


def _escaped(character: str) -> str:
    if character in '\\"':
        return "\\" + character
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":  # a byte that is no text
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
