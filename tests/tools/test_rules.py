"""The rules that ship: each does what its examples say, finds what they say, and says why."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.toolrun import PACK, Pack

RULES = PACK / "rules"
sys.path.append(str(PACK))  # as the tools see it, which run from there

from toolkit.patterns_rules import rule_matches  # noqa: E402
from toolkit.rules import rules_of  # noqa: E402

FILES = sorted([*RULES.glob("*/*.yml"), *RULES.glob("optional/*/*.yml")])
KINDS = [{"before", "after"}, {"untouched"}, {"found"}, {"not_found"}]


def ids(file: Path) -> str:
    return str(file.relative_to(RULES))


def examples(file: Path) -> Iterator[tuple[str, dict[str, str]]]:
    found = yaml.safe_load((file.parent / "examples" / file.name).read_text())
    for number, example in enumerate(found):
        yield f"{file.stem}/{number}.{file.parent.name}", example


def documents(file: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(file.read_text()))


@pytest.mark.parametrize("file", FILES, ids=ids)
def test_every_rule_says_what_it_is_about_and_why(file: Path) -> None:
    for rule in documents(file):
        assert {"id", "language", "message", "note", "severity", "rule"} <= rule.keys()
        assert bool(rule.get("metadata", {}).get("optional")) == ("optional" in file.parts)


@pytest.mark.parametrize("file", FILES, ids=ids)
def test_every_file_of_rules_has_examples_of_both_kinds(file: Path) -> None:
    kinds = [set(example) for _, example in examples(file)]

    assert all(kind in KINDS for kind in kinds)
    fixes = any("fix" in rule for rule in documents(file))
    assert {"before", "after"} in kinds if fixes else {"found"} in kinds
    assert {"untouched"} in kinds if fixes else {"not_found"} in kinds


def test_no_example_is_of_no_rule() -> None:
    files = {file.parent.parent / file.name for file in RULES.rglob("examples/*.yml")}

    assert files == set(FILES)


@pytest.mark.parametrize(
    ("folder", "env"),
    [(RULES, {}), (RULES / "optional", {"TRANSFORM_RULES": str(RULES / "optional")})],
    ids=["default", "optional"],
)
def test_the_rules_do_what_their_examples_say(
    folder: Path, env: dict[str, str], tmp_path: Path
) -> None:
    pack = Pack(tmp_path)
    told = dict(at for file in folder.glob("[!o]*/*.yml") for at in examples(file))
    changed = {path: at for path, at in told.items() if {"before", "untouched"} & set(at)}
    pack.validated({path: at.get("before") or at["untouched"] for path, at in changed.items()})

    end = pack.fan_out("transform-sources", "validated/sources", **env)

    assert end.status == 0, end.lines
    made = {path: at.decode() for path, at in pack.files("work/transformed").items()}
    assert made == {path: at.get("after") or at["untouched"] for path, at in changed.items()}


@pytest.mark.parametrize("file", FILES, ids=ids)
def test_the_rules_find_what_their_examples_say(file: Path) -> None:
    known = {rule["id"] for rule in documents(file)}
    rules = [at for at in rules_of(file.parent.name, (file.parent.parent,)) if at.rule.id in known]
    seen: set[str] = set()
    for path, example in examples(file):
        text = next(iter(example.values()))
        found = {at.rule.id for at in rule_matches(text, path, rules)}
        seen |= found
        # What is left untouched may be found all the same: a change would lose a comment.
        assert "untouched" in example or bool(found) == ("not_found" not in example), text
    assert seen == known, "a rule that no example shows"
