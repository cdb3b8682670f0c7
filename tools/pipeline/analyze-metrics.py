# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39"]
#
# [tool.asyncorch]
# inputs = ["work/validated/sources/**/*"]
# outputs = ["work/analysis/metrics.json"]
# uses = ["tools/pipeline/toolkit/*.py"]
# rows = false
# ///
"""Measure every source file: work/analysis/metrics.json.

Lines, lines of code, functions and cyclomatic complexity of each file; the functions that are
most complex; code that stands in more than one place; sums a language. Files that an earlier
phase rejected are left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from toolkit.classify import classify
from toolkit.code_metrics import Function, Metrics, measure_code
from toolkit.duplication import WINDOW, Duplicates
from toolkit.env import Environment, environment
from toolkit.files import staging
from toolkit.inventory import save
from toolkit.rows import Rows, row_name
from toolkit.tool import parser, run
from toolkit.walk import files

NAME = "metrics.json"
HOT, BLOCKS, SHOWN = 100, 100, 5
COMPLEX = 10  # beyond that many ways, a function is said to be hard to test
LARGEST = 8 << 20
SUMS = ("lines", "code", "functions", "complex_functions", "complexity", "duplicated")


def main(argv: list[str]) -> int:
    parser(__doc__).parse_args(argv)
    env = environment()
    found, hot, duplicates = measure_all(env)
    shares, blocks = duplicates.find()
    for record in found:
        record["duplicated"] = shares.get(record["path"], 0)
    metrics = {
        "languages": sums(found),
        "files": found,
        "complex_functions": hot[:HOT],
        "duplication": {"window": WINDOW, "blocks": [asdict(at) for at in blocks[:BLOCKS]]},
    }
    with staging(env.staging) as stage:
        save(metrics, NAME, env.analysis, stage)
    summarize(metrics, Rows().say)
    return 0


def measure_all(env: Environment) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Duplicates]:
    root = env.validated / "sources"
    found, hot, duplicates = [], [], Duplicates()
    for path in files(root):
        file = root / path
        if path in env.rejected or file.stat().st_size > LARGEST:
            continue
        language = classify(root, path).language
        metrics, code = measure_code(file.read_text("utf-8-sig", errors="replace"), language)
        duplicates.add(path, code)
        found.append(record(path, language, metrics))
        hot += [hot_spot(path, at) for at in metrics.functions if at.complexity > COMPLEX]
    hot.sort(key=lambda at: (-at["complexity"], at["file"], at["line"]))
    return found, hot, duplicates


def record(path: str, language: str, metrics: Metrics) -> dict[str, Any]:
    complexities = [function.complexity for function in metrics.functions]
    return {
        "path": path,
        "language": language or "other",
        "lines": metrics.lines,
        "code": metrics.code,
        "functions": len(complexities),
        "complexity": metrics.complexity,
        "most_complex": max(complexities, default=0),
        "complex_functions": sum(at > COMPLEX for at in complexities),
    }


def hot_spot(path: str, function: Function) -> dict[str, Any]:
    return {"file": path, **asdict(function)}


def sums(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    languages: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(("files", *SUMS), 0))
    for at in found:
        total = languages[at["language"]]
        total["files"] += 1
        for key in SUMS:
            total[key] += at[key]
    made = [{"language": name, **total} for name, total in languages.items()]
    return sorted(made, key=lambda at: (-int(at["code"]), str(at["language"])))


def summarize(metrics: dict[str, Any], say: Callable[[str], None]) -> None:
    for at in metrics["languages"][:SHOWN]:
        share = 100 * at["duplicated"] // max(1, at["code"])
        say(
            f"{at['language']}: {at['files']} files, {at['code']} lines of code,"
            f" {at['functions']} functions ({at['complex_functions']} complex),"
            f" {share} % duplicated"
        )
    for at in metrics["complex_functions"][:SHOWN]:
        place = f"{row_name(at['file'])}:{at['line']}"
        say(f"complex: {place} {at['name']} ({at['complexity']} ways, {at['lines']} lines)")
    for at in metrics["duplication"]["blocks"][:SHOWN]:
        say(
            f"twice: {row_name(at['file'])}:{at['line']}-{at['end']}"
            f" is {row_name(at['other'])}:{at['other_line']}"
        )


if __name__ == "__main__":
    run(main)
