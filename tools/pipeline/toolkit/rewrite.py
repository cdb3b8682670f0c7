"""Apply rewriting rules to a text until nothing matches any more.

The binding neither expands metavariables nor keeps nested matches, so both are done here: each
round takes the outermost matches, and the next round finds in the new text what lay inside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.rules import Rewrite
from toolkit.rules_imports import mend_imports
from toolkit.syntax import find_all, parse

if TYPE_CHECKING:
    from ast_grep_py import SgNode

ROUNDS = 25
GROWTH = 4  # a text that has grown so many times over grows for ever
VARIABLE = re.compile(r"\$\$\$([A-Z_][A-Z0-9_]*)|\$([A-Z_][A-Z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in place of the characters from `start` to `end`, because a rule says so."""

    start: int
    end: int
    text: str
    rule: str


class UnsettledError(Exception):
    """Rules that find new matches in their own results, again and again."""


def rewrite(text: str, language: str, rules: Sequence[Rewrite]) -> tuple[str, Counter[str]]:
    """Rewrite the text, and count how often each rule was applied."""
    applied: Counter[str] = Counter()
    limit = GROWTH * len(text) + 10_000
    for _ in range(ROUNDS if rules else 0):
        edits = outermost(find_edits(text, language, rules))
        if not edits:
            break
        text = apply(text, edits)
        applied.update(edit.rule for edit in edits)
        if len(text) > limit:
            raise UnsettledError(_names(edits))
    else:
        if rules and (edits := find_edits(text, language, rules)):
            raise UnsettledError(_names(edits))
    return _with_imports(text, language, rules, applied), applied


def _with_imports(text: str, language: str, rules: Sequence[Rewrite], applied: Counter[str]) -> str:
    used = [rule for rule in rules if rule.id in applied]
    add = [statement for rule in used for statement in rule.add]
    drop = [statement for rule in used for statement in rule.drop]
    return mend_imports(text, language, add, drop)


def find_edits(text: str, language: str, rules: Sequence[Rewrite]) -> list[Edit]:
    """Find every change that a rule would make, and that does change something.

    A pattern matches past the comments inside a match; a change that would lose one is not made.
    """
    root = parse(text, language)
    edits = []
    for rule in rules:
        for match in find_all(root, rule.config):
            span = match.range()
            start, end = span.start.index, span.end.index
            new = replacement(rule, match, text)
            if new is not None and new != text[start:end]:
                edits.append(Edit(start, end, new, rule.id))
    return edits


def replacement(rule: Rewrite, match: SgNode, text: str) -> str | None:
    """Say what comes in the place of a match, or None if a comment inside would be lost."""
    new = expand(rule.fix, match, text)
    return new if all(comment in new for comment in comments(match)) else None


def comments(node: SgNode) -> Iterator[str]:
    """Texts of the comments below a node; every grammar's name for them ends in `comment`."""
    waiting = node.children()
    while waiting:
        child = waiting.pop()
        if child.kind().endswith("comment"):
            yield child.text()
        else:
            waiting.extend(child.children())


def outermost(edits: list[Edit]) -> list[Edit]:
    """Those that do not overlap: an outer one before those inside, the first of equals."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda at: (at.start, -at.end)):
        if not kept or edit.start >= kept[-1].end:
            kept.append(edit)
    return kept


def apply(text: str, edits: Sequence[Edit]) -> str:
    parts, done = [], 0
    for edit in edits:
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, text[done:]])


def expand(template: str, match: SgNode, text: str) -> str:
    """Replace the template's metavariables, and indent it as the text around the match."""

    def value(found: re.Match[str]) -> str:
        if found[1]:
            nodes = match.get_multiple_matches(found[1])
            return _between(nodes[0], nodes[-1], text) if nodes else ""
        node = match.get_match(found[2])
        return _between(node, node, text) if node else match.get_transformed(found[2]) or ""

    start = match.range().start.index
    line = text[text.rfind("\n", 0, start) + 1 : start]
    indent = line[: len(line) - len(line.lstrip())]
    newline = "\r\n" if "\r\n" in text else "\n"
    return VARIABLE.sub(value, template.rstrip("\n").replace("\n", newline + indent))


def _between(first: SgNode, last: SgNode, text: str) -> str:
    return text[first.range().start.index : last.range().end.index]


def _names(edits: Sequence[Edit]) -> str:
    return ", ".join(sorted({f"`{edit.rule}`" for edit in edits}))
