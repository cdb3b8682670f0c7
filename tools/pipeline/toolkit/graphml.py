"""Write the graph of dependencies as GraphML, which Gephi, yEd and Cytoscape read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from toolkit.rows import row_name

KEYS = {
    "path": "string",
    "language": "string",
    "imports": "int",
    "imported_by": "int",
    "layer": "int",
    "reaches": "int",
}


def graphml(graph: Mapping[str, Any]) -> str:
    """Nodes have numbers, since XML has no name for some of the characters that a path may have."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Mapping[str, Any]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for key, kind in KEYS.items():
        yield f' <key id="{key}" for="node" attr.name="{key}" attr.type="{kind}"/>'
    yield ' <graph edgedefault="directed">'
    numbers = {node["path"]: number for number, node in enumerate(graph["nodes"])}
    for node in graph["nodes"]:
        told = "".join(f'<data key="{key}">{_text(node[key])}</data>' for key in KEYS)
        yield f'  <node id="n{numbers[node["path"]]}">{told}</node>'
    for edge in graph["edges"]:
        source, target = numbers[edge["from"]], numbers[edge["to"]]
        yield f'  <edge source="n{source}" target="n{target}"/>'
    yield " </graph>"
    yield "</graphml>"


def _text(value: object) -> str:
    return escape(row_name(str(value)))
