"""The ledger of findings: work/analysis/findings/<step>.jsonl, one finding a line, sorted.

A record has file, line, column, severity (error or note), rule and message. Batches that end at
the same time wait for each other; what an earlier run found in a file stays until the file is
judged anew or is gone from the snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from toolkit.env import Environment
from toolkit.files import locked, put, staging
from toolkit.languages import Kind
from toolkit.rows import Finding, Rows

FOLDER = "findings"
Record = dict[str, Any]


@contextmanager
def judging(env: Environment, step: str) -> Iterator[Rows]:
    """Give rows to judge files with, and write down what they found, however the block ends."""
    rows = Rows()
    try:
        yield rows
    finally:
        keep(rows.found, f"{FOLDER}/{step}.jsonl", env)


def keep(found: Mapping[str, list[Finding]], name: str, env: Environment) -> None:
    records = {path: [_record(path, at) for at in each] for path, each in found.items()}
    keep_records(records, name, env)


def keep_records(told: Mapping[str, list[Record]], name: str, env: Environment) -> None:
    """Put these records of these files in place of those that the file `name` has of them."""
    file = env.analysis / name
    with locked(env.work / ".ledger.lock"):
        before = [at for at in read(file) if at["file"] not in told and _is_there(at, env)]
        records = [*before, *(at for each in told.values() for at in each)]
        if not records and not file.exists():
            return
        records.sort(key=lambda at: (at["file"], at.get("line", 0), at.get("column", 0)))
        with staging(env.staging) as stage:
            text = "".join(json.dumps(at) + "\n" for at in records)
            put(text.encode(), file, root=env.work, stage=stage)


def read(file: Path) -> Iterator[Record]:
    """Read a file of records; one that is not there has none."""
    if file.is_file():
        with file.open("rb") as lines:
            yield from map(json.loads, lines)


def _record(path: str, finding: Finding) -> Record:
    return {
        "file": path,
        "line": finding.line,
        "column": finding.column,
        "severity": "note" if finding.note else "error",
        "rule": finding.rule,
        "message": finding.message,
    }


def _is_there(record: Record, env: Environment) -> bool:
    trees = [root / kind.tree for root in (env.extracted, env.validated) for kind in Kind]
    return any((tree / record["file"]).is_file() for tree in trees)
