"""`asyncorch schema`."""

from __future__ import annotations

import json

import click

from asyncorch.cli.shape import CONTEXT, Command

HELP = "print the JSON Schema of pipeline.toml, for editors that complete it"
EXAMPLES = """\b
example:
  asyncorch schema > pipeline.schema.json
"""


@click.command("schema", cls=Command, context_settings=CONTEXT, epilog=EXAMPLES, help=HELP)
def command() -> None:
    from asyncorch import config  # noqa: PLC0415  # `--help` loads no engine

    click.echo(json.dumps(config.schema(), indent=2, ensure_ascii=False))
