"""Draw each cycle of a graph together to one knot, and put the knots in order.

Kosaraju's way: walk the imports, note each file once all that it imports is noted; then, from the
last one on, whatever reaches a file that is left over belongs to its knot. Without recursion: a
chain of imports may be longer than Python's stack is deep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

Graph = Mapping[str, Sequence[str]]


def knots(imports: Graph) -> list[list[str]]:
    """Group the files that each reach all the others; a group comes after all that it imports."""
    importers: dict[str, list[str]] = {path: [] for path in imports}
    for path, targets in imports.items():
        for target in targets:
            importers[target].append(path)
    seen: set[str] = set()
    order = [path for start in imports for path in _walk(start, imports, seen)]
    seen.clear()
    found = [sorted(_walk(start, importers, seen)) for start in reversed(order)]
    return [knot for knot in reversed(found) if knot]


def layers(below: Sequence[Sequence[int]]) -> list[list[int]]:
    """Put knots in layers by the longest chain of imports below each.

    `below` names the knots that each one imports, all of which have a lower number than it has;
    those of the first layer import none.
    """
    level: list[int] = []
    for imported in below:
        level.append(1 + max((level[at] for at in imported), default=-1))
    made: list[list[int]] = [[] for _ in range(max(level, default=-1) + 1)]
    for number, at in enumerate(level):
        made[at].append(number)
    return made


def _walk(start: str, graph: Graph, seen: set[str]) -> Iterator[str]:
    """Yield what is reached from `start` and was not seen yet, each after all that follows it."""
    if start in seen:
        return
    seen.add(start)
    way = [(start, iter(graph[start]))]
    while way:
        path, rest = way[-1]
        following = next((at for at in rest if at not in seen), None)
        if following is None:
            way.pop()
            yield path
        else:
            seen.add(following)
            way.append((following, iter(graph[following])))
