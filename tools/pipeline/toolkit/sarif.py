"""Write what rules found as SARIF 2.1.0, which code scanners and editors read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from toolkit.rows import CONTROL

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "info": "note", "hint": "note"}


def sarif(found: Mapping[str, Any]) -> dict[str, Any]:
    rules = found["rules"]
    results = [
        _result(number, rule, path, *place)
        for number, rule in enumerate(rules)
        for path, places in rule["places"].items()
        for place in places
    ]
    driver = {"name": "asyncorch-patterns", "rules": [_rule(rule) for rule in rules]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rule["id"],
        "shortDescription": {"text": _text(rule["message"])},
        "properties": {"language": rule["language"], "fix": rule["fix"]},
    }
    return made | ({"helpUri": rule["url"]} if rule["url"] else {})


def _result(
    number: int, rule: Mapping[str, Any], path: str, line: int, column: int
) -> dict[str, Any]:
    uri = quote(path.encode("utf-8", "surrogateescape"))
    return {
        "ruleId": rule["id"],
        "ruleIndex": number,
        "level": "note" if rule["fix"] == "safe" else LEVELS.get(rule["severity"], "warning"),
        "message": {"text": _text(rule["message"])},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri, "uriBaseId": "SOURCES"},
                    "region": {"startLine": line, "startColumn": column},
                }
            }
        ],
    }


def _text(message: str) -> str:
    return CONTROL.sub(" ", message) or "no message"
