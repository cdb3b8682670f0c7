"""One question after another: on a terminal with line editing, and folders completed by Tab."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click

from asyncorch.safetext import safe

try:
    import readline
except ImportError:  # a Python built without it: the terminal's own editing has to do
    readline = None  # type: ignore[assignment]  # where it is missing nothing is completed

Completer = Callable[[str], list[str]]


def ask(question: str, complete: Completer | None = None) -> str:
    """Return the answer without the space around it. Raises EOFError and KeyboardInterrupt."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")  # a path need not be text
    if readline is not None:
        _complete_with(complete)
    return input(f"{question} ").strip()


def folders(start: str) -> list[str]:
    """Return the folders whose paths begin so; for completion."""
    head, tail = os.path.split(start)
    found = []
    with suppress(OSError), os.scandir(Path(head or ".").expanduser()) as entries:
        found = sorted(entry.name for entry in entries if entry.is_dir())
    hidden = tail.startswith(".")
    fits = [n for n in found if n.startswith(tail) and n.isprintable() and (hidden or n[0] != ".")]
    return [os.path.join(head, name) + os.sep for name in fits]  # noqa: PTH118  # `~/` must stay as it was typed


def pick(answer: str, choices: Sequence[tuple[str, ...]]) -> int | None:
    """Return which choice is meant, by its number from 1 or by one of its names.

    A number of the list goes before a name that is a number. A wrong answer is explained.
    """
    if answer.isascii() and answer.isdigit() and 1 <= int(answer[:9]) <= len(choices):
        return int(answer) - 1
    word = answer.casefold()
    names = {name.casefold(): index for index, group in enumerate(choices) for name in group}
    if word in names:
        return names[word]
    wanted = "type 1" if len(choices) == 1 else f"type a number from 1 to {len(choices)}"
    close = difflib.get_close_matches(word, names, n=1)
    near = f"; did you mean `{choices[names[close[0]]][0]}`?" if close else ", or a name"
    explain(f"`{answer}` is not in the list" if answer else "an answer is needed", wanted + near)
    return None


def explain(message: str, hint: str | None = None) -> None:
    """Say what is wrong with an answer."""
    click.echo(f"✗ {safe(message)}")
    if hint:
        click.echo(f"  {safe(hint)}")


def _complete_with(complete: Completer | None) -> None:
    def found(text: str, state: int) -> str | None:
        matches = complete(text) if complete else []
        return matches[state] if state < len(matches) else None

    readline.set_completer(found)
    readline.set_completer_delims("")  # the whole line is one word
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
