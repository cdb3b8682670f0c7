"""What rules find in a file, as the transform would see it: those too that only report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from toolkit.patterns import Match
from toolkit.rewrite import replacement
from toolkit.rules import Known
from toolkit.syntax import find_all, parse


def rule_matches(text: str, path: str, rules: Sequence[Known]) -> Iterator[Match]:
    """Find every place; one where the change would lose a comment is only reported.

    All rules are of one language. A match that would become what it is already is none.
    """
    if not rules:
        return
    root = parse(text, rules[0].rule.language)
    for rule, config, rewrite in rules:
        for node in find_all(root, config):
            new = replacement(rewrite, node, text) if rewrite else None
            if new != node.text():
                found = rule if new is not None else rule._replace(fix="none")
                start = node.range().start
                yield Match(found, path, start.line + 1, start.column + 1)
