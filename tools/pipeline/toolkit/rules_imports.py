"""Add the import statements that a rewritten file needs, and drop those it no longer needs.

Statements are compared as text, blanks apart. One is dropped only if the names that it brings in
stand nowhere else in the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from toolkit.syntax import find_all, parse

if TYPE_CHECKING:
    from ast_grep_py import SgNode

# Each language's kinds of import statement, then what such statements come after.
KINDS = {
    "c": ("preproc_include",),
    "cpp": ("preproc_include",),
    "csharp": ("using_directive",),
    "go": ("import_declaration", "package_clause"),
    "java": ("import_declaration", "package_declaration"),
    "javascript": ("import_statement",),
    "kotlin": ("import_header", "package_header"),
    "php": ("namespace_use_declaration", "namespace_definition"),
    "python": ("import_statement", "import_from_statement", "future_import_statement"),
    "rust": ("use_declaration",),
    "scala": ("import_declaration", "package_clause"),
    "swift": ("import_declaration",),
    "tsx": ("import_statement",),
    "typescript": ("import_statement",),
}
HEADERS = frozenset({"package_clause", "package_declaration", "package_header",
                     "namespace_definition"})  # fmt: skip
FIRST = frozenset({"hash_bang_line", "php_tag", "inner_attribute_item"})
LAST_WORD = re.compile(r"(\w+)\W*$")


def mend_imports(text: str, language: str, add: Iterable[str], drop: Iterable[str]) -> str:
    """Return the text with the wanted imports."""
    for statement in add:  # first, so that they find their place behind those that go
        text = _with(text, language, statement)
    for statement in drop:
        text = _without(text, language, statement)
    return text


def _without(text: str, language: str, statement: str) -> str:
    root = parse(text, language)
    found = [at for at in _imports(root, language) if _same(at.text(), statement)]
    if not found or any(_is_used(root, name, language) for name in _names(statement, language)):
        return text
    start, end = (at.index for at in (found[0].range().start, found[0].range().end))
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end) + 1 or len(text)
    if text[line_start:start].strip() or text[end:line_end].strip():
        return text  # something else stands in that line
    return text[:line_start] + text[line_end:]


def _with(text: str, language: str, statement: str) -> str:
    root = parse(text, language)
    known = [at.text() for at in _imports(root, language)]
    if any(_same(at, statement) or _same(at, _all_of(statement)) for at in known):
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    if last := _last(root, language):
        end = last.range().end.index
        gap = newline * (2 if last.kind() in HEADERS else 1)
        return f"{text[:end]}{gap}{statement}{text[end:]}"
    first = next((at for at in root.children() if not _stands_first(at)), None)
    start = first.range().start.index if first else len(text)
    return f"{text[:start]}{statement}{newline}{newline}{text[start:]}"


def _imports(root: SgNode, language: str) -> Iterator[SgNode]:
    kinds = [kind for kind in KINDS.get(language, ()) if kind not in HEADERS]
    return (node for node in root.children() if node.kind() in kinds)


def _last(root: SgNode, language: str) -> SgNode | None:
    """Find the last import, or else the package's name."""
    kinds = KINDS.get(language, ())
    found = [node for node in root.children() if node.kind() in kinds]
    return found[-1] if found else None


def _stands_first(node: SgNode) -> bool:
    """Whether it keeps its place before all imports: a comment, a docstring, 'use strict'."""
    kind = node.kind()
    if kind == "expression_statement":
        return bool(children := node.children()) and children[0].kind() == "string"
    return kind.endswith("comment") or kind in FIRST


def _is_used(root: SgNode, word: str, language: str) -> bool:
    named = find_all(root, {"rule": {"regex": f"^{re.escape(word)}$"}})
    kinds = KINDS.get(language, ())
    return any(node.is_leaf() and not any(at.kind() in kinds for at in node.ancestors())
               for node in named)  # fmt: skip


def _names(statement: str, language: str) -> list[str]:
    """List the names that a statement brings in; in most languages, that is its last word."""
    if language in ("javascript", "typescript", "tsx"):
        words = re.findall(r"\w+", statement.rpartition(" from ")[0])
    elif language == "python":
        words = re.findall(r"\w+", statement.rpartition("import ")[2])
    else:
        words = LAST_WORD.findall(statement)
    return [word for word in words if word not in ("import", "type", "as")]


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _all_of(statement: str) -> str:
    """Java's, Kotlin's and Scala's way to import whatever is there: `import java.util.*;`."""
    return LAST_WORD.sub(lambda found: found[0].replace(found[1], "*"), statement)
