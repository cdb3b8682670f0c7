"""The help: short, in one style, with an example a command."""

from __future__ import annotations

import pytest

from asyncorch import __version__
from asyncorch.cli.main import COMMANDS
from tests.cli.calling import Call

ALL = ["", *COMMANDS, "snapshot add", "snapshot list", "snapshot diff"]


@pytest.mark.parametrize("command", ALL)
def test_help_fits_the_terminal_and_begins_with_the_usage(command: str, call: Call) -> None:
    ended = call(*command.split(), "--help")

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: asyncorch {command}".rstrip())
    assert all(len(line) <= 80 for line in ended.out.splitlines())
    assert call(*command.split(), "-h") == ended


@pytest.mark.parametrize("command", ["", *COMMANDS, "snapshot add"])
def test_help_ends_with_an_example(command: str, call: Call) -> None:
    assert f"    asyncorch {command}".rstrip() in call(*command.split(), "-h").out


def test_the_whole_help(call: Call) -> None:
    assert (
        call("--help").out
        == """\
Usage: asyncorch [OPTIONS] COMMAND ...

  run the phases of a pipeline in order, the steps of a phase side by side

Options:
  --version   show the version
  -h, --help  show this help

Commands:
  run       run a pipeline
  demo      make a project from real files and run it
  init      write a new project
  snapshot  take input data in, list it, compare it
  plan      show what would run
  check     check the configuration
  doctor    look for what would stop a run
  prune     make old runs small, by the rules of [retention]
  schema    print the JSON Schema of pipeline.toml

  examples:
    asyncorch                       ask for everything, then run
    asyncorch demo                  see it at work on real files
    asyncorch run --mode analysis   run a part of the pipeline here
"""
    )


def test_the_version(call: Call) -> None:
    assert call("--version").out == f"asyncorch {__version__}\n"


@pytest.mark.parametrize("words", [[], ["snapshot"]])
def test_without_a_command_and_a_terminal_the_help_ends_with_2(
    words: list[str], call: Call
) -> None:
    ended = call(*words)

    assert (ended.code, ended.err) == (2, "")
    assert ended.out == call(*words, "--help").out
