"""`asyncorch doctor`."""

from __future__ import annotations

import os

import click

from asyncorch.cli.messages import counted, say
from asyncorch.cli.options import folders
from asyncorch.cli.projects import project_at
from asyncorch.cli.shape import CONTEXT, Command
from asyncorch.safetext import safe

HELP = "look for what of the machine and the project would stop a run; start nothing"
EXAMPLES = """\b
examples:
  asyncorch doctor
  asyncorch doctor shop
"""


@click.command("doctor", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("project", shell_complete=folders, default=".")
def command(project: str) -> int:
    from asyncorch.doctor import examine  # noqa: PLC0415  # `--help` loads no engine

    levels = []
    for finding in examine(project_at(project), dict(os.environ)):
        levels.append(finding.level)
        click.echo(f"{finding.level:<8} {finding.what + ':':<16} {safe(finding.text)}")
        if finding.hint and finding.level != "ok":
            click.echo(f"{'':<8} {'':<16} hint: {safe(finding.hint)}")
    errors, warnings = levels.count("error"), levels.count("warning")
    if errors:
        say(f"✗ {counted(errors, 'error')} and {counted(warnings, 'warning')}: a run would fail")
    else:
        told = f", {counted(warnings, 'warning')}" if warnings else ""
        say(f"✓ nothing found that would stop a run{told}")
    return int(errors > 0)
