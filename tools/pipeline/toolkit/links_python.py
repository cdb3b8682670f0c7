"""Python's imports: absolute, relative, of packages, of namespace packages."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from toolkit.links import Link
from toolkit.standard_names import PYTHON_2

# No import stands in what these match. Reading so is four times as fast as a parse, finds the same
# in the standard library and in trees of the 2-era, and does not mind a file that is broken.
QUOTED = re.compile(
    r"#[^\n]*|'''(?:[^'\\]|\\.|'(?!''))*'''|\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*\"\"\""
    r"|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"",
    re.DOTALL,
)
STATEMENT = re.compile(
    r"(?:^|[;:])[ \t\f]*"
    r"(import[ \t][^;\n]*|from[ \t.][^;\n]*?\bimport\b[ \t]*(?:\([^)]*\)|[^;\n(]*))",
    re.MULTILINE,
)

BUILT_IN = sys.stdlib_module_names | {"__main__"}


class Import(NamedTuple):
    """One `from` statement, `level` dots before its module; without names: one `import`."""

    level: int
    module: str
    names: tuple[str, ...] = ()


def names(text: str, _language: str) -> list[Import]:
    """Read every import of a file, wherever it stands."""
    if "import" not in text:
        return []
    bare = QUOTED.sub(_blank, text).replace("\\\n", " ")
    return [made for found in STATEMENT.findall(bare) for made in _read(found)]


def _blank(found: re.Match[str]) -> str:
    return "" if found[0][0] == "#" else "''"


def _read(statement: str) -> Iterator[Import]:
    try:
        parsed = ast.parse(statement.strip()).body
    except SyntaxError:
        return
    for node in parsed:
        if isinstance(node, ast.Import):
            yield from (Import(0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield Import(node.level, node.module or "", tuple(at.name for at in node.names))


def is_standard(name: str) -> bool:
    return name in BUILT_IN or name in PYTHON_2


def resolve(found: Mapping[str, list[Import]], _config: Path) -> Iterator[Link]:
    modules = Modules(found)
    for path, imports in found.items():
        for made in imports:
            yield from modules.links(path, made)


class Modules:
    """The snapshot's modules, to be found by name from any file.

    Nobody says where sys.path will point. A name is looked for beside the importing file's
    package, then above it, then wherever the snapshot has a module of that name.
    """

    def __init__(self, paths: Mapping[str, object]) -> None:
        self._files = set(paths)
        self._folders = {str(at) for path in paths for at in PurePosixPath(path).parents}
        self._homes: dict[str, set[str]] = defaultdict(set)
        for path in [*self._files, *self._folders]:
            pure = PurePosixPath(path)
            self._homes[pure.stem if path in self._files else pure.name].add(str(pure.parent))

    def links(self, path: str, made: Import) -> Iterator[Link]:
        top = made.module.partition(".")[0]
        bases = [self._relative(path, made.level)] if made.level else self._bases(path, top)
        for base in bases:
            targets = self._targets(base, made) or self._owner(base, made.module)
            if targets is not None:
                yield from (Link(path, at, made.module) for at in targets if at != path)
                return
        name = "." * made.level + made.module if made.level else top
        yield Link(path, None, name, external=not made.level)

    def _relative(self, path: str, level: int) -> str:
        parents = PurePosixPath(path).parents
        return str(parents[min(level, len(parents)) - 1])

    def _bases(self, path: str, top: str) -> list[str]:
        parents = [str(at) for at in PurePosixPath(path).parents]
        package = next((at for at in parents if not self._is_package(at)), ".")
        near = [package, parents[0], *parents[parents.index(package) :]]
        if top in BUILT_IN:
            # A `string.py` in a folder far away is not what `import string` means.
            return [at for at in near if at in self._homes[top]]
        far = sorted(self._homes[top], key=lambda at: (at.count("/"), at))
        return [*(at for at in near if at in self._homes[top]), *far]

    def _is_package(self, folder: str) -> bool:
        return self._file(folder, "__init__") is not None

    def _targets(self, base: str, made: Import) -> set[str] | None:
        """Find the files that an import below `base` reaches; None: there is no such module."""
        at = _join(base, made.module.replace(".", "/")) if made.module else base
        module = self._file(at, "__init__") or self._file_named(at)
        if module is None and at not in self._folders:
            return None
        inner = {name: self._module(at, name) for name in made.names}
        targets = {path for path in inner.values() if path}
        if module and (not made.names or None in inner.values()):
            targets.add(module)  # a name that is no module is defined in the package itself
        if module is None and made.names and not targets:
            return None  # a folder that merely has the name of a library
        return targets

    def _owner(self, base: str, module: str) -> set[str] | None:
        """Find what `import os.path` reaches, where os is a file and path a name in it."""
        parts = module.split(".")
        for end in range(len(parts) - 1, 0, -1):
            at = _join(base, "/".join(parts[:end]))
            if found := self._file(at, "__init__") or self._file_named(at):
                return {found}
        return None

    def _module(self, folder: str, name: str) -> str | None:
        at = _join(folder, name)
        return self._file(at, "__init__") or self._file_named(at)

    def _file(self, folder: str, stem: str) -> str | None:
        return self._file_named(_join(folder, stem))

    def _file_named(self, stem: str) -> str | None:
        return next(
            (stem + end for end in (".py", ".pyi", ".pyw") if stem + end in self._files), None
        )


def _join(folder: str, name: str) -> str:
    return name if folder in (".", "") else f"{folder}/{name}"
