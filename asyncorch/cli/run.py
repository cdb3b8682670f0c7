"""`asyncorch run`."""

from __future__ import annotations

from typing import Any

import click

from asyncorch.cli.options import folders, running, settings
from asyncorch.cli.projects import project_at
from asyncorch.cli.shape import CONTEXT, Command
from asyncorch.settings import RunSettings

HELP = "run a pipeline: all of PROJECT (default: this folder) or a part of it"
EXAMPLES = """\b
examples:
  asyncorch run                                     everything, here
  asyncorch run shop --snapshot v7 --mode analysis
  asyncorch run --phase validate --phase analyze -j 4
"""


@click.command("run", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("project", shell_complete=folders, default=".")
@running
def command(project: str, **options: Any) -> int:
    return carry_out(settings(project_at(project), **options))


def carry_out(wishes: RunSettings, *, files: bool = False) -> int:
    """Run, or only tell what would run, and return the exit status."""
    if wishes.dry_run:
        from asyncorch.explain import as_json, explain  # noqa: PLC0415  # `--help` loads no engine

        for line in [as_json(wishes)] if wishes.json else explain(wishes, files=files):
            click.echo(line)
        return 0
    from asyncorch import orchestrator  # noqa: PLC0415  # `--help` loads no engine

    return orchestrator.run(wishes)
