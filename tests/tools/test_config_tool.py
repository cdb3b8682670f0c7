"""validate-config: each form by its own reader, with the place of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.toolrun import Pack

BROKEN = {
    "a.json": ('{\n "a": 1,\n "b": }\n', 3, 7, "json"),
    "nan.json": ('{"a":\n  NaN}\n', 2, 3, "json"),
    "empty.json": ("", 1, 1, "json"),
    "comment.json": ("{} // no\n", 1, 4, "json"),
    "tsconfig.json": ('{\n  // a comment, "x"\n  "a": [1,,]\n}\n', 3, 12, "json"),
    "a.toml": ("[a]\nb = 1\nb = 2\n", 3, 6, "toml"),
    "end.toml": ("a = 1\nb = [1,\n", 3, 1, "toml"),
    "a.yaml": ("a: 1\nb: [1, 2\nc: 3\n", 3, 2, "yaml"),
    "tab.yml": ("a:\n\tb: 1\n", 2, 1, "yaml"),
    "alias.yml": ("a: &x 1\nb: *y\n", 2, 4, "yaml"),
    "bell.yml": ("a: 1\nb: \a\n", 2, 4, "yaml"),
    "a.xml": ("<a>\n  <b></a>\n", 2, 8, "xml"),
    "text.xml": ("no xml\n", 1, 1, "xml"),
    "two.xml": ("<a/>\n<b/>\n", 2, 1, "xml"),
    "entity.xml": ('<!DOCTYPE a [<!ENTITY e "x">]>\n<a>&e;<b></a>\n', 2, 12, "xml"),
    "a.ini": ("[a]\nb = 1\n[c\nd = 2\n", 3, 1, "ini"),
    "key.ini": ("[a]\n= 1\n", 2, 1, "ini"),
    "a.properties": ("a = \\u00e9\nb = \\\\u\nc = C:\\users\n", 3, 7, "properties"),
}
GOOD = {
    ".eslintrc": "root: true\n",
    ".vscode/settings.json": '{"a": "//x", /* y */ "b": [1, 2,],}\n',
    "a.dtd": "<!ELEMENT a (b)>\n",
    "a.jsonc": '{"a": 1 // one\n}\n',
    "app.config": "nothing = xml\n",
    "app.xml": "\ufeff<?xml version='1.0' encoding='utf-8'?>\n<a>é</a>\n",
    "build.xml": '<!DOCTYPE p [<!ENTITY c SYSTEM "file:/etc/passwd">]><p>&c;</p>\n',
    "empty.yaml": "",
    "git.gitconfig": '[remote "a]b"]\n\turl = x\n\turl = y\n',
    "helm/templates/a.yaml": "a: 1\n{% if b %}\nb: 2\n{% end %}\n",
    "Makefile": "a: b\n\tc\n",
    "many.yaml": "--- \na: !Ref b\n---\n<<: *x\n".replace("*x", "{}"),
    "nginx.conf": "server {\n  listen 80;\n}\n",
    "odd.properties": "a b=\\\n  c\\u00e9\n! x \\u\n# \\u\n=no key\n",
    "pip.ini": "global = 1\n[a]\nb\n ; c\n[[d]]\nlong = 1\n  [more\n",
    "turtle.cfg": "width = 0.5\n= none of ours\n",
}


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def findings(pack: Pack, step: str = "validate-config") -> list[dict[str, Any]]:
    file = pack.root / f"work/analysis/findings/{step}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_each_form_tells_where_it_is_wrong(pack: Pack) -> None:
    pack.validated({path: case[0] for path, case in BROKEN.items()}, "config")

    end = pack.fan_out("validate-config", "validated/config")

    assert end.status == 1, end.errors
    assert end.rows == dict.fromkeys(BROKEN, 1)
    found = {
        at["file"]: (at["line"], at["column"], at["rule"])
        for at in findings(pack)
        if at["severity"] == "error"
    }
    assert found == {path: case[1:] for path, case in BROKEN.items()}
    assert end.said("a.json:3:7: Expecting value [json]")


def test_what_its_own_reader_takes_passes_and_so_does_every_unknown_form(pack: Pack) -> None:
    pack.validated(dict(GOOD), "config")

    end = pack.fan_out("validate-config", "validated/config")

    assert end.status == 0, (end.lines, end.errors)
    assert end.rows == dict.fromkeys(GOOD, 0)
    assert end.said("note: helm/templates/a.yaml:2:1: a template, and not checked [template]")


def test_keys_that_come_twice_are_noted_with_their_place(pack: Pack) -> None:
    pack.validated(
        {
            "a.json": '{"a": {"b": 1},\n "b": 1, "a": 2}\n',
            "a.yaml": "a: 1\nb: {c: 1, c: 2}\na: 2\n",
            "a.ini": "[a]\nb = 1\n[c]\nb = 1\nb = 2\n",
            "a.properties": "a=1\nb=2\na=3\n",
        },
        "config",
    )

    end = pack.fan_out("validate-config", "validated/config")

    assert end.status == 0
    assert [(at["file"], at["line"], at["column"], at["severity"]) for at in findings(pack)] == [
        ("a.ini", 5, 1, "note"),
        ("a.json", 2, 10, "note"),
        ("a.properties", 3, 1, "note"),
        ("a.yaml", 2, 11, "note"),
        ("a.yaml", 3, 1, "note"),
    ]


def test_nothing_is_expanded_fetched_or_built_and_no_depth_ends_the_tool(pack: Pack) -> None:
    laughs = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 12))
    pack.validated(
        {
            "laughs.xml": f'<!DOCTYPE a [<!ENTITY e0 "ha">{laughs}]><a b="&e11;">&e11;</a>',
            "laughs.yaml": "a0: &a0 [x]\n"
            + "".join(f"a{at}: &a{at} [{f'*a{at - 1},' * 9}]\n" for at in range(1, 12)),
            "deep.json": "[" * 100_000,
            "deep.yaml": "[" * 100_000,
            "deep.toml": "a = " + "[" * 100_000,
            "deep.xml": "<a>" * 100_000,
            "long.json": "1" * 5000,
        },
        "config",
    )

    end = pack.fan_out("validate-config", "validated/config")

    assert end.rows == {
        "laughs.xml": 1,
        "laughs.yaml": 0,
        "deep.json": 1,
        "deep.yaml": 1,
        "deep.toml": 1,
        "deep.xml": 1,
        "long.json": 1,
    }


def test_the_ledger_keeps_what_others_found_and_drops_what_is_mended_or_gone(pack: Pack) -> None:
    broken: dict[str, str | bytes] = dict.fromkeys(("a.json", "b.json", "c.json"), "{")
    pack.validated(broken, "config")
    pack.fan_out("validate-config", "validated/config")
    pack.validated({"a.json": "{}"}, "config")
    (pack.root / "work/validated/config/b.json").unlink()

    pack.run("validate-config", "work/validated/config/a.json")

    assert [at["file"] for at in findings(pack)] == ["c.json"]


def test_a_file_that_is_right_leaves_no_ledger(pack: Pack) -> None:
    pack.validated({"a.json": "{}"}, "config")

    pack.fan_out("validate-config", "validated/config")

    assert not pack.files("work/analysis")
