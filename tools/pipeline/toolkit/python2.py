"""Tell Python of the 2-era from Python that is merely broken.

The 2-era grammar that fissix keeps alive is generous: it also takes `f() = 1`, which was wrong
in both eras. So a file counts as 2-era only if that grammar takes it and something in it shows
why today's Python does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fissix import pygram, pytree  # type: ignore[import-untyped]  # it has no stubs
from fissix.pgen2 import driver, parse, token, tokenize  # type: ignore[import-untyped]  # the same

# Today's refusals of what used to be right, where the tree looks the same in both eras.
REFUSALS = re.compile(
    r"\(unicode error\)|bytes can only contain ASCII"  # '\Users' was eight plain characters
    r"|cannot assign to (?:True|False)\b"
)
NODES = frozenset({"print_stmt", "exec_stmt", "tfpdef", "tfplist", "vfpdef", "vfplist"})
NUMBER = re.compile(r"(?i)0[0-9]*[1-9][0-9]*$|(?:0[xob])?[0-9a-f]+l$")  # 0777, 10L
PREFIX = re.compile(r"(?i)ur['\"]")
TRUTHS = frozenset({"True", "False"})  # keywords now
NAMES_ONCE = frozenset({"async", "await"})  # keywords now


def is_python2(data: bytes, refusal: Exception) -> bool:
    """Say whether a file that today's Python refuses for this reason is of the 2-era."""
    tree = _parse(data.decode("utf-8-sig", "replace"))
    if tree is None:
        return False
    if isinstance(refusal, TabError) or REFUSALS.search(str(refusal)):
        return True
    return any(_is_of_old(node) for node in _nodes(tree))


def _parse(text: str) -> Any | None:
    # The second is for files with `from __future__ import print_function`.
    for grammar in (pygram.python_grammar, pygram.python_grammar_no_print_statement):
        try:
            return driver.Driver(grammar, convert=pytree.convert).parse_string(text + "\n")
        except (parse.ParseError, tokenize.TokenError, IndentationError, RecursionError):
            continue
    return None


def _nodes(tree: Any) -> Iterator[Any]:
    # Not the tree's own walk, which is recursive, and ends at a thousand brackets.
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.children)


def _is_of_old(node: Any) -> bool:
    return _is_leaf_of_old(node) if isinstance(node, pytree.Leaf) else _is_node_of_old(node)


def _is_leaf_of_old(leaf: Any) -> bool:
    if leaf.type == token.NUMBER:
        return bool(NUMBER.match(leaf.value))
    if leaf.type == token.STRING:
        return bool(PREFIX.match(leaf.value))
    if leaf.type == token.NAME:
        return str(leaf.value) in NAMES_ONCE
    return bool(leaf.type == token.BACKQUOTE or leaf.value == "<>")


def _is_node_of_old(node: Any) -> bool:
    kind = pytree.type_repr(node.type)
    if kind in ("except_clause", "raise_stmt"):  # except E, e: / raise E, "why"
        return any(str(child).strip() == "," for child in node.children)
    if kind in ("comp_for", "old_comp_for"):  # [x for x in 1, 2]
        return any(pytree.type_repr(child.type) == "testlist_safe" for child in node.children)
    if kind == "typedargslist":  # def f(True=True)
        names = [node.children[0], *(at.next_sibling for at in node.children if str(at) == ",")]
        return any(getattr(name, "value", None) in TRUTHS for name in names)
    return kind in NODES
