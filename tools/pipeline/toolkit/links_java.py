"""Java's imports, and the types of a file's own package, which need none."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from toolkit.links import Link
from toolkit.syntax import find_all, parse


class Unit(NamedTuple):
    """What a compilation unit says of itself and names of others."""

    package: str
    imports: tuple[str, ...]  # a.b.C, a.b.*, a.b.C.method
    types: frozenset[str]


JDK = ("java.", "javax.", "jdk.", "sun.", "com.sun.", "org.w3c.dom", "org.xml.sax", "org.ietf.jgss")
NOT_JDK = (  # or no more
    r"javax\.(?:mail|media|servlet|inject|persistence|ws|ejb|jms|enterprise|faces|el|validation"
    r"|websocket|json|batch|resource|activation|jws|portlet|jcr|jdo|xml\.(?:bind|ws|soap))\b"
)
SHARED = ("org.apache.", "com.google.", "javax.xml.", "io.github.", "com.github.")
IDENTIFIERS = {
    "rule": {"any": [{"kind": "type_identifier"}, {"kind": "identifier"}], "regex": "^[A-Z]"}
}


def names(text: str, language: str) -> Unit:
    root = parse(text, language)
    packages = [_name(node.text()) for node in root.find_all(kind="package_declaration")]
    imports = [_name(node.text()) for node in root.find_all(kind="import_declaration")]
    # Identifiers too: what stands before the dot in `Util.run()` is no type to the grammar.
    types = {node.text() for node in find_all(root, IDENTIFIERS)}
    return Unit(packages[0] if packages else "", tuple(imports), frozenset(types))


def _name(declaration: str) -> str:
    """Take `a.b.C` out of `import static a . b.C;`."""
    return re.sub(r"\s*\.\s*", ".", declaration).rstrip("; \t\r\n").split()[-1]


def is_standard(name: str) -> bool:
    return name.startswith(JDK) and not re.match(NOT_JDK, name)


def resolve(found: Mapping[str, Unit], _config: Path) -> Iterator[Link]:
    packages: dict[str, dict[str, str]] = defaultdict(dict)
    for path, unit in found.items():
        packages[unit.package][PurePosixPath(path).stem] = path
    for path, unit in found.items():
        yield from (link for link in _links(path, unit, packages) if link.target != path)


def _links(path: str, unit: Unit, packages: Mapping[str, Mapping[str, str]]) -> Iterator[Link]:
    used = [packages.get(unit.package, {})]
    for name in unit.imports:
        package, _, last = name.rpartition(".")
        if last == "*" and package in packages:
            used.append(packages[package])
        elif target := _class(name, packages):
            yield Link(path, target, name)
        else:
            yield Link(path, None, _library(_package(name)))
    for types in used:
        yield from (Link(path, types[name], name) for name in unit.types & types.keys())


def _class(name: str, packages: Mapping[str, Mapping[str, str]]) -> str | None:
    """Find the file of a class, or of the class that holds a nested one or a static member."""
    parts = name.split(".")
    for end in range(len(parts) - 1, 0, -1):
        types = packages.get(".".join(parts[:end]))
        if types and parts[end] in types:
            return types[parts[end]]
    return None


def _package(name: str) -> str:
    """By convention classes begin with a capital letter, and packages do not."""
    parts = name.split(".")
    lower = [part for part in parts if not part[:1].isupper() and part != "*"]
    return ".".join(parts[: len(lower)] if len(lower) < len(parts) else parts[:-1])


def _library(package: str) -> str:
    """Name what one thinks of as a library: two parts, three below those that many share."""
    if is_standard(package):
        return package
    return ".".join(package.split(".")[: 3 if package.startswith(SHARED) else 2])
