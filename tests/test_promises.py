"""docs/promises.md: every promise names its tests, and every test that it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "promises.md"
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE.read_text())
PROMISES = re.findall(r"^- .*(?:\n  .*)*", PAGE.read_text(), re.MULTILINE)


@cache
def functions_of(path: str) -> frozenset[str]:
    file = ROOT / path
    nodes = ast.walk(ast.parse(file.read_bytes())) if file.exists() else ()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in nodes if isinstance(node, kinds))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda word: word.removeprefix("test_"))
def test_a_test_that_a_promise_names_exists(path: str, name: str) -> None:
    assert name in functions_of(path)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda text: text[2:60])
def test_every_promise_names_a_test(promise: str) -> None:
    assert "::test_" in promise
