# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39", "networkx>=3.3"]
#
# [tool.asyncorch]
# inputs = ["work/validated/sources/**/*"]
# outputs = ["work/analysis/dependencies.json"]
# uses = ["tools/pipeline/toolkit/*.py"]
# rows = false
# ///
"""Write which file imports which to work/analysis/dependencies.json.

Imports are read in Python, Java, JavaScript and TypeScript. The graph has nodes, edges, cycles,
external libraries with counts, and relative imports that lead nowhere. Files that an earlier
phase rejected are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from toolkit import links_java, links_javascript, links_python
from toolkit.classify import classify
from toolkit.env import environment
from toolkit.files import staging
from toolkit.graph import describe
from toolkit.inventory import save
from toolkit.links import Link
from toolkit.rows import Rows, row_name
from toolkit.syntax import parse
from toolkit.tool import parser, run
from toolkit.walk import files

# One family resolves together: TypeScript may import JavaScript, and the other way round.
FAMILY = {"python": links_python, "java": links_java} | dict.fromkeys(
    ("javascript", "typescript", "tsx"), links_javascript
)
NAME = "dependencies.json"
SHOWN = 5


def main(argv: list[str]) -> int:
    parser(__doc__).parse_args(argv)
    env = environment()
    root = env.validated / "sources"
    languages = {
        path: name
        for path in files(root)
        if path not in env.rejected and (name := classify(root, path).language) in FAMILY
    }
    graph = describe(languages, links(root, languages))
    with staging(env.staging) as stage:
        save(graph, NAME, env.analysis, stage)
    summarize(graph, Rows().say)
    return 0


def links(root: Path, languages: dict[str, str]) -> Iterator[Link]:
    """Read every file once, then resolve what they name, a family of languages at a time."""
    found: dict[Any, dict[str, Any]] = defaultdict(dict)
    for path, language in languages.items():
        family = FAMILY[language]
        text = (root / path).read_text("utf-8-sig", errors="replace")
        found[family][path] = family.names(parse(text, language))
    for family, named in found.items():
        yield from family.resolve(named)


def summarize(graph: dict[str, Any], say: Callable[[str], None]) -> None:
    say(f"{len(graph['nodes'])} files, {len(graph['edges'])} imports among them")
    for group in graph["cycles"][:SHOWN]:
        say(f"a cycle of {len(group)} files: {', '.join(map(row_name, group[:SHOWN]))}")
    say(f"{len(graph['cycles'])} cycles, {len(graph['unresolved'])} relative imports unresolved")
    top = [f"{at['name']} ({at['imports']})" for at in graph["external"][:SHOWN]]
    say(f"{len(graph['external'])} external libraries: {', '.join(top) or 'none'}")


if __name__ == "__main__":
    run(main)
