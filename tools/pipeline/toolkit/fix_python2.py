"""Turn a file of the 2-era, which today's compiler refuses, into today's Python, by fissix.

The fixers are those that 2to3 applies unasked, with our own in place of the few that do wrong.
Left out: `sorted` (fissix's own: it takes every method called `sort` for a list's).
Grammar and fixers are loaded once a process, and only in one that meets such a file.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from fissix import pygram  # type: ignore[import-untyped]  # fissix has no stubs
from fissix.pgen2 import parse, tokenize  # type: ignore[import-untyped]  # the same
from fissix.refactor import RefactoringTool, get_fixers_from_package  # type: ignore[import-untyped]  # the same

from toolkit.fix_matcher import Matcher
from toolkit.fix_more import (
    Imports,
    Keywords,
    Next,
    Nonzero,
    Numbers,
    OwnNames,
    Strings,
    TruthTargets,
    TupleParameters,
)
from toolkit.fix_tabs import expand_tabs
from toolkit.limit import TooLong, limited
from toolkit.python_syntax import refused
from toolkit.rows import Finding

OWN: tuple[Any, ...] = (Imports, Next, Nonzero, Numbers, Strings, TupleParameters)
MORE: tuple[Any, ...] = (Keywords, OwnNames, TruthTargets)
LEFT_OUT = "fix_sorted"
NOTE = re.compile(r"Line (\d+): (.*)", re.DOTALL)
RULE = "python2"
BOM = "\ufeff"


class Today(NamedTuple):
    """What became of a file, and what a person should look at."""

    content: bytes
    notes: list[Finding]


class Tool(RefactoringTool):  # type: ignore[misc]  # untyped base
    """fissix, with our fixers."""

    def get_fixers(self) -> tuple[list[Any], list[Any]]:
        first, last = super().get_fixers()
        kinds: dict[Any, Any] = {own.__base__: own for own in OWN}
        last = [kinds[type(fixer)](self.options, self.fixer_log) if type(fixer) in kinds else fixer
                for fixer in last]  # fmt: skip
        last += [kind(self.options, self.fixer_log) for kind in MORE]
        return first, sorted(last, key=lambda fixer: fixer.run_order)


def to_today(data: bytes, name: str, *, seconds: float) -> Today:
    """Make today's Python of the file, as far as it goes: whether it compiles is to be seen.

    `name` is where the file lies: fissix looks beside it to tell siblings from libraries. TooLong
    if it takes fissix more than so much processor time.
    """
    text, restore = _plain(data.decode())
    try:
        with limited(seconds):
            made = _fixed(text, name)
    except TooLong:
        _tool.cache_clear()  # its fixers were left in the middle of a file
        raise
    if made is None:
        return Today(data, [])
    content = restore(made).encode()
    if isinstance(refused(content), TabError):
        content = restore(expand_tabs(made)).encode()
    return Today(content, _notes())


def _plain(text: str) -> tuple[str, Callable[[str], str]]:
    """Take off what fissix stumbles over, with the function that puts it back."""
    mark = text[: text.startswith(BOM)]
    text = text[len(mark) :]
    lines = text.count("\n")
    if "\r" not in text:
        return text, lambda made: mark + made
    if text.count("\r\n") == lines == text.count("\r"):
        return text.replace("\r\n", "\n"), lambda made: mark + made.replace("\n", "\r\n")
    if not lines:  # the Macintosh of that time
        return text.replace("\r", "\n"), lambda made: mark + made.replace("\n", "\r")
    return text, lambda made: mark + made


def _fixed(text: str, name: str) -> str | None:
    tool = _tool()
    tool.fixer_log.clear()
    for grammar in (pygram.python_grammar, pygram.python_grammar_no_print_statement):
        tool.grammar = tool.driver.grammar = grammar
        try:
            tree = tool.refactor_string(f"{text}\n", name)
        except (parse.ParseError, tokenize.TokenError, IndentationError):
            continue
        except Exception:  # noqa: BLE001 (a fixer's own fault; the compiler says what is wrong)
            return None
        return str(tree)[:-1]
    return None


@cache
def _tool() -> Any:
    logging.getLogger("RefactoringTool").setLevel(logging.CRITICAL)
    names = [name for name in get_fixers_from_package("fissix.fixes")
             if not name.endswith(LEFT_OUT)]  # fmt: skip
    tool = Tool(names)
    tool.BM.__class__ = Matcher  # what the fixers look for is compiled once, and walked otherwise
    return tool


def _notes() -> list[Finding]:
    found = [NOTE.match(line) for line in _tool().fixer_log]
    return [Finding(note[2], RULE, int(note[1]), 1, note=True) for note in found if note]
