"""The program: a group of commands, each loaded when it is named.

`--version`, `--help` and completion load click and nothing heavier. Alone on a terminal the program
opens the interactive workflow.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import NoReturn

import click

from asyncorch import __version__
from asyncorch.cli.ending import end_with
from asyncorch.cli.shape import CONTEXT, Group
from asyncorch.errors import UsageError

COMMANDS = {
    "run": "run a pipeline",
    "demo": "make a project from real files and run it",
    "init": "write a new project",
    "snapshot": "take input data in, list it, compare it",
    "plan": "show what would run",
    "check": "check the configuration",
    "doctor": "look for what would stop a run",
    "prune": "make old runs small, by the rules of [retention]",
    "schema": "print the JSON Schema of pipeline.toml",
}
EXAMPLES = """\b
examples:
  asyncorch                       ask for everything, then run
  asyncorch demo                  see it at work on real files
  asyncorch run --mode analysis   run a part of the pipeline here
"""


class Program(Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"asyncorch.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # each module of the table has one
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings=CONTEXT,
    epilog=EXAMPLES,
    subcommand_metavar="COMMAND ...",
    help="run the phases of a pipeline in order, the steps of a phase side by side",
)
@click.version_option(
    __version__, prog_name="asyncorch", message="%(prog)s %(version)s", help="show the version"
)
@click.pass_context
def program(ctx: click.Context) -> int | None:
    if ctx.invoked_subcommand is not None:
        return None
    if all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        return _wizard()
    click.echo(ctx.get_help())
    return UsageError.exit_code


def main() -> NoReturn:
    """Do what the words of the command line say, and end the program."""
    end_with(lambda: program(prog_name="asyncorch", standalone_mode=False))


def interactive() -> NoReturn:
    """Open the interactive workflow, and end the program: for a project's own script."""
    end_with(_wizard)


def _wizard() -> int:
    from asyncorch.cli import wizard  # noqa: PLC0415  # `--help` loads no engine

    return wizard.converse()
