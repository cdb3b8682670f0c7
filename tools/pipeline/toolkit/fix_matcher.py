"""fissix's matcher, without what made it slow: a long literal cost it the square of its length.

At each node on each leaf's way up it looked through all children for a semicolon, which only a
simple statement can have. 750 KB of literals took two minutes, and take six seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from fissix.btm_matcher import BottomMatcher  # type: ignore[import-untyped]  # fissix has no stubs
from fissix.pgen2 import token  # type: ignore[import-untyped]  # the same
from fissix.pygram import python_symbols  # type: ignore[import-untyped]  # the same


class Matcher(BottomMatcher):  # type: ignore[misc]  # untyped base
    """Finds the nodes that fixers may want, from the leaves up."""

    def run(self, leaves: Iterable[Any]) -> dict[Any, list[Any]]:
        found: dict[Any, list[Any]] = defaultdict(list)
        state = self.root
        for leaf in leaves:
            node = leaf
            while node:
                node.was_checked = not _may_come_again(node)
                key = node.value if node.type == token.NAME else node.type
                known = state.transition_table
                if key not in known:
                    if node.parent is not None and node.parent.was_checked:
                        state = self.root
                        break
                    known = self.root.transition_table
                state = known.get(key, self.root)
                if key in known:
                    for fixer in state.fixers:
                        found[fixer].append(node)
                node = node.parent
        return found


def _may_come_again(node: Any) -> bool:
    """Whether it holds several statements, which are to be matched one by one."""
    if node.type != python_symbols.simple_stmt:
        return False
    return any(child.type == token.SEMI for child in node.children)
