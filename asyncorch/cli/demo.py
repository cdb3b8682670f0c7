"""`asyncorch demo`."""

from __future__ import annotations

import shlex
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any

import click

from asyncorch import demo, scaffold
from asyncorch.cli.init import told
from asyncorch.cli.messages import say
from asyncorch.cli.options import folders, running, settings
from asyncorch.cli.projects import new_folder
from asyncorch.cli.run import carry_out
from asyncorch.cli.shape import CONTEXT, Command
from asyncorch.errors import ProjectError
from asyncorch.safetext import safe

HELP = """\
make a project in DIR (default: ./demo) from Python's standard library, and run it in full

It takes the options of `asyncorch run`.
"""
EXAMPLES = """\b
examples:
  asyncorch demo
  asyncorch demo /tmp/demo -j 2 --snapshot snapshot-1
"""


@click.command("demo", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
@click.argument("folder", metavar="[DIR]", shell_complete=folders, default="demo")
@running
def command(folder: str, **options: Any) -> int:
    if missing := scaffold.missing_packages():
        raise ProjectError(f"the tools need {', '.join(missing)}", hint=f"`{scaffold.EXTRA}`")
    root, stdlib = new_folder(folder), Path(sysconfig.get_path("stdlib"))
    demo.claim(root, stdlib)
    shown = safe(shlex.quote(folder))
    say(f"Making a project in {shown} from {safe(str(stdlib))}")
    for line in told(demo.make(root, stdlib, lambda text: say(f"  {safe(text)}"))):
        say(f"  {line}")
    if not demo.has_tests(stdlib):
        say("  this Python came without its test packages: both snapshots are nearly the same")
    say()
    status = carry_out(settings(root, **options))
    if status >= 0 and not options["dry_run"]:
        _point(shown)
    return status


def _point(folder: str) -> None:
    """Say where everything is, and what to try next."""
    program = _program()
    say(f"""
Where everything is:
  {folder}/target/artifacts/             what passed the gate
  {folder}/logs/transformation.log       a row an artifact: its path, its errors
  {folder}/runlogs/latest/               the run: summary.json, events.jsonl, a log a step
  {folder}/tools/pipeline/               the steps: drop a script in, and it runs

Try next:
  {program} run {folder} --mode analysis
  {program} run {folder} --snapshot snapshot-1 --allow-removal
  {program} snapshot diff snapshot-1 snapshot-2 --project {folder}
  {program} plan {folder}
  {program}   asks for everything""")


def _program() -> str:
    """Return what to type for this program: a virtual environment need not be on the PATH."""
    if shutil.which("asyncorch"):
        return "asyncorch"
    if Path(sys.argv[0]).name == "asyncorch":
        return shlex.quote(sys.argv[0])
    return f"{shlex.quote(sys.executable)} -m asyncorch"
