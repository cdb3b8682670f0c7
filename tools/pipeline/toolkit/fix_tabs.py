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
    return "\n".join(
        line if number in inside else INDENT.sub(_expanded, line, count=1)
        for number, line in enumerate(text.split("\n"), 1)
    )


def _expanded(indent: re.Match[str]) -> str:
    return indent[0].expandtabs(TAB)


def _inside_strings(text: str) -> Iterator[int]:
    for kind, _, (first, _), (last, _), _ in tokenize.generate_tokens(io.StringIO(text).readline):
        if kind == token.STRING:
            yield from range(first + 1, last + 1)
