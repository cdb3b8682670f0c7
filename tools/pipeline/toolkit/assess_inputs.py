"""Gather what the assessment is made from: the inventory, the ledger, and the other analyses."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from toolkit.assessing import MAY, Tree
from toolkit.env import Environment
from toolkit.inventory import load
from toolkit.ledger import FOLDER, Record, read
from toolkit.tool import ToolError

TEST_WORD = re.compile(r"^tests?_|^Test(?=[A-Z])|(?:_tests?|Tests?|IT|[._]spec|[._]test)$")


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
    """Read what validation found, each record with its step.

    Transform's findings are of a later phase: the next run would assess the same files otherwise.
    """
    files = sorted((env.analysis / FOLDER).glob("validate-*.jsonl"))
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
    """Count changes a file, and what is for a person, by category or else by rule.

    What ruff would not do by itself (`unsafe`, or a hint of style) is nobody's duty, and what a
    rule calls a hint is none either: it works as it is.
    """
    matches: dict[str, Counter[str]] = defaultdict(Counter)
    person: dict[str, Counter[str]] = defaultdict(Counter)
    for rule in patterns["rules"]:
        for path, places in rule["places"].items():
            if rule["category"]:
                person[path][rule["category"]] += len(places)
            elif rule["fix"] == "safe":
                matches[path]["safe" if rule["engine"] != "fissix" else "fissix"] += len(places)
            elif rule["fix"] == "none" and rule["engine"] != "ruff":
                hint = rule["severity"] in MAY
                (matches if hint else person)[path]["may" if hint else rule["id"]] += len(places)
    return matches, person


def _tested(graph: Mapping[str, Any], inventory: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Find tests, what is called as they are, and all that these import, also through others."""
    imports: dict[str, list[str]] = defaultdict(list)
    for edge in graph["edges"]:
        imports[edge["from"]].append(edge["to"])
    paths = [at["path"] for at in graph["nodes"]]
    found = [path for path in paths if inventory.get(path, {}).get("origin") == "test"]
    subjects = {TEST_WORD.sub("", PurePosixPath(path).stem) for path in found} - {""}
    found += [path for path in paths if PurePosixPath(path).stem in subjects]
    seen = set(found)
    for path in found:  # which grows as it goes
        new = [target for target in imports[path] if target not in seen]
        seen.update(new)
        found += new
    return frozenset(seen)
