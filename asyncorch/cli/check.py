"""`asyncorch check`."""

from __future__ import annotations

import os

import click

from asyncorch.cli.messages import counted, say, warn
from asyncorch.cli.options import folders
from asyncorch.cli.projects import project_at
from asyncorch.cli.shape import CONTEXT, Command
from asyncorch.project import Project
from asyncorch.settings import RunSettings

HELP = "check pipeline.toml and the scripts in tools/pipeline; start nothing"
EXAMPLES = """\b
examples:
  asyncorch check
  asyncorch check shop
"""


@click.command("check", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("project", shell_complete=folders, default=".")
def command(project: str) -> None:
    from asyncorch import config, orchestrator  # noqa: PLC0415  # `--help` loads no engine
    from asyncorch.environment import Environment  # noqa: PLC0415  # the same
    from asyncorch.plan import pipeline  # noqa: PLC0415  # the same

    layout = Project(project_at(project))
    configuration = config.load(layout)
    methods = orchestrator.methods_of(RunSettings(layout.root))
    plan = pipeline.load(layout, configuration, tuple(methods))
    Environment(configuration, caller=os.environ, root=layout.root, wished={})
    for warning in plan.warnings:
        warn(warning)
    steps = sum(len(phase.steps) for phase in plan.phases)
    parts = [counted(len(plan.phases), "phase"), counted(steps, "step")]
    say(f"✓ the configuration is valid: {', '.join(parts)}, modes {', '.join(plan.modes)}")
