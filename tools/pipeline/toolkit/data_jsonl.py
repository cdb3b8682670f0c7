"""Check JSON lines: each line one value, and which keys the objects have."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from toolkit.rows import Finding

KEPT = 100  # findings; a file with more is broken all over
NAMES = {str: "text", int: "integer", float: "decimal", bool: "boolean", list: "list"} | {
    dict: "object", type(None): "null",
}  # fmt: skip


def check_lines(file: Path) -> tuple[list[Finding], dict[str, Any]]:
    findings: list[Finding] = []
    keys: dict[str, Counter[str]] = defaultdict(Counter)
    records = 0
    with file.open(encoding="utf-8-sig", newline="\n") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            records += 1
            value = _value(line, number, findings)
            if isinstance(value, dict):
                for key, inner in value.items():
                    keys[key][NAMES[type(inner)]] += 1
            if len(findings) >= KEPT:
                findings.append(Finding("and no further line was read", "jsonl", number, 1))
                break
    return findings, {"form": "json lines", "records": records, "keys": _told(keys, records)}


def _value(line: str, number: int, findings: list[Finding]) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        findings.append(Finding(error.msg, "jsonl", number, error.colno))
    except RecursionError:
        findings.append(Finding("brackets nested too deep", "jsonl", number, 1))
    except ValueError as error:  # an integer of more digits than Python reads
        findings.append(Finding(str(error).partition(";")[0], "jsonl", number, 1))
    return None


def _told(keys: dict[str, Counter[str]], records: int) -> list[dict[str, Any]]:
    return [
        {"name": key, "types": dict(types.most_common()), "missing": records - types.total()}
        for key, types in keys.items()
    ]
