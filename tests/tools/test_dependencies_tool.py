"""analyze-dependencies: who imports whom, which libraries lie outside, and what goes in circles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.toolrun import Pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def graph(pack: Pack, files: dict[str, str | bytes], **env: str) -> dict[str, Any]:
    pack.validated(files)
    end = pack.run("analyze-dependencies", **env)
    assert end.status == 0, end.errors
    assert end.rows == {}
    found: dict[str, Any] = json.loads((pack.root / "work/analysis/dependencies.json").read_bytes())
    return found


def edges(found: dict[str, Any]) -> set[tuple[str, str]]:
    return {(edge["from"], edge["to"]) for edge in found["edges"]}


def outside(found: dict[str, Any]) -> dict[str, int]:
    return {library["name"]: library["imports"] for library in found["external"]}


def test_python_imports_of_every_form_find_their_files(pack: Pack) -> None:
    found = graph(
        pack,
        {
            "src/shop/__init__.py": "from shop.orders import Order\n",
            "src/shop/orders.py": "import shop.db.tables as t\nfrom . import money, missing\n",
            "src/shop/money.py": "import os.path, requests.adapters\nfrom .db import VERSION\n",
            "src/shop/db/__init__.py": "VERSION = 1\n",
            "src/shop/db/tables.py": "def f():\n  from ..money import (\n    a,\n    b)\n",
            "src/space/one/a.py": "import space.two.b\nfrom space.two import b\n",
            "src/space/two/b.py": "import requests\nfrom requests import get\n",
            "scripts/run.py": "import helper, shop\n",
            "scripts/helper.py": "import string\nprint 'old'\n",
            "elsewhere/string.py": "from ...far import x\n",
        },
    )

    assert edges(found) == {
        ("src/shop/__init__.py", "src/shop/orders.py"),
        ("src/shop/orders.py", "src/shop/db/tables.py"),
        ("src/shop/orders.py", "src/shop/money.py"),
        ("src/shop/orders.py", "src/shop/__init__.py"),
        ("src/shop/money.py", "src/shop/db/__init__.py"),
        ("src/shop/db/tables.py", "src/shop/money.py"),
        ("src/space/one/a.py", "src/space/two/b.py"),
        ("scripts/run.py", "scripts/helper.py"),
        ("scripts/run.py", "src/shop/__init__.py"),
    }
    assert outside(found) == {"os": 1, "requests": 3, "string": 1}
    assert found["unresolved"] == [{"from": "elsewhere/string.py", "name": "...far"}]
    assert found["cycles"] == [["src/shop/__init__.py", "src/shop/orders.py"]]
    node = next(node for node in found["nodes"] if node["path"] == "src/shop/money.py")
    assert node == {
        "path": "src/shop/money.py",
        "language": "python",
        "imports": 1,
        "imported_by": 2,
    }


def test_java_finds_imports_nested_and_static_ones_and_its_own_package(pack: Pack) -> None:
    found = graph(
        pack,
        {
            "m/src/a/Main.java": "package a; // x\nimport b.*;\nimport java.util.List;\n"
            "import static c.Tools.run;\nimport c.Outer.Inner;\nimport org.lib.util.Thing;\n"
            "class Main { Same s; Wide w; List<String> l = Help.make(); }\n",
            "m/src/a/Same.java": "package a;\nclass Same { Main m; }\n",
            "m/src/a/Help.java": "package a;\nclass Help { }\n",
            "m/src/b/Wide.java": "package b;\npublic class Wide { }\n",
            "m/src/b/Unused.java": "package b;\npublic class Unused { }\n",
            "m/src/c/Tools.java": "package c;\npublic class Tools { }\n",
            "m/src/c/Outer.java": "package c;\npublic class Outer { }\n",
        },
    )

    assert edges(found) == {
        ("m/src/a/Main.java", f"m/src/{name}.java")
        for name in ("a/Same", "a/Help", "b/Wide", "c/Tools", "c/Outer")
    } | {("m/src/a/Same.java", "m/src/a/Main.java")}
    assert outside(found) == {"java.util": 1, "org.lib.util": 1}
    assert found["cycles"] == [["m/src/a/Main.java", "m/src/a/Same.java"]]


def test_javascript_and_typescript_resolve_together(pack: Pack) -> None:
    found = graph(
        pack,
        {
            "web/app.ts": "import {a} from './lib/a'\nimport './lib'\n"
            "import type {B} from './b.js'\nexport * from '../shared/c.mjs'\n"
            "const fs = require('fs'), d = await import('./d');\n"
            "import x from '@scope/pkg/deep'\nimport y from './gone'\nlet s = 'no import'\n",
            "web/lib/a.tsx": "export const a = <p>hi</p>\n",
            "web/lib/index.js": "require('./a')\n",
            "web/b.ts": "export type B = string\n",
            "web/d.jsx": "",
            "shared/c.mjs": "import React from 'react/jsx-runtime'\n",
        },
    )

    assert edges(found) == {
        ("web/app.ts", "web/lib/a.tsx"),
        ("web/app.ts", "web/lib/index.js"),
        ("web/app.ts", "web/b.ts"),
        ("web/app.ts", "shared/c.mjs"),
        ("web/app.ts", "web/d.jsx"),
        ("web/lib/index.js", "web/lib/a.tsx"),
    }
    assert outside(found) == {"fs": 1, "@scope/pkg": 1, "react": 1}
    assert found["unresolved"] == [{"from": "web/app.ts", "name": "./gone"}]


def test_rejected_files_are_left_out(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "rejected").write_bytes(b"b.py\0c|d.py\0")
    files: dict[str, str | bytes] = {"a.py": "import b\n", "b.py": "import a\n", "c|d.py": ""}

    found = graph(pack, files, ASYNCORCH_REJECTED=str(tmp_path / "rejected"))

    assert [node["path"] for node in found["nodes"]] == ["a.py"]
    assert outside(found) == {"b": 1}


def test_nothing_to_analyze_is_an_empty_graph(pack: Pack) -> None:
    (pack.root / "work/validated/sources").mkdir(parents=True)

    found = graph(pack, {})

    assert found == {"nodes": [], "edges": [], "cycles": [], "external": [], "unresolved": []}


def test_the_summary_names_what_matters(pack: Pack) -> None:
    pack.validated({"a.py": "import b, sys\n", "b.py": "import a\n"})

    end = pack.run("analyze-dependencies")

    assert end.lines == [
        "2 files, 2 imports among them",
        "a cycle of 2 files: a.py, b.py",
        "1 cycles, 0 relative imports unresolved",
        "1 external libraries: sys (1)",
    ]
