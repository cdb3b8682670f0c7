# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39", "pyyaml>=6.0.2", "ruff>=0.14"]
#
# [tool.asyncorch]
# inputs = ["work/validated/sources/**/*", "work/extracted/inventory.json"]
# outputs = ["work/analysis/patterns.json", "work/analysis/patterns.sarif"]
# uses = ["tools/pipeline/rules/**/*", "tools/pipeline/toolkit/*.py"]
# rows = false
# ///
"""Write what the rules find, before anything is changed: work/analysis/patterns.json and .sarif.

For Python what ruff would modernize (PYTHON_TARGET in the environment, or --target-version, says
for which Python), for all languages what the rules in tools/pipeline/rules/ would change or only
report, and where Python of the 2-era asks for a person: bytes and text, division, sorting.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from toolkit import python2_places
from toolkit.classify import classify
from toolkit.env import Environment, environment
from toolkit.files import staging
from toolkit.inventory import dialects, load, save
from toolkit.modernize import default_target
from toolkit.patterns import Match, describe
from toolkit.patterns_ruff import ruff_matches
from toolkit.patterns_rules import finders, rule_matches
from toolkit.rows import Rows
from toolkit.sarif import sarif
from toolkit.tool import parser, run
from toolkit.walk import files

SHOWN = 8


def main(argv: list[str]) -> int:
    words = parser(__doc__)
    target = os.environ.get("PYTHON_TARGET") or default_target()
    words.add_argument("--target-version", default=target, metavar="VERSION")
    given = words.parse_args(argv)
    env = environment()
    languages = languages_of(env)
    old = of_2_era(env, [path for path, name in languages.items() if name == "python"])
    rules = finders()
    found = describe(search(env, languages, old, rules, given.target_version))
    told = {"target": given.target_version, "python2": len(old), **found}
    told["languages_with_rules"] = sorted({"python", *rules})
    with staging(env.staging) as stage:
        save(told, "patterns.json", env.analysis, stage)
        save(sarif(found), "patterns.sarif", env.analysis, stage)
    summarize(told, Rows().say)
    return 0


def languages_of(env: Environment) -> dict[str, str]:
    root = env.validated / "sources"
    taken = (path for path in files(root) if path not in env.rejected)
    return {path: classify(root, path).language for path in taken}


def of_2_era(env: Environment, python: list[str]) -> frozenset[str]:
    """Find files of the 2-era: those so marked, or all of a tree that has many."""
    marked = set(python) & dialects(load(env.extracted)).keys()
    many = len(marked) >= python2_places.MARKED_SHARE * len(python)
    return frozenset(python if marked and many else marked)


def search(
    env: Environment,
    languages: dict[str, str],
    old: frozenset[str],
    rules: dict[str, Any],
    target: str,
) -> Iterator[Match]:
    root = env.validated / "sources"
    if "python" in languages.values():
        yield from (at for at in ruff_matches(root, target) if at.path in languages)
    for path, language in languages.items():
        if language not in rules and path not in old:
            continue
        text = (root / path).read_text("utf-8-sig", errors="replace")
        yield from rule_matches(text, path, language, rules.get(language, []))
        if path in old:
            yield from python2_places.matches(text, path)


def summarize(told: dict[str, Any], say: Callable[[str], None]) -> None:
    for fix, words in (("safe", "changed"), ("none", "only reported"), ("unsafe", "left alone")):
        rules = [at for at in told["rules"] if at["fix"] == fix]
        say(f"{sum(at['count'] for at in rules)} places would be {words}, by {len(rules)} rules")
        for at in rules[:SHOWN]:
            say(f"  {at['count']} {at['id']} in {at['files']} files: {at['message']}")
    if told["python2"]:
        say(f"{told['python2']} files of Python's 2-era were searched for what needs a person")


if __name__ == "__main__":
    run(main)
