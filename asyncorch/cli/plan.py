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
  asyncorch plan --files             every file, with the reason
"""


@click.command("plan", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("project", shell_complete=folders, default=".")
@selection
@click.option("--files", is_flag=True, help="every file, not a few of each reason")
@click.option("--json", is_flag=True, help="all of it as one JSON document")
def command(project: str, *, files: bool, **options: Any) -> int:
    wishes = settings(project_at(project), dry_run=True, **options)
    return carry_out(wishes, files=files)
