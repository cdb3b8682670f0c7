"""What a person reads on standard error: one form for errors, hints, warnings and remarks.

Text from outside is made safe for the terminal. Colours only help the eye: every message reads the
same without them.
"""

from __future__ import annotations

import os
import re
import sys

import click

from asyncorch.errors import UserError
from asyncorch.safetext import safe
from asyncorch.views.terminal import wants_color

_QUOTED = re.compile(r"'([^']*)'")
_COLOURS = {"error": "red", "warning": "yellow", "hint": "cyan"}


def say(text: str = "") -> None:
    """Print a remark."""
    _print(text)


def warn(text: str) -> None:
    _print(f"{_label('warning')} {safe(text)}")


def complain(error: UserError) -> None:
    """Print a user's mistake and, apart from it, how to mend it."""
    _print(f"{_label('error')} {safe(str(error).replace(chr(10), ' '))}")
    if error.hint:
        _print()
        _print(f"{_label('hint')} {_lines(error.hint)}")


def counted(number: int, noun: str) -> str:
    """Return `1 file` or `2,000 files`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def in_our_words(error: click.ClickException) -> UserError:
    """Return what click says about the command line in the form of every other message."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "asyncorch"
    hint = f"`{path} --help` shows what it takes"
    match error:
        case click.NoSuchOption():
            message = f"no such option `{error.option_name}`"
            if error.possibilities:
                close = " or ".join(f"`{name}`" for name in error.possibilities)
                hint = f"did you mean {close}?"
        case click.MissingParameter() if error.param is not None:
            message = f"missing {error.param.param_type_name} `{error.param.human_readable_name}`"
        case click.BadParameter() if error.param is not None:
            name = max([*error.param.opts, ""], key=len)
            name = name if name.startswith("-") else error.param.human_readable_name
            message = f"`{name}`: {_plain(error.message)}"
        case _:
            message = _plain(error.format_message())
    return UserError(message, hint=hint)


def _plain(text: str) -> str:
    text = _QUOTED.sub(r"`\1`", text).removesuffix(".")
    return text[:1].lower() + text[1:]


def _label(kind: str) -> str:
    coloured = sys.stderr is not None and wants_color(sys.stderr, os.environ)
    return click.style(f"{kind}:", fg=_COLOURS[kind], bold=True) if coloured else f"{kind}:"


def _lines(text: str) -> str:
    return "\n".join(safe(line) for line in text.split("\n"))


def _print(text: str = "") -> None:
    click.echo(text, err=True, color=True)
