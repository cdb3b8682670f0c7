"""C#: types of the namespaces that a file is in or uses; a partial type is in all its files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit.braces import code
from toolkit.links import Link

USING = re.compile(
    r"(?m)^[ \t]*(global[ \t]+)?using[ \t]+(?:static[ \t]+)?(?:\w+[ \t]*=[ \t]*)?([\w.]+)"
    r"(?:<[^;\n]*>)?[ \t]*;"
)
NAMESPACE = re.compile(r"\bnamespace[ \t]+([\w.]+)")
TYPE = re.compile(r"\b(?:class|struct|interface|enum|record(?:[ \t]+(?:class|struct))?)[ \t]+(\w+)"
                  r"|\bdelegate[ \t]+[\w.<>\[\],? ]+?[ \t](\w+)[ \t]*[(<]")  # fmt: skip
WORD = re.compile(r"\b[A-Z]\w*")
STANDARD = ("System", "Microsoft", "Windows")


class Unit(NamedTuple):
    """What a file declares in which namespaces, and what it uses."""

    namespaces: frozenset[str]
    types: frozenset[str]
    usings: frozenset[str]
    everywhere: frozenset[str]  # global usings, which hold for all files
    words: frozenset[str]


def names(text: str, _language: str) -> Unit:
    bare = code(text)
    usings = USING.findall(bare)
    return Unit(
        frozenset(NAMESPACE.findall(bare)) or frozenset({""}),
        frozenset(one or other for one, other in TYPE.findall(bare)),
        frozenset(name for _, name in usings),
        frozenset(name for everywhere, name in usings if everywhere),
        frozenset(WORD.findall(bare)),
    )


def is_standard(name: str) -> bool:
    return name.partition(".")[0] in STANDARD


def resolve(found: Mapping[str, Unit], _config: Path) -> Iterator[Link]:
    homes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path, unit in found.items():
        for namespace in unit.namespaces:
            for name in unit.types:
                homes[namespace][name].append(path)
    # A namespace may be named of which only the inner ones have types.
    ours = {outer for namespace in homes for outer in _outward(namespace)}
    everywhere = frozenset().union(*(unit.everywhere for unit in found.values()))
    for path, unit in found.items():
        seen = {outer for namespace in unit.namespaces for outer in _outward(namespace)}
        for name in unit.usings:
            # `using static A.B.Type` and aliases end in a type.
            inside = name if name in ours else name.rpartition(".")[0]
            if inside in ours and inside:
                seen.add(inside)
            else:
                yield Link(path, None, name)
        for namespace in sorted(seen | everywhere):
            types = homes.get(namespace, {})
            for name in unit.words & types.keys():
                yield from (Link(path, at, name) for at in types[name] if at != path)


def _outward(namespace: str) -> Iterator[str]:
    """Give a namespace and all those around it, whose types it sees; "" is the outermost."""
    parts = namespace.split(".") if namespace else []
    yield from (".".join(parts[:end]) for end in range(len(parts), -1, -1))
