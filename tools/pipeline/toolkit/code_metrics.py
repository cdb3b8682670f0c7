"""Measure one source file: its lines, its functions, and the cyclomatic complexity of each.

The complexity of a function is one and one more for each branch; what stands in a function
inside it counts there. Code outside of functions counts for the file alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from toolkit.code_kinds import KINDS
from toolkit.syntax import find_all, parse

if TYPE_CHECKING:
    from ast_grep_py import SgNode

NAMED = 60  # characters of a function's name that anyone would read
# What no line of code begins with, where a line of a comment may: by its sign.
COMMENT = re.compile(
    rb"//|/\*|\*(?![\w*]*\s*=)|#(?!\s*(?:include|define|if|el|end|undef|pragma|error))|--\s|<!--"
)
SIGNS = frozenset(b"/*#-<")  # what that begins with: most lines need no further look
SPACE = b" \t\r\f\v"


@dataclass(slots=True)
class Function:
    """A function, and how many ways lead through it."""

    name: str
    line: int
    lines: int
    complexity: int = 1


@dataclass(slots=True)
class Metrics:
    """What one file measures; `code` are its lines that are neither blank nor a comment."""

    lines: int
    code: int
    complexity: int = 0
    functions: list[Function] = field(default_factory=list)


def measure_code(text: str, language: str) -> tuple[Metrics, list[tuple[int, bytes]]]:
    """Give the metrics, and the lines of code, without white space, with their numbers."""
    data = text.encode("utf-8", "surrogatepass")
    lines = data.split(b"\n")
    code = [
        (number, bare)
        for number, bare in enumerate(data.translate(None, SPACE).split(b"\n"), start=1)
        if bare and (bare[0] not in SIGNS or not COMMENT.match(lines[number - 1].lstrip()))
    ]
    metrics = Metrics(len(lines) - (not lines[-1]), len(code))
    if kinds := KINDS.get(language):
        _count(find_all(parse(text, language), {"rule": kinds.rule}), kinds.functions, metrics)
    return metrics, code


def _count(nodes: list[SgNode], functions: frozenset[str], metrics: Metrics) -> None:
    open_: list[tuple[int, Function]] = []
    for node in nodes:  # in the order of the text, the outer one first
        span = node.range()
        while open_ and open_[-1][0] <= span.start.index:
            open_.pop()
        if node.kind() in functions:
            length = span.end.line - span.start.line + 1
            made = Function(_name(node), span.start.line + 1, length)
            metrics.functions.append(made)
            metrics.complexity += 1
            open_.append((span.end.index, made))
        else:
            metrics.complexity += 1
            if open_:
                open_[-1][1].complexity += 1


def _name(node: SgNode) -> str:
    named = node.field("name") or node.field("declarator")
    if named is None:  # Kotlin's grammar has no fields
        named = next((at for at in node.children() if at.kind() == "simple_identifier"), None)
    text = named.text() if named else ""
    text = text.partition("(")[0].lstrip("*& ") or "(without a name)"
    return " ".join(text.split())[:NAMED]
