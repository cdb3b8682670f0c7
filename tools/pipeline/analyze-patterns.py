# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39", "pyyaml>=6.0.2", "ruff>=0.14"]
#
# [tool.asyncorch]
# inputs = ["work/validated/sources/**/*", "work/extracted/inventory.json"]
# outputs = ["work/analysis/patterns.json", "work/analysis/patterns.sarif"]
# uses = [
#   "tools/pipeline/rules/**/*", "tools/pipeline/toolkit/*.py", "tools/pipeline/origins.toml",
# ]
# env_inputs = ["PYTHON_TARGET", "PYTHON_RULES", "PYTHON2", "TRANSFORM_ALL", "TRANSFORM_RULES"]
# rows = false
# ///
"""Write what the rules find, before anything is changed: work/analysis/patterns.json and .sarif.

It foretells the transform, and so reads the same variables of the environment (see there): what
fissix and ruff would do to Python, what the rules in tools/pipeline/rules/ and the user's own would
change or only report, in all languages. Besides, where Python of the 2-era asks for a person: bytes
and text, division, sorting. What the transform leaves as it is (vendored, generated, minified) is
not searched. A change that no one asked for is `unsafe`: ruff's own, and the optional rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from toolkit import python2_places
from toolkit.classify import classify
from toolkit.env import Environment, environment
from toolkit.files import staging
from toolkit.inventory import dialects, load, save
from toolkit.origin import not_ours
from toolkit.patterns import Match, Rule, describe
from toolkit.patterns_ruff import ruff_matches
from toolkit.patterns_rules import rule_matches
from toolkit.rows import Rows
from toolkit.rules import languages, optional_rules, rules_of
from toolkit.sarif import sarif
from toolkit.tool import parser, run
from toolkit.walk import files
from toolkit.wanted import Wanted, wanted

SHOWN = 8


FISSIX = Rule("fissix", "fissix", "python", "Python of the 2-era is written as today's", "safe")


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched: by language its files and their content; and what is left as it is."""

    texts: Mapping[str, Mapping[str, bytes]]
    marked: frozenset[str]  # Python that today's compiler refuses
    left: Counter[str] = field(default_factory=Counter)

    @property
    def python(self) -> Mapping[str, bytes]:
        return self.texts.get("python", {})


def main(argv: list[str]) -> int:
    words = parser(__doc__)
    words.add_argument("--target-version", metavar="VERSION")
    given = words.parse_args(argv)
    env = environment()
    wishes = wanted(env.project, given.target_version)
    read = read_sources(env, wishes)
    old = of_2_era(read)
    ruled = languages(wishes.rules)
    with staging(env.staging) as stage:
        python = ruff_matches(read.python, stage, target=wishes.target, select=wishes.select)
        found = describe([*python, *search(read, old, wishes)])
        told = {"target": wishes.target, "python2": len(old), "left": read.left, **found}
        told["languages_with_rules"] = sorted({"python", *ruled})
        save(told, "patterns.json", env.analysis, stage)
        save(sarif(found), "patterns.sarif", env.analysis, stage)
    summarize(told, Rows().say)
    return 0


def read_sources(env: Environment, wishes: Wanted) -> Searched:
    root = env.validated / "sources"
    texts: dict[str, dict[str, bytes]] = {}
    marked = frozenset(dialects(load(env.extracted)))
    left: Counter[str] = Counter()
    for path in files(root):
        if path in env.rejected:
            continue
        content = (root / path).read_bytes()
        if not wishes.all_origins and path not in marked and (why := not_ours(path, content)):
            left[why] += 1
        else:
            texts.setdefault(classify(root, path).language, {})[path] = content
    return Searched(texts, marked, left)


def of_2_era(read: Searched) -> frozenset[str]:
    """Find files of the 2-era: those so marked, or all of a tree that has many."""
    marked = read.marked & read.python.keys()
    many = len(marked) >= python2_places.MARKED_SHARE * len(read.python)
    return frozenset(read.python if marked and many else marked)


def search(read: Searched, old: frozenset[str], wishes: Wanted) -> Iterator[Match]:
    yield from (Match(FISSIX, path, 1, 1) for path in read.marked & read.python.keys())
    for language, texts in read.texts.items():
        rules = [*rules_of(language, wishes.rules), *optional_rules(language, wishes.rules)]
        for path, content in texts.items() if rules or language == "python" else ():
            text = content.decode("utf-8-sig", "replace")
            yield from rule_matches(text, path, rules)
            if path in old:
                converted = path in read.marked or wishes.all_old
                yield from python2_places.matches(text, path, converted=converted)


def summarize(told: dict[str, Any], say: Callable[[str], None]) -> None:
    for fix, words in (("safe", "changed"), ("none", "only reported"), ("unsafe", "left alone")):
        rules = [at for at in told["rules"] if at["fix"] == fix]
        say(f"{sum(at['count'] for at in rules)} places would be {words}, by {len(rules)} rules")
        for at in rules[:SHOWN]:
            say(f"  {at['count']} {at['id']} in {at['files']} files: {at['message']}")
    for origin, count in told["left"].items():
        say(f"{count} files were not searched, and are left as they are: {origin}")
    if told["python2"]:
        say(f"{told['python2']} files of Python's 2-era were searched for what needs a person")


if __name__ == "__main__":
    run(main)
