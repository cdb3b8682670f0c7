"""`asyncorch plan`."""

from __future__ import annotations

from typing import Any

import click

from asyncorch.cli.options import folders, selection, settings
from asyncorch.cli.projects import project_at
from asyncorch.cli.run import carry_out
from asyncorch.cli.shape import CONTEXT, Command

HELP = "show what would run, what is up to date, and why"
EXAMPLES = """\b
examples:
  asyncorch plan
  asyncorch plan shop --mode transform-build
"""


@click.command("plan", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("project", shell_complete=folders, default=".")
@selection
def command(project: str, **options: Any) -> int:
    return carry_out(settings(project_at(project), dry_run=True, **options))
