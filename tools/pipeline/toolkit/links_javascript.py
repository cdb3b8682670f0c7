"""Imports of JavaScript and TypeScript: import, export from, require and import()."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from toolkit.links import Link
from toolkit.standard_names import NODE_MODULES
from toolkit.syntax import find_all, parse

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


def names(text: str, language: str) -> list[str]:
    found = find_all(parse(text, language), {"rule": SPECIFIERS})
    return [node.text()[1:-1] for node in found]


def is_standard(name: str) -> bool:
    return name.startswith("node:") or name in NODE_MODULES


def resolve(found: Mapping[str, list[str]], config: Path) -> Iterator[Link]:
    homes = dict(_packages(config))
    for path, specifiers in found.items():
        for name in specifiers:
            if name.endswith(NO_SOURCE):
                continue
            if not name.startswith("."):
                package = _package(name)
                target = _in_package(package, name, homes, found) if package in homes else None
                if target != path:
                    yield Link(path, target, package)
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


def _in_package(
    package: str, name: str, homes: Mapping[str, tuple[str, str]], files: Mapping[str, object]
) -> str | None:
    """Find the file that the name of one of the snapshot's own packages stands for."""
    home, main = homes[package]
    below = name[len(package) + 1 :]
    tried = [below, f"src/{below}"] if below else [main, "src/index", "index", "src/main"]
    places = (posixpath.normpath(posixpath.join(home, at)) for at in tried)
    return next((file for at in places if (file := _file(at, files))), None)


def _packages(config: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give name, folder and main file of each package.json, the outermost last."""
    for file in sorted(config.rglob("package.json"), key=lambda at: -len(at.parts)):
        try:
            found = json.loads(file.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue  # the configuration step says what is wrong with it
        if isinstance(found, dict) and isinstance(name := found.get("name"), str):
            main = found.get("main")
            home = file.parent.relative_to(config).as_posix()
            yield name, (home, main if isinstance(main, str) else "index")


def _package(name: str) -> str:
    parts = name.split("/")
    return "/".join(parts[:2]) if name.startswith("@") else parts[0]
