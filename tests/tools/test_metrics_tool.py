"""analyze-metrics: lines, functions, complexity and duplication of every language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.toolrun import PACK, Pack

PYTHON = """
# a comment
import os

def f(x):
    if x and x or y:
        return [a for a in b if a]
    def g():
        while 1: pass
    return 1 if x else 2

if os: f(1)
"""
JAVA = """
class A { // a
  A() { }
  int m(int x) {
    /* if */
    for (;;) if (x > 1 && x < 3) {}
    switch (x) { case 1: case 2: break; default: }
    try { } catch (E e) { }
    return x > 0 ? 1 : 2;
  }
}
"""
JAVASCRIPT = """
function f(a) { return a || b ?? c }
const g = (x) => { if (x) {} }
class C { m() { for (const k in o) {} } }
"""
C = """
int *f(int a) {
#if X
  while (a && a) {}
#endif
  return a ? 1 : 2;
}
"""
SAMPLES = {
    "a.py": (PYTHON, {"f": 7, "g": 2}),
    "A.java": (JAVA, {"A": 1, "m": 9}),
    "a.js": (JAVASCRIPT, {"f": 3, "(without a name)": 2, "m": 2}),
    "a.ts": ("export function f(a: number): void { do {} while (a) }\n", {"f": 2}),
    "a.c": (C, {"f": 4}),
    "a.cpp": ("void A::f() { for (auto x : y) try {} catch (...) {} }\n", {"A::f": 3}),
    "a.go": ("package a\nfunc (t T) M() { if a && b { } }\nfunc F() {}\n", {"M": 3, "F": 1}),
    "a.cs": ("class A { void M() { foreach (var x in y) { if (x) { } } } }\n", {"M": 3}),
    "a.rb": ("def m\n  x if a && b\nend\n", {"m": 3}),
    "a.rs": ("fn f() { match x { 1 => {}, _ => {} } }\n", {"f": 3}),
    "a.php": ("<?php function f() { foreach ($a as $b) { } }\n", {"f": 2}),
    "a.sh": ("f() { if a; then b; elif c; then d; fi; }\n", {"f": 3}),
    "a.kt": ("fun f() { if (a) { } }\n", {"f": 2}),
    "a.swift": ("func f() { guard a else { return } }\n", {"f": 2}),
    "a.scala": ("object A { def f = if (a) 1 else 2 }\n", {"f": 2}),
    "a.lua": ("function f() while a do end end\n", {"f": 2}),
}


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def measure(pack: Pack, files: dict[str, str], **env: str) -> dict[str, Any]:
    pack.validated(dict(files))
    end = pack.run("analyze-metrics", **env)
    assert end.status == 0, end.errors
    found: dict[str, Any] = json.loads((pack.root / "work/analysis/metrics.json").read_bytes())
    return found


@pytest.mark.parametrize("path", SAMPLES)
def test_each_language_has_its_functions_and_branches(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(PACK))
    from toolkit.classify import classify_name  # noqa: PLC0415 (after the path is set)
    from toolkit.code_metrics import measure_code  # noqa: PLC0415 (the same)

    text, expected = SAMPLES[path]
    known = classify_name(path)
    assert known

    metrics, _ = measure_code(text, known.language)

    assert {at.name: at.complexity for at in metrics.functions} == expected


def test_lines_of_code_are_neither_blank_nor_a_comment(pack: Pack) -> None:
    found = measure(
        pack,
        {
            "a.py": "# no\n\nx = 1  # yes\n",
            "b.c": "// no\n/* no\n * no\n */\n#include <a>\n*p = 1;\n\n",
            "c.cob": "       MOVE A TO B.\n",
            "empty.py": "",
        },
    )

    assert {at["path"]: (at["lines"], at["code"]) for at in found["files"]} == {
        "a.py": (3, 1),
        "b.c": (7, 2),
        "c.cob": (1, 1),
        "empty.py": (0, 0),
    }


def test_sums_a_language_and_the_most_complex_functions(pack: Pack) -> None:
    branches = "".join(f"    if x == {at}: pass\n" for at in range(12))
    found = measure(
        pack, {"a.py": f"\ndef hard(x):\n{branches}", "b.py": "def easy(): pass\n", "c.sql": "x\n"}
    )

    python, sql = found["languages"]
    assert (python["files"], python["functions"], python["complex_functions"]) == (2, 2, 1)
    assert (sql["language"], sql["code"]) == ("sql", 1)
    assert found["complex_functions"] == [
        {"file": "a.py", "name": "hard", "line": 2, "lines": 13, "complexity": 13}
    ]


def test_code_that_stands_twice_is_found_whatever_its_layout(pack: Pack) -> None:
    block = [f"call_{at}(a, b)" for at in range(12)]
    other = [f"    call_{at}( a,b )\n# why\n" for at in range(12)]
    found = measure(
        pack,
        {
            "a.py": "x = 1\n" + "\n".join(block) + "\n",
            "b.py": "def f():\n" + "\n".join(other),
            "c.py": "\n".join(block[:9]) + "\n",
        },
    )

    assert {at["path"]: at["duplicated"] for at in found["files"]} == {
        "a.py": 12,
        "b.py": 12,
        "c.py": 0,
    }
    assert found["duplication"]["blocks"] == [
        {"file": "b.py", "line": 2, "end": 35, "code": 12, "other": "a.py", "other_line": 2}
    ]


def test_rejected_files_are_left_out_and_nothing_is_no_trouble(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "rejected").write_bytes(b"a.py\0")

    found = measure(pack, {"a.py": "x\n"}, ASYNCORCH_REJECTED=str(tmp_path / "rejected"))

    assert found["files"] == []
