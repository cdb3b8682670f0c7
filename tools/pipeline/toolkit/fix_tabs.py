"""Indent with spaces where tabs and spaces were mixed, as the 2-era read them: eight to a tab."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from fissix.pgen2 import token, tokenize  # type: ignore[import-untyped]  # fissix has no stubs

TAB = 8
INDENT = re.compile(r"[ \t\f]*")


def expand_tabs(text: str) -> str:
    """Expand the tabs that lines begin with, but for lines inside a string."""
    inside = set(_inside_strings(text))
    lines = text.splitlines(keepends=True) if "\f" not in text else text.split("\n")
    end = "" if "\f" not in text else "\n"
    return end.join(
        line if number in inside else _expanded(line) for number, line in enumerate(lines, 1)
    )


def _expanded(line: str) -> str:
    indent = INDENT.match(line)
    assert indent  # it matches nothing at all, too
    return indent[0].expandtabs(TAB) + line[indent.end() :] if "\t" in indent[0] else line


def _inside_strings(text: str) -> Iterator[int]:
    for kind, _, (first, _), (last, _), _ in tokenize.generate_tokens(io.StringIO(text).readline):
        if kind == token.STRING:
            yield from range(first + 1, last + 1)
