"""transform-sources: modern Python, rules for the rest, and never a good file made bad."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.tools.toolrun import PACK, Done, Pack

RULE = """\
id: {id}
language: {language}
rule:
  pattern: {pattern}
fix: {fix}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Return a project with a copy of the tools, to which a test may add rules."""
    tools = tmp_path / "tools" / "pipeline"
    shutil.copytree(PACK, tools, ignore=shutil.ignore_patterns("__pycache__"))
    return Pack(tmp_path, tools)


def transform(pack: Pack, files: dict[str, str | bytes], **env: str) -> Done:
    pack.validated(files)
    return pack.fan_out("transform-sources", "validated/sources", **env)


def made(pack: Pack) -> dict[str, str]:
    return {path: content.decode() for path, content in pack.files("work/transformed").items()}


def add_rule(pack: Pack, language: str, pattern: str, fix: str, name: str = "mine") -> None:
    text = RULE.format(id=name, language=language, pattern=pattern, fix=fix)
    pack.write({f"{language.lower()}/{name}.yml": text}, pack.tools / "rules")


def test_python_is_modernized_and_its_line_ends_and_last_line_stay(pack: Pack) -> None:
    end = transform(
        pack,
        {
            "pkg/a.py": "class A(object):\r\n    pass\r\n\x0cclass B(object): pass",
            "build/a.py": "\ufeffclass A(object): pass\n",
            "stub.pyi": "class A(object): ...\n",
            "tool": "#!/usr/bin/env python3\nclass A(object): pass\n",
        },
        PYTHON_TARGET="py39",
    )

    assert end.status == 0
    assert end.rows == {"pkg/a.py": 0, "build/a.py": 0, "stub.pyi": 0, "tool": 0}
    assert made(pack) == {
        "pkg/a.py": "class A:\r\n    pass\r\n\x0cclass B: pass",
        "build/a.py": "\ufeffclass A: pass\n",
        "stub.pyi": "class A: ...\n",
        "tool": "#!/usr/bin/env python3\nclass A: pass\n",
    }


def test_the_target_version_decides_what_is_modern(pack: Pack) -> None:
    text = "from typing import Optional\ndef f(a: Optional[int]) -> None: ...\n"

    transform(pack, {"a.py": text}, PYTHON_TARGET="py38")
    old = made(pack)["a.py"]
    transform(pack, {"a.py": text}, PYTHON_TARGET="py310")

    assert "Optional[int]" in old
    assert "a: int | None" in made(pack)["a.py"]


@pytest.mark.parametrize(
    ("target", "told"), [("py399", "is newer than this Python"), ("4", "ruff failed")]
)
def test_a_target_that_nothing_here_knows_is_a_usage_error(
    pack: Pack, target: str, told: str
) -> None:
    end = transform(pack, {"a.py": "x = 1\n"}, PYTHON_TARGET=target)

    assert end.status == 2
    assert told in end.errors
    assert "Traceback" not in end.errors


def test_a_file_that_does_not_compile_has_an_error_row_and_no_output(pack: Pack) -> None:
    transform(pack, {"a.py": "print('a')\n"})
    assert set(made(pack)) == {"a.py"}

    end = transform(pack, {"a.py": "print 'a' 'b\n", "b.py": "x = 1\n"})

    assert end.status == 1
    assert end.rows == {"a.py": 1, "b.py": 0}
    assert end.lines[0].startswith("a.py:1:11: unterminated string literal")
    assert set(made(pack)) == {"b.py"}


def test_a_rule_that_breaks_a_good_file_never_gets_through(pack: Pack) -> None:
    add_rule(pack, "Python", "old($A)", "'new $A('")
    add_rule(pack, "Java", "old($A)", "'new $A('")

    end = transform(
        pack,
        {
            "a.py": "old(1)\n",
            "b.py": "x = 1\n",
            "A.java": "class A { int x = old(b); }\n",
            "B.java": "class B { int x = 1; }\n",
        },
    )

    assert end.rows == {"a.py": 1, "b.py": 0, "A.java": 1, "B.java": 0}
    assert end.said("a.py:1:6: compiled before the transform: ")
    assert set(made(pack)) == {"b.py", "B.java"}


def test_rules_reach_nested_matches_and_come_to_rest(pack: Pack) -> None:
    add_rule(pack, "JavaScript", "old($$$ARGS)", "fresh($$$ARGS)")

    end = transform(pack, {"a.js": "old(1, 'é😀', old(old(), 2));\r\nother(old(3))"})

    assert made(pack) == {"a.js": "fresh(1, 'é😀', fresh(fresh(), 2));\r\nother(fresh(3))"}
    assert end.said("rule mine: applied 4 times")


@pytest.mark.parametrize("fix", ["old($A, 1)", "old($A) + old($A)"])
def test_a_rule_without_rest_is_an_error_of_the_file_that_names_the_rule(
    pack: Pack, fix: str
) -> None:
    add_rule(
        pack,
        "JavaScript",
        "old($A)" if "+" in fix else "old($$$A)",
        fix.replace("$A, 1", "$$$A, 1"),
    )

    end = transform(pack, {"a.js": "old(1)\n", "b.js": "x\n"})

    assert end.rows == {"a.js": 1, "b.js": 0}
    assert end.said("a.js: the rules `mine` find new matches in their own results [rules]")


def test_a_fix_of_several_lines_is_indented_and_ended_as_its_surroundings(pack: Pack) -> None:
    text = (
        "id: two\nlanguage: js\nrule:\n  pattern: both($A, $B);\nfix: |\n  one($A);\n  two($B);\n"
    )
    pack.write({"javascript/two.yml": text}, pack.tools / "rules")

    transform(pack, {"a.js": "if (x) {\r\n\tboth(1, 2);\r\n}\r\n"})

    assert made(pack) == {"a.js": "if (x) {\r\n\tone(1);\r\n\ttwo(2);\r\n}\r\n"}


def test_source_without_rules_or_grammar_passes_as_it_is(pack: Pack) -> None:
    files: dict[str, str | bytes] = {"A.cob": "       X.\r\n", "a.rs": "fn main() {}\n", "e.py": ""}

    end = transform(pack, files)

    assert end.rows == dict.fromkeys(files, 0)
    assert made(pack) == files


def test_a_second_run_writes_nothing_and_leaves_nothing_behind(pack: Pack) -> None:
    files: dict[str, str | bytes] = {
        "a.py": "class A(object): pass\n",
        "A.java": "class A { long a = 1l; }",
    }
    transform(pack, files)
    before = pack.stamps("work/transformed")

    transform(pack, files)

    assert pack.stamps("work/transformed") == before
    assert not any((pack.root / "work/.staging").iterdir())


def test_what_was_transformed_is_not_changed_by_another_round(pack: Pack) -> None:
    transform(
        pack,
        {
            "a.py": "class A(object):\n    x: 'int' = '%s' % (1,)\n",
            "A.java": "class A { Long a = new Long(1l); }",
        },
    )
    first = made(pack)

    transform(pack, dict(first))

    assert made(pack) == first


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("id: [", "no YAML"),
        ("id: x\nlanguage: Java\n", "a rule needs `id`, `language` and `rule`"),
        ("id: x\nlanguage: Go\nrule: {pattern: a}\nfix: b\n", "is for go, and stands in"),
        ("id: x\nlanguage: Java\nrule: {kind: no_such}\nfix: b\n", "rule `x`: "),
        ("id: x\nlanguage: Java\nrule: {pattern: a}\nfix: {template: b}\n", "only a `fix` that"),
        ("id: x\nlanguage: Java\nrule: {pattern: a}\nfix: b\nfiles: [c]\n", "uses `files`"),
    ],
)
def test_a_rule_with_a_mistake_is_one_message_that_names_its_file(
    pack: Pack, rule: str, told: str
) -> None:
    pack.write({"java/bad.yml": rule}, pack.tools / "rules")

    end = transform(pack, {"A.java": "class A { }\n"})

    assert end.status == 2
    assert end.rows == {}
    assert "bad.yml" in end.errors
    assert told in end.errors
    assert "Traceback" not in end.errors


def test_the_shipped_rules_do_what_their_examples_say(pack: Pack) -> None:
    before: dict[str, str | bytes] = {}
    after: dict[str, str] = {}
    for file in sorted((pack.tools / "rules").glob("*/examples/*.yml")):
        assert (file.parent.parent / file.name).is_file(), "an example of no rule"
        for number, example in enumerate(yaml.safe_load(file.read_text())):
            name = f"{file.stem}/{number}.{file.parent.parent.name}"
            # What is only found, or must not be, is left as it is.
            kept = next(
                (example[k] for k in ("untouched", "found", "not_found") if k in example), ""
            )
            before[name] = example.get("before", kept)
            after[name] = example.get("after", kept)
    rules = set((pack.tools / "rules").glob("*/*.yml"))
    assert {file.stem for file in rules} == {name.split("/")[0] for name in before}

    transform(pack, before)

    assert made(pack) == after
