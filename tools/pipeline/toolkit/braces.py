"""Languages that look like C: their text without comments and without what stands in quotes."""

from __future__ import annotations

import re

# In this order: a comment in a string is none, and a quote in a comment opens nothing.
NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?(?:\*/|\Z)|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|`[^`]*`'
    r"|'(?:\\.[^'\n]*|[^'\\\n])'",
    re.DOTALL,
)


def code(text: str) -> str:
    return NO_CODE.sub(_space, text)


def without_comments(text: str) -> str:
    return NO_CODE.sub(lambda found: _space(found) if found[0][0] == "/" else found[0], text)


def _space(found: re.Match[str]) -> str:
    return " " + "\n" * found[0].count("\n")
