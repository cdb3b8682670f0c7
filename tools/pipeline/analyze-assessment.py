# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.asyncorch]
# needs = ["dependencies", "metrics", "patterns"]
# inputs = [
#   "work/analysis/dependencies.json",
#   "work/analysis/metrics.json",
#   "work/analysis/patterns.json",
#   "work/analysis/findings/validate-*.jsonl",
#   "work/extracted/*.json",
#   "work/validated/config/**/*",
#   "work/validated/sources/**/setup.py",
# ]
# outputs = ["work/analysis/assessment.json", "work/analysis/assessment.md"]
# uses = ["tools/pipeline/toolkit/*.py", "tools/pipeline/origins.toml"]
# rows = false
# ///
"""Say what a migration of this snapshot is: one page, work/analysis/assessment.json and .md.

Size by language; for each file a class of effort and a risk with the reasons; an order to migrate
in, dependencies first; what the rules cover and what they do not.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Any

from toolkit.assess_gone import gone_modules
from toolkit.assess_inputs import gather, read_analysis, read_findings, read_left_out
from toolkit.assess_levels import declared_levels
from toolkit.assess_markdown import markdown
from toolkit.assess_page import page
from toolkit.assessing import EFFORTS, RISKS, Judged, Tree, judge
from toolkit.cuts import cuts
from toolkit.env import Environment, environment
from toolkit.files import put, staging
from toolkit.folders import parts, tops
from toolkit.inventory import load, save
from toolkit.ordering import number_waves, waves
from toolkit.origin import NOT_OURS, origin_of
from toolkit.rows import Rows
from toolkit.tool import parser, run

LISTED = 100


def main(argv: list[str]) -> int:
    parser(__doc__).parse_args(argv)
    env = environment()
    told = assess(env)
    with staging(env.staging) as stage:
        save(told, "assessment.json", env.analysis, stage)
        text = "\n".join(markdown(told)) + "\n"
        report = env.analysis / "assessment.md"
        put(text.encode("utf-8", "backslashreplace"), report, root=env.analysis, stage=stage)
    Rows().say("\n".join(page(told)))
    return 0


def assess(env: Environment) -> dict[str, Any]:
    graph, metrics, patterns = (
        read_analysis(env, name) for name in ("dependencies", "metrics", "patterns")
    )
    tree = gather(env, graph, metrics, patterns, read_findings(env))
    sources = {path for path, at in tree.inventory.items() if at["kind"] == "source"}
    judged = [judge(path, tree) for path in sorted(sources | tree.metrics.keys())]
    number_waves(judged)
    tests = frozenset(at.path for at in judged if at.origin == "test")
    return {
        "snapshot": (load(env.extracted) or {}).get("snapshot", "no inventory"),
        "target": patterns["target"],
        "python": ".".join(map(str, sys.version_info[:2])),
        "size": size(judged, tree),
        "languages": languages(judged, metrics, tree),
        "efforts": efforts(judged),
        "risks": {risk: sum(at.risk == risk for at in judged) for risk in RISKS},
        "tested": sum(at.tested and at.origin != "test" for at in judged),
        "untested": sum(not at.tested and at.layer is not None for at in judged),
        "parts": tops(judged),
        "folders": parts(judged),
        "waves": waves(judged, graph["cycles"]),
        "cycles": graph["cycles"],
        "cuts": cycle_cuts(graph),
        **worst(judged),
        **rules(patterns, judged, tests),
        "twice": twice(metrics, judged),
        "levels": declared_levels(env, tree.inventory),
        "suffixes": suffixes(tree),
        "gone": gone_modules(graph["external"]),
        "external": [at for at in graph["external"] if not at["standard"]],
        "rejected": dict(sorted(tree.rejected.items(), key=lambda at: (is_fixture(at[0]), at[0]))),
        "rejected_fixtures": sum(map(is_fixture, tree.rejected)),
        "rejected_by_kind": rejected_by_kind(tree),
        "left_out": dict(Counter(at["reason"] for at in read_left_out(env)).most_common()),
        "files": [asdict(at) for at in judged],
    }


def size(judged: list[Judged], tree: Tree) -> dict[str, int]:
    kinds = Counter(at["kind"] for at in tree.inventory.values())
    return {
        "files": len(tree.inventory) or len(judged),
        "sources": len(judged),
        "config": kinds["config"],
        "data": kinds["data"],
        "code": sum(at.code for at in judged),
        "python2": sum(at.get("dialect") == "python2" for at in tree.inventory.values()),
    }


def languages(judged: list[Judged], metrics: dict[str, Any], tree: Tree) -> list[dict[str, Any]]:
    measured = {at["language"]: at for at in metrics["languages"]}
    groups: dict[str, list[Judged]] = {}
    for at in judged:
        groups.setdefault(at.language, []).append(at)
    found = [
        {
            "language": name,
            "files": len(group),
            "code": sum(at.code for at in group),
            "tests": sum(at.origin == "test" for at in group),
            "not_ours": sum(at.effort == "not ours" for at in group),
            "rules": name in tree.ruled,
        }
        | {
            key: measured.get(name, {}).get(key, 0)
            for key in ("functions", "complex_functions", "duplicated")
        }
        for name, group in groups.items()
    ]
    return sorted(found, key=lambda at: (-int(at["code"]), str(at["language"])))


def efforts(judged: Iterable[Judged]) -> dict[str, dict[str, int]]:
    keys = ("files", "code", "tests", "places", "test_places")
    found = {effort: dict.fromkeys(keys, 0) for effort in EFFORTS}
    for at in judged:
        group = found[at.effort]
        group["files"] += 1
        group["code"] += at.code
        group["tests"] += at.code if at.origin == "test" else 0
        group["test_places" if at.origin == "test" else "places"] += at.places
    return found


def worst(judged: list[Judged]) -> dict[str, list[dict[str, Any]]]:
    """List what is riskiest, and what has most for a person, the tests apart."""
    risky = [at for at in judged if at.risk != "low"]
    risky.sort(key=lambda at: (-RISKS.index(at.risk), -len(at.reasons), -at.code, at.path))
    manual = sorted((at for at in judged if at.places), key=lambda at: (-at.places, at.path))
    tests = [at for at in manual if at.origin == "test"]
    manual = [at for at in manual if at.origin not in (*NOT_OURS, "test")]
    return {
        "riskiest": [asdict(at) for at in risky[:LISTED]],
        "most_manual": [asdict(at) for at in manual[:LISTED]],
        "most_manual_tests": [asdict(at) for at in tests[:LISTED]],
    }


def rules(patterns: dict[str, Any], judged: list[Judged], tests: frozenset[str]) -> dict[str, Any]:
    found = [
        {key: at[key] for key in at if key != "places"}
        | {"tests": sum(len(at["places"][path]) for path in at["places"].keys() & tests)}
        for at in patterns["rules"]
    ]
    person = [at for at in found if at["category"]]
    counts: Counter[str] = Counter()
    for at in person:
        counts[at["category"]] += at["count"]
    changed = [at for at in judged if at.changes]
    return {
        "rules": found,
        "person_rules": person,
        "person": [{"category": name, "count": count} for name, count in counts.most_common()],
        "coverage": {
            "changed_places": sum(at.changes for at in changed),
            "changed_files": len(changed),
            "may": sum(at.may for at in judged),
            "uncovered_files": sum(at.effort == "no rules" for at in judged),
        },
    }


def cycle_cuts(graph: dict[str, Any]) -> list[dict[str, Any]]:
    """Say of each cycle which imports hold it together."""
    home = {path: number for number, group in enumerate(graph["cycles"]) for path in group}
    edges: dict[int, list[tuple[str, str]]] = {}
    for at in graph["edges"]:
        number = home.get(at["from"])
        if number is not None and number == home.get(at["to"]):
            edges.setdefault(number, []).append((at["from"], at["to"]))
    return [
        {"files": len(graph["cycles"][number]), "imports": len(inner)}
        | {"cut": cuts(graph["cycles"][number], inner)}
        for number, inner in sorted(edges.items())
    ]


def twice(metrics: dict[str, Any], judged: list[Judged]) -> list[dict[str, Any]]:
    """List code that stands twice, where it is ours."""
    ours = {at.path for at in judged if at.origin not in NOT_OURS}
    blocks = metrics["duplication"]["blocks"]
    return [at for at in blocks if at["file"] in ours and at["other"] in ours][:LISTED]


def suffixes(tree: Tree) -> dict[str, dict[str, int]]:
    """Count what is no source by how its files' names end."""
    counts: dict[str, Counter[str]] = {"config": Counter(), "data": Counter()}
    for path, at in tree.inventory.items():
        if at["kind"] in counts:
            counts[at["kind"]][PurePosixPath(path).suffix.lower() or "(none)"] += 1
    return {kind: dict(at.most_common()) for kind, at in counts.items()}


def is_fixture(path: str) -> bool:
    """Whether the file lies with tests: those have broken files on purpose."""
    return origin_of(path, b"") == "test"


def rejected_by_kind(tree: Tree) -> dict[str, int]:
    kinds = (tree.inventory.get(path, {}).get("kind", "unknown") for path in sorted(tree.rejected))
    return dict(Counter(kinds).most_common())


if __name__ == "__main__":
    run(main)
