"""`asyncorch prune`."""

from __future__ import annotations

import time

import click

from asyncorch.cli.messages import counted, say, warn
from asyncorch.cli.options import folders
from asyncorch.cli.projects import project_at
from asyncorch.cli.shape import CONTEXT, Command
from asyncorch.project import Project
from asyncorch.safetext import safe
from asyncorch.sizes import shown

HELP = "pack and remove old logs now, by the rules of [retention] in pipeline.toml"
EXAMPLES = """\b
examples:
  asyncorch prune --dry-run
  asyncorch prune shop
"""


@click.command("prune", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("project", shell_complete=folders, default=".")
@click.option("--dry-run", is_flag=True, help="only show what would be done")
def command(project: str, *, dry_run: bool) -> int:
    from asyncorch import config  # noqa: PLC0415  # `--help` loads no engine
    from asyncorch.lockwatch import holder  # noqa: PLC0415  # the same, and no anyio
    from asyncorch.retention import prune  # noqa: PLC0415  # the same

    layout = Project(project_at(project))
    rules = config.load(layout).retention
    if rules is None or (rules.runs, rules.days, rules.bytes) == (None, None, None):
        warn("pipeline.toml sets no bound in [retention], such as `runs = 50`: all runs stay")
        return 0
    if layout.runlogs.is_symlink():
        warn("runlogs is a link, and nothing is removed through a link: all runs stay")
        return 0
    alone = holder(layout.work) is None
    freed = runs = troubles = 0
    for pruned in prune(layout.runlogs, rules, now=time.time(), alone=alone, dry_run=dry_run):
        if pruned.trouble:
            warn(f"{pruned.run}: cannot {pruned.action}: {pruned.trouble}")
            troubles += 1
            continue
        about = "about " if dry_run and pruned.action == "pack" else ""
        click.echo(
            f"{safe(pruned.run)}  {_what(pruned.action, pruned.logs)}  {about}{shown(pruned.freed)}"
        )
        freed, runs = freed + pruned.freed, runs + 1
    told = "would be freed" if dry_run else "freed"
    say(f"✓ {counted(runs, 'run')}, {shown(freed)} {told}" if runs else "✓ nothing to prune")
    return int(bool(troubles))


def _what(action: str, logs: int) -> str:
    return action if action == "remove" else f"{action.partition(' ')[0]} {counted(logs, 'log')}"
