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
#   "work/analysis/findings/*.jsonl",
#   "work/extracted/*.json",
# ]
# outputs = ["work/analysis/assessment.json", "work/analysis/assessment.md"]
# uses = ["tools/pipeline/toolkit/*.py"]
# rows = false
# ///
"""Say what a migration of this snapshot is: one page, work/analysis/assessment.json and .md.

Size by language; for each file a class of effort and a risk with the reasons; an order to migrate
in, dependencies first; what the rules cover and what they do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from toolkit.assess_inputs import gather, read_analysis, read_findings, read_left_out
from toolkit.assess_markdown import markdown
from toolkit.assess_page import page
from toolkit.assessing import EFFORTS, RISKS, Judged, Tree, judge
from toolkit.env import Environment, environment
from toolkit.files import put, staging
from toolkit.folders import parts
from toolkit.inventory import load, save
from toolkit.ordering import number_waves, waves
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
    return {
        "snapshot": (load(env.extracted) or {}).get("snapshot", "no inventory"),
        "size": size(judged, tree),
        "languages": languages(judged, metrics, tree),
        "efforts": efforts(judged),
        "risks": {risk: sum(at.risk == risk for at in judged) for risk in RISKS},
        "tested": sum(at.tested and at.origin != "test" for at in judged),
        "untested": sum(not at.tested and at.layer is not None for at in judged),
        "folders": parts(judged),
        "waves": waves(judged, graph["cycles"]),
        "cycles": graph["cycles"],
        **worst(judged),
        **rules(patterns, judged),
        "twice": metrics["duplication"]["blocks"][:LISTED],
        "external": [at for at in graph["external"] if not at["standard"]],
        "rejected": dict(sorted(tree.rejected.items())),
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
    found = {effort: {"files": 0, "code": 0, "tests": 0} for effort in EFFORTS}
    for at in judged:
        group = found[at.effort]
        group["files"] += 1
        group["code"] += at.code
        group["tests"] += at.code if at.origin == "test" else 0
    return found


def worst(judged: list[Judged]) -> dict[str, list[dict[str, Any]]]:
    ours = [at for at in judged if at.effort != "not ours"]
    risky = [at for at in ours if at.risk != "low"]
    risky.sort(key=lambda at: (-RISKS.index(at.risk), -len(at.reasons), -at.code, at.path))
    manual = sorted((at for at in ours if at.places), key=lambda at: (-at.places, at.path))
    return {
        "riskiest": [asdict(at) for at in risky[:LISTED]],
        "most_manual": [asdict(at) for at in manual[:LISTED]],
    }


def rules(patterns: dict[str, Any], judged: list[Judged]) -> dict[str, Any]:
    found = [{key: at[key] for key in at if key != "places"} for at in patterns["rules"]]
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
            "uncovered_files": sum(
                at.language not in patterns["languages_with_rules"] for at in judged
            ),
        },
    }


def rejected_by_kind(tree: Tree) -> dict[str, int]:
    kinds = (tree.inventory.get(path, {}).get("kind", "unknown") for path in tree.rejected)
    return dict(Counter(kinds).most_common())


if __name__ == "__main__":
    run(main)
