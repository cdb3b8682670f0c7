"""The graph of a snapshot's files and what they import, ready to be written as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from toolkit.knots import knots, layers
from toolkit.links import Link

Graph = dict[str, Any]
Outside = dict[str, Counter[str]]
MOST = 25
BLOCK = 4096  # files whose reach is told at once: so many bits a file


def describe(
    languages: Mapping[str, str],
    links: Iterable[Link],
    is_standard: Callable[[str, str], bool],
) -> Graph:
    """Nodes (`languages` says which files there are), edges, and what follows from them."""
    edges: set[tuple[str, str]] = set()
    outside: Outside = defaultdict(Counter)
    missing: set[tuple[str, str]] = set()
    for link in links:
        if link.target:
            edges.add((link.source, link.target))
        elif link.external:
            outside[link.name][link.source] += 1
        else:
            missing.add((link.source, link.name))
    shape = Shape(sorted(languages), edges)
    nodes = _nodes(languages, edges, shape)
    return {
        "nodes": nodes,
        "edges": [{"from": source, "to": target} for source, target in sorted(edges)],
        "cycles": shape.cycles(),
        "layers": [len(layer) for layer in shape.layers],
        "roots": [at["path"] for at in nodes if at["imports"] and not at["imported_by"]],
        "most_depended_on": _most(nodes),
        "external": _external(outside, languages, is_standard),
        "unresolved": [{"from": source, "name": name} for source, name in sorted(missing)],
    }


class Shape:
    """The graph with each cycle drawn together to one knot, so that it has an order.

    `layers`: the first imports nothing of the snapshot, each other one something of the one
    before it.
    """

    def __init__(self, files: Iterable[str], edges: Iterable[tuple[str, str]]) -> None:
        imports: dict[str, list[str]] = {path: [] for path in files}
        for source, target in sorted(edges):
            imports[source].append(target)
        self._knots = knots(imports)
        home = {path: number for number, knot in enumerate(self._knots) for path in knot}
        self._below = [
            sorted({home[at] for path in knot for at in imports[path]} - {number})
            for number, knot in enumerate(self._knots)
        ]
        self._order = layers(self._below)
        self.layers = [[file for at in found for file in self._knots[at]] for found in self._order]

    def cycles(self) -> list[list[str]]:
        """Find the groups of files that each reach all the others, the largest first."""
        found = [knot for knot in self._knots if len(knot) > 1]
        return sorted(found, key=lambda at: (-len(at), at))

    def reaches(self) -> Counter[str]:
        """Count for each file those that import it, directly or through others."""
        counts: Counter[str] = Counter()
        order = [knot for found in reversed(self._order) for knot in found]
        for start in range(0, len(order), BLOCK):
            block = order[start : start + BLOCK]
            for knot, size in self._reaches(order[start:], block).items():
                counts.update(dict.fromkeys(self._knots[knot], size))
        for knot in order:
            counts.update(dict.fromkeys(self._knots[knot], len(self._knots[knot]) - 1))
        return counts

    def _reaches(self, order: list[int], block: list[int]) -> Counter[int]:
        """Count only importers of this block: a bit for each of them goes down to its imports."""
        sizes = [len(self._knots[knot]) for knot in block]
        own = {knot: 1 << number for number, knot in enumerate(block)}
        above: dict[int, int] = defaultdict(int)
        counts: Counter[int] = Counter()
        for knot in order:
            bits = above.pop(knot, 0)
            counts[knot] = _sum(bits, sizes)
            bits |= own.get(knot, 0)
            if bits:
                for target in self._below[knot]:
                    above[target] |= bits
        return counts


def _sum(bits: int, sizes: list[int]) -> int:
    total = bits.bit_count()
    if total == 0 or max(sizes) == 1:
        return total
    # Few knots hold more than one file: those add what they hold beyond one.
    return total + sum(size - 1 for at, size in enumerate(sizes) if size > 1 and bits >> at & 1)


def _nodes(
    languages: Mapping[str, str], edges: set[tuple[str, str]], shape: Shape
) -> list[dict[str, Any]]:
    imports = Counter(source for source, _ in edges)
    imported = Counter(target for _, target in edges)
    layers = {path: number for number, layer in enumerate(shape.layers) for path in layer}
    reaches = shape.reaches()
    return [
        {
            "path": path,
            "language": name,
            "imports": imports[path],
            "imported_by": imported[path],
            "layer": layers[path],
            "reaches": reaches[path],
        }
        for path, name in sorted(languages.items())
    ]


def _most(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = sorted(nodes, key=lambda at: (-at["imported_by"], -at["reaches"], at["path"]))
    keys = ("path", "imported_by", "reaches")
    return [{key: at[key] for key in keys} for at in found[:MOST] if at["imported_by"]]


def _external(
    outside: Outside, languages: Mapping[str, str], is_standard: Callable[[str, str], bool]
) -> list[dict[str, Any]]:
    found = []
    for name, files in outside.items():
        used_by = sorted({languages[file] for file in files})
        standard = any(is_standard(name, language) for language in used_by)
        found.append(
            {"name": name, "imports": files.total(), "files": len(files)}
            | {"languages": used_by, "standard": standard}
        )
    return sorted(found, key=lambda at: (-at["imports"], at["name"]))
