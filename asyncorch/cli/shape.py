"""The shape that every command has: plain help, and near misses for a command's name."""

from __future__ import annotations

import difflib
import shlex
from pathlib import Path

import click

from asyncorch.errors import UsageError

CONTEXT = {"help_option_names": ["-h", "--help"]}


class Command(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click forgets it for some, and the hint needs it
            raise

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _plain(super().get_help_option(ctx))


class Group(click.Group):
    command_class = Command

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _plain(super().get_help_option(ctx))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit(UsageError.exit_code)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(self.commands)  # in our order, not the alphabet's

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        known = self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            raise UsageError(f"no such command `{name}`", hint=_hint(ctx, name, known))
        return super().resolve_command(ctx, args)


def _hint(ctx: click.Context, name: str, known: list[str]) -> str:
    if close := difflib.get_close_matches(name, known, n=1):
        return f"did you mean `{ctx.command_path} {close[0]}`?"
    if ctx.parent is None and Path(name).is_dir():
        return f"to run that project: `asyncorch run {shlex.quote(name)}`"
    return "commands are " + ", ".join(f"`{command}`" for command in known)


def _plain(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = "show this help"
    return option
