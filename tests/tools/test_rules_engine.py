"""Rules of the user's own: where they come from, imports they bring, matches in matches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.toolrun import Done, Pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def rule(language: str, pattern: str, fix: str | None, name: str = "mine", **imports: str) -> str:
    text = f"id: {name}\nlanguage: {language}\nrule:\n  pattern: {pattern!r}\n"
    text += f"fix: {fix!r}\n" if fix is not None else ""
    return (
        text
        + ("metadata:\n" if imports else "")
        + "".join(f"  imports-{key}: [{value!r}]\n" for key, value in imports.items())
    )


def transform(pack: Pack, name: str, text: str, *rules: str, language: str = "") -> Done:
    folder = language or {"js": "javascript", "py": "python"}.get(name[2:], name[2:])
    files: dict[str, str | bytes] = {f"{folder}/{at}.yml": each for at, each in enumerate(rules)}
    pack.write(files, pack.root / "rules")
    pack.validated({name: text})
    return pack.fan_out("transform-sources", "validated/sources", TRANSFORM_RULES="rules")


def made(pack: Pack, name: str) -> str:
    return pack.files("work/transformed")[name].decode()


def test_a_folder_of_the_users_own_stands_beside_ours(pack: Pack) -> None:
    end = transform(pack, "A.java", "class A { Long a = new Long(old()); }",
                    rule("Java", "old()", "fresh()"))  # fmt: skip

    assert made(pack, "A.java") == "class A { Long a = Long.valueOf(fresh()); }"
    assert end.said("rule mine: applied 1 times")


def test_a_rule_with_the_name_of_one_of_ours_takes_its_place(pack: Pack) -> None:
    text = "class A { Long a = new Long(1l); }"

    transform(pack, "A.java", text, rule("Java", "new Long($A)", None, "boxing-constructors"))

    assert made(pack, "A.java") == "class A { Long a = new Long(1L); }"


def test_a_folder_that_is_not_there_is_a_usage_error(pack: Pack) -> None:
    pack.validated({"a.js": "x\n"})

    end = pack.fan_out("transform-sources", "validated/sources", TRANSFORM_RULES="no/such")

    assert end.status == 2
    assert "TRANSFORM_RULES names" in end.errors


OLD_TO_NEW = {
    "javascript": ("import {fresh} from 'b';", "import {old} from 'a';"),
    "python": ("from b import fresh", "from a import old"),
    "go": ('import "fresh"', 'import "old"'),
    "java": ("import b.Fresh;", "import a.Old;"),
}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.js", "'use strict';\n// x\nold();\n",
         "'use strict';\n// x\nimport {fresh} from 'b';\n\nfresh();\n"),
        ("a.js", "import {old} from 'a';\r\nold();\r\n",
         "import {fresh} from 'b';\r\nfresh();\r\n"),
        ("a.js", "import {old} from 'a'; // why\nold(old);\n",
         "import {old} from 'a';\nimport {fresh} from 'b'; // why\nfresh(old);\n"),
        ("a.js", "import {fresh} from 'b'\nimport {fresh} from 'b';\nold();\n",
         "import {fresh} from 'b'\nimport {fresh} from 'b';\nfresh();\n"),
        ("a.py", '"""doc"""\n\nold()\n', '"""doc"""\n\nfrom b import fresh\n\nfresh()\n'),
        ("a.py", "import os\nfrom a import old\n\nold()\n",
         "import os\nfrom b import fresh\n\nfresh()\n"),
        ("a.py", "from a import (\n    old)\n\nold()\n",
         "from a import (\n    old)\nfrom b import fresh\n\nfresh()\n"),
        ("a.go", "package a\n\nfunc f() { old() }\n",
         'package a\n\nimport "fresh"\n\nfunc f() { fresh() }\n'),
    ],
)  # fmt: skip
def test_imports_come_and_go_with_what_a_rule_changes(
    pack: Pack, name: str, before: str, after: str
) -> None:
    language = {"js": "javascript", "py": "python", "go": "go"}[name[2:]]
    add, drop = OLD_TO_NEW[language]

    end = transform(pack, name, before, rule(language, "old($$$A)", "fresh($$$A)", add=add,
                                             remove=drop))  # fmt: skip

    assert end.status == 0, end.lines
    assert made(pack, name) == after


def test_a_file_that_no_rule_changed_keeps_its_imports(pack: Pack) -> None:
    text = "import {old} from 'a';\nother();\n"

    transform(pack, "a.js", text, rule("js", "old()", "x()", add="import 'b';", remove=text[:22]))

    assert made(pack, "a.js") == text


def test_an_import_of_everything_is_enough_in_java(pack: Pack) -> None:
    text = "import b.*;\nclass A { Object o = new Old(); }\n"

    transform(pack, "A.java", text, rule("Java", "new Old()", "new Fresh()", add="import b.Fresh;"),
              language="java")  # fmt: skip

    assert made(pack, "A.java") == "import b.*;\nclass A { Object o = new Fresh(); }\n"


def test_matches_that_overlap_are_all_reached_whichever_rule_comes_first(pack: Pack) -> None:
    rules = [rule("js", "f($A)", "g($A)", "one"), rule("js", "f(f($A))", "h($A)", "two"),
             rule("js", "g(g($A))", "k($A)", "three")]  # fmt: skip

    end = transform(pack, "a.js", "f(f(f(f(1))));\nx(f(f(2)));\n", *rules)

    assert made(pack, "a.js") == "k(k(1));\nx(k(2));\n"
    assert end.said("rule one: applied 6 times")


@pytest.mark.parametrize(
    "text",
    [
        "/* a */ old( /* b */ 1 ) // c\r\n\tnext();  \r\n\r\n",
        "old(1)",
        "\ufeffold(1);\n",
        "x = `é😀 ${old(1)}`;\n\x0c\nold(2)\n",
    ],
)
def test_all_but_the_match_stays_byte_for_byte(pack: Pack, text: str) -> None:
    transform(pack, "a.js", text, rule("js", "old", "fresh"))

    assert made(pack, "a.js") == text.replace("old", "fresh")
