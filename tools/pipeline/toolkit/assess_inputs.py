"""Gather what the assessment is made from: the inventory, the ledger, and the other analyses."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from toolkit.assessing import Tree
from toolkit.env import Environment
from toolkit.inventory import load
from toolkit.ledger import FOLDER, Record, read
from toolkit.tool import ToolError


def read_analysis(env: Environment, name: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((env.analysis / f"{name}.json").read_bytes())
    except FileNotFoundError as error:
        raise ToolError(
            f"there is no {name}.json in `{env.analysis}`",
            hint=f"run the analyze step `{name}` first",
        ) from error
    return found


def read_findings(env: Environment) -> list[Record]:
    """Read the whole ledger, each record with the step that found it."""
    files = sorted((env.analysis / FOLDER).glob("*.jsonl"))
    return [{"step": file.stem, **record} for file in files for record in read(file)]


def read_left_out(env: Environment) -> list[dict[str, str]]:
    file: Path = env.extracted / "left-out.json"
    found: list[dict[str, str]] = (
        json.loads(file.read_bytes())["left_out"] if file.is_file() else []
    )
    return found


def gather(
    env: Environment,
    graph: Mapping[str, Any],
    metrics: Mapping[str, Any],
    patterns: Mapping[str, Any],
    findings: list[Record],
) -> Tree:
    inventory = {at["path"]: at for at in (load(env.extracted) or {"files": []})["files"]}
    errors = {
        at["file"]: f"{at['rule']}: {at['message']}"
        for at in reversed(findings)
        if at["severity"] == "error"
    }
    rejected = dict.fromkeys(env.rejected, "rejected by an earlier step") | errors
    matches, person = _by_file(patterns)
    return Tree(
        metrics={at["path"]: at for at in metrics["files"]},
        nodes={at["path"]: at for at in graph["nodes"]},
        matches=matches,
        person=person,
        inventory=inventory,
        rejected=rejected,
        knots={path: len(group) for group in graph["cycles"] for path in group},
        tested=_tested(graph, inventory),
        ruled=frozenset(patterns["languages_with_rules"]),
    )


def _by_file(
    patterns: Mapping[str, Any],
) -> tuple[dict[str, Counter[str]], dict[str, Counter[str]]]:
    """Count safe changes and reported places a file; places with a category are for a person.

    What ruff would not do by itself (`unsafe`, or a hint of style) is nobody's duty.
    """
    matches: dict[str, Counter[str]] = defaultdict(Counter)
    person: dict[str, Counter[str]] = defaultdict(Counter)
    for rule in patterns["rules"]:
        for path, places in rule["places"].items():
            if rule["category"]:
                person[path][rule["category"]] += len(places)
            elif rule["fix"] == "safe":
                matches[path]["safe"] += len(places)
            elif rule["engine"] != "ruff":
                matches[path]["other"] += len(places)
    return matches, person


def _tested(graph: Mapping[str, Any], inventory: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Find tests and all that they import, directly or through others."""
    imports: dict[str, list[str]] = defaultdict(list)
    for edge in graph["edges"]:
        imports[edge["from"]].append(edge["to"])
    tests = (at["path"] for at in graph["nodes"])
    found = [path for path in tests if inventory.get(path, {}).get("origin") == "test"]
    seen = set(found)
    for path in found:  # which grows as it goes
        new = [target for target in imports[path] if target not in seen]
        seen.update(new)
        found += new
    return frozenset(seen)
