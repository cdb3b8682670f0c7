"""`asyncorch init`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from asyncorch import scaffold
from asyncorch.cli.messages import counted, say, warn
from asyncorch.cli.options import folders
from asyncorch.cli.projects import new_folder
from asyncorch.cli.shape import CONTEXT, Command
from asyncorch.safetext import safe
from asyncorch.scaffold import Written

HELP = "write a project into DIR (default: this folder); what is there already is kept"
EXAMPLES = """\b
examples:
  asyncorch init shop
  asyncorch init --template empty
"""
_TOOLS = "tools/pipeline/"


@click.command("init", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("folder", metavar="[DIR]", shell_complete=folders, default=".")
@click.option(
    "--template",
    metavar="NAME",
    type=click.Choice(list(scaffold.TEMPLATES)),
    default="full",
    help="; ".join(f"{name}: {what}" for name, what in scaffold.TEMPLATES.items()),
)
def command(folder: str, template: str) -> None:
    for line in told(scaffold.write(new_folder(folder), template)):
        say(line)
    missing = scaffold.missing_packages() if template == "full" else []
    if missing:
        warn(f"the tools need {', '.join(missing)}: {scaffold.EXTRA}")
    say("\nnext:")
    if folder != ".":
        say(f"  cd {safe(folder)}")
    say("  asyncorch snapshot add SOURCE   # your data: a folder, an archive or a git URL")
    say("  asyncorch run")


def told(files: Iterable[Written]) -> list[str]:
    """Return a line a file, those of the tools in one."""
    lines, tools = [], {True: 0, False: 0}
    for file in files:
        if file.path.startswith(_TOOLS):
            tools[file.new] += 1
        else:
            lines.append(_line(file.path, new=file.new))
    lines += [
        _line(f"{_TOOLS} ({counted(count, 'file')})", new=new)
        for new, count in tools.items()
        if count
    ]
    return lines


def _line(what: str, *, new: bool) -> str:
    return f"{'wrote' if new else 'kept '} {what}"
