"""The graph of a snapshot's files and what they import, ready to be written as JSON."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.links import Link


def describe(languages: Mapping[str, str], links: Iterable[Link]) -> dict[str, Any]:
    """Nodes (`languages` says which files there are), edges, cycles, and what lies outside."""
    edges: set[tuple[str, str]] = set()
    outside: dict[str, Counter[str]] = defaultdict(Counter)
    missing: set[tuple[str, str]] = set()
    for link in links:
        if link.target:
            edges.add((link.source, link.target))
        elif link.external:
            outside[link.name][link.source] += 1
        else:
            missing.add((link.source, link.name))
    return {
        "nodes": _nodes(languages, edges),
        "edges": [{"from": source, "to": target} for source, target in sorted(edges)],
        "cycles": cycles(edges),
        "external": _external(outside),
        "unresolved": [{"from": source, "name": name} for source, name in sorted(missing)],
    }


def cycles(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Find the groups of files that each reach all the others, the largest first."""
    import networkx as nx  # noqa: PLC0415 (a seventh of a second, not to be paid for --help)

    graph: nx.DiGraph[str] = nx.DiGraph(list(edges))
    groups = [sorted(group) for group in nx.strongly_connected_components(graph)]
    return sorted((at for at in groups if len(at) > 1), key=lambda at: (-len(at), at))


def _nodes(languages: Mapping[str, str], edges: set[tuple[str, str]]) -> list[dict[str, Any]]:
    imports = Counter(source for source, _ in edges)
    imported = Counter(target for _, target in edges)
    return [
        {"path": path, "language": name, "imports": imports[path], "imported_by": imported[path]}
        for path, name in sorted(languages.items())
    ]


def _external(outside: Mapping[str, Counter[str]]) -> list[dict[str, Any]]:
    found = [
        {"name": name, "imports": files.total(), "files": len(files)}
        for name, files in outside.items()
    ]
    return sorted(found, key=lambda at: (-at["imports"], at["name"]))
