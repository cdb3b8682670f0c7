"""Imports of JavaScript and TypeScript: import, export from, require and import()."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from toolkit.links import Link
from toolkit.syntax import find_all

if TYPE_CHECKING:
    from ast_grep_py import SgNode

SPECIFIERS = {
    "kind": "string",
    "any": [
        {"inside": {"any": [{"kind": "import_statement"}, {"kind": "export_statement"}]}},
        {
            "inside": {
                "kind": "arguments",
                "inside": {
                    "kind": "call_expression",
                    "has": {"field": "function", "regex": "^(require|import)$"},
                },
            }
        },
    ],
}
ENDINGS = ("", ".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue")
NO_SOURCE = (".json", ".css", ".scss", ".less", ".svg", ".png", ".html", ".node", ".wasm")
# TypeScript names the file that its compiler will write.
WRITTEN = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}


def names(root: SgNode) -> list[str]:
    return [node.text()[1:-1] for node in find_all(root, {"rule": SPECIFIERS})]


def resolve(found: Mapping[str, list[str]]) -> Iterator[Link]:
    for path, specifiers in found.items():
        for name in specifiers:
            if name.endswith(NO_SOURCE):
                continue
            if not name.startswith("."):
                yield Link(path, None, _package(name))
                continue
            target = _file(posixpath.normpath(posixpath.join(posixpath.dirname(path), name)), found)
            if target != path:
                yield Link(path, target, name, external=False)


def _file(at: str, files: Mapping[str, object]) -> str | None:
    stem, ending = posixpath.splitext(at)
    tried = [at + end for end in ENDINGS]
    tried += [stem + end for end in WRITTEN.get(ending, ())]
    tried += [posixpath.join(at, "index") + end for end in ENDINGS[1:]]
    return next((path for path in tried if path in files), None)


def _package(name: str) -> str:
    parts = name.split("/")
    return "/".join(parts[:2]) if name.startswith("@") else parts[0]
