# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39"]
#
# [tool.asyncorch]
# inputs = ["work/validated/sources/**/*", "work/validated/config/**/*"]
# outputs = ["work/analysis/dependencies.json", "work/analysis/dependencies.graphml"]
# uses = ["tools/pipeline/toolkit/*.py"]
# rows = false
# ///
"""Write which file imports which: work/analysis/dependencies.json and .graphml.

Imports are read in Python, Java, JavaScript and TypeScript, C and C++, Go and C#. The graph has
nodes, edges, cycles, layers (what imports nothing comes first), roots (what nothing imports),
what is depended on most, how many files a change of each file reaches, external libraries with
counts, and imports that lead nowhere. Files that an earlier phase rejected are left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from toolkit import links_c, links_csharp, links_go, links_java, links_javascript, links_python
from toolkit.classify import classify
from toolkit.env import Environment, environment
from toolkit.files import put, staging
from toolkit.graph import describe
from toolkit.graphml import graphml
from toolkit.inventory import save
from toolkit.links import Link
from toolkit.reach import reached
from toolkit.rows import Rows, row_name
from toolkit.tool import ToolError, parser, run
from toolkit.walk import files

# One family resolves together: TypeScript may import JavaScript, and the other way round.
FAMILY: dict[str, Any] = {
    "python": links_python,
    "java": links_java,
    "go": links_go,
    "csharp": links_csharp,
    "c": links_c,
    "cpp": links_c,
} | dict.fromkeys(("javascript", "typescript", "tsx"), links_javascript)
NAME = "dependencies.json"
SHOWN = 5


def main(argv: list[str]) -> int:
    words = parser(__doc__)
    words.add_argument("--reach", metavar="FILE", help="say only what a change of FILE reaches")
    given = words.parse_args(argv)
    env, say = environment(), Rows().say
    if given.reach:
        return tell_reach(env, given.reach, say)
    languages = languages_of(env)
    graph = describe(languages, links(env, languages), is_standard)
    with staging(env.staging) as stage:
        save(graph, NAME, env.analysis, stage)
        picture = env.analysis / "dependencies.graphml"
        put(graphml(graph).encode(), picture, root=env.analysis, stage=stage)
    summarize(graph, say)
    return 0


def languages_of(env: Environment) -> dict[str, str]:
    root = env.validated / "sources"
    return {
        path: name
        for path in files(root)
        if path not in env.rejected and (name := classify(root, path).language) in FAMILY
    }


def links(env: Environment, languages: dict[str, str]) -> Iterator[Link]:
    """Read every file once, then resolve what they name, a family of languages at a time."""
    found: dict[Any, dict[str, Any]] = defaultdict(dict)
    for path, language in languages.items():
        family = FAMILY[language]
        text = (env.validated / "sources" / path).read_text("utf-8-sig", errors="replace")
        found[family][path] = family.names(text, language)
    for family, named in found.items():
        yield from family.resolve(named, env.validated / "config")


def is_standard(name: str, language: str) -> bool:
    """Whether a library comes with the language itself."""
    return bool(FAMILY[language].is_standard(name))


def tell_reach(env: Environment, path: str, say: Callable[[str], None]) -> int:
    try:
        graph = json.loads((env.analysis / NAME).read_bytes())
    except FileNotFoundError as error:
        raise ToolError("there is no graph yet", hint="run this tool without --reach") from error
    if path not in {node["path"] for node in graph["nodes"]}:
        raise ToolError(f"`{path}` is not in the graph", hint="name it as its path in the snapshot")
    found = reached(graph, path)
    for importer, distance in found.items():
        say(f"{distance} {row_name(importer)}")
    say(f"a change of {row_name(path)} reaches {len(found)} of {len(graph['nodes'])} files")
    return 0


def summarize(graph: dict[str, Any], say: Callable[[str], None]) -> None:
    say(f"{len(graph['nodes'])} files, {len(graph['edges'])} imports among them")
    for group in graph["cycles"][:SHOWN]:
        say(f"a cycle of {len(group)} files: {', '.join(map(row_name, group[:SHOWN]))}")
    say(f"{len(graph['cycles'])} cycles, {len(graph['unresolved'])} imports lead nowhere")
    most = [
        f"{row_name(at['path'])} (by {at['imported_by']}, a change reaches {at['reaches']})"
        for at in graph["most_depended_on"][:SHOWN]
    ]
    if most:
        say(f"{len(graph['layers'])} layers; imported most: {', '.join(most)}")
    others = [at for at in graph["external"] if not at["standard"]]
    top = [f"{row_name(at['name'])} ({at['imports']})" for at in others[:SHOWN]]
    say(f"{len(others)} external libraries: {', '.join(top) or 'none'}")


if __name__ == "__main__":
    run(main)
