"""analyze-dependencies: who imports whom, which libraries lie outside, and what goes in circles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import defusedxml.ElementTree
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
        "layer": 1,
        "reaches": 4,
    }


def test_an_import_is_found_wherever_it_stands_and_not_where_it_is_only_spoken_of(
    pack: Pack,
) -> None:
    text = (
        '"""\nimport no\n"""\ns = "a\\\nimport no"  # import no\n'
        "try: import one; import two  # why\nexcept E: from three \\\n  import (a, # b\n b)\n"
        "if x:\n\tfrom . import four\nimport five.six as s, \\\n  seven\nprint 'import no'\n"
        "reimport = 1\nimport = 2\nfrom x import\n"
    )

    found = graph(pack, {"p/a.py": text, "p/four.py": ""})

    assert edges(found) == {("p/a.py", "p/four.py")}
    assert set(outside(found)) == {"one", "two", "three", "five", "seven"}


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
    assert outside(found) == {"java.util": 1, "org.lib": 1}
    assert found["cycles"] == [["m/src/a/Main.java", "m/src/a/Same.java"]]


def test_java_libraries_are_named_as_one_thinks_of_them(pack: Pack) -> None:
    names = "org.junit.Test org.junit.rules.Rule org.apache.commons.io.IOUtils org.w3c.dom.Node"
    names += " org.apache.log4j.Logger javax.swing.JFrame javax.mail.Session javax.xml.bind.JAXB"
    text = "".join(f"import {name};\n" for name in [*names.split(), "javax.xml.parsers.Parser"])

    found = graph(pack, {"A.java": f"{text}class A {{ }}\n"})

    assert {at["name"]: (at["imports"], at["standard"]) for at in found["external"]} == {
        "org.junit": (2, False),
        "org.apache.commons": (1, False),
        "org.apache.log4j": (1, False),
        "org.w3c.dom": (1, True),
        "javax.swing": (1, True),
        "javax.mail": (1, False),
        "javax.xml.bind": (1, False),
        "javax.xml.parsers": (1, True),
    }


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

    assert not any(found.values())


def test_c_and_cpp_includes_are_found_beside_the_file_or_by_their_path(pack: Pack) -> None:
    found = graph(
        pack,
        {
            "src/main.c": '#include "util.h"\n # include <lib/api.h>\n#include <stdio.h>\n'
            '// #include "no.h"\n/*\n#include "no.h"\n*/\nchar *s = "//";\n#include "gone.h"\n'
            "#include <zlib.h>\n#include <boost/any.hpp>\n",
            "src/util.h": "",
            "other/util.h": "",
            "other/main.cpp": '#include "util.h"\n#include "../src/util.h"\n#include <vector>\n',
            "include/lib/api.h": '#include "lib\\types.h"\n',
            "include/lib/types.h": "",
            "include/stdio.h": "",
        },
    )

    assert edges(found) == {
        ("src/main.c", "src/util.h"),
        ("src/main.c", "include/lib/api.h"),
        ("other/main.cpp", "other/util.h"),
        ("other/main.cpp", "src/util.h"),
        ("include/lib/api.h", "include/lib/types.h"),
    }
    assert {at["name"]: at["standard"] for at in found["external"]} == {
        "stdio.h": True,
        "vector": True,
        "zlib.h": False,
        "boost": False,
    }
    assert found["unresolved"] == [{"from": "src/main.c", "name": "gone.h"}]


def test_go_links_to_the_files_that_declare_what_is_used(pack: Pack) -> None:
    pack.validated({"go.mod": "// x\nmodule example.org/shop\n\ngo 1.21\n"}, "config")
    found = graph(
        pack,
        {
            "main.go": 'package main\nimport (\n\t"fmt"\n\tdb "example.org/shop/store" // "no"\n'
            '\t"github.com/lib/pq"\n\t_ "example.org/shop/effects"\n)\n'
            "func main() { fmt.Println(db.Open(), helper()) }\n",
            "helper.go": "package main\nfunc helper() int { return 1 }\n",
            "store/open.go": "package store\nfunc Open() int { return limit }\n",
            "store/limit.go": "package store\nconst (\n\tlimit = 3\n)\n",
            "store/open_test.go": "package store\nfunc Open2() { Open() }\n",
            "effects/e.go": "package effects\nfunc init() {}\n",
        },
    )

    assert edges(found) == {
        ("main.go", "store/open.go"),
        ("main.go", "helper.go"),
        ("main.go", "effects/e.go"),
        ("store/open.go", "store/limit.go"),
        ("store/open_test.go", "store/open.go"),
    }
    assert outside(found) == {"fmt": 1, "github.com/lib/pq": 1}


def test_csharp_links_to_types_of_the_namespaces_in_sight(pack: Pack) -> None:
    found = graph(
        pack,
        {
            "App.cs": "using System.Linq;\nusing Shop.Data;\nusing Json = Newtonsoft.Json;\n"
            'namespace Shop.Web { class App { Order o; Base b; string s = "Far"; // Far\n } }\n',
            "Order.cs": "namespace Shop.Data;\npublic partial record Order(int Id);\n",
            "Order.More.cs": "namespace Shop.Data;\npublic partial record Order { }\n",
            "Base.cs": "namespace Shop { class Base { delegate int Done(int x); } }\n",
            "Far.cs": "namespace Other { class Far { } class Order { } }\n",
        },
    )

    assert edges(found) == {
        ("App.cs", "Order.cs"),
        ("App.cs", "Order.More.cs"),
        ("App.cs", "Base.cs"),
        ("Order.cs", "Order.More.cs"),
        ("Order.More.cs", "Order.cs"),
    }
    assert {at["name"]: at["standard"] for at in found["external"]} == {
        "System.Linq": True,
        "Newtonsoft.Json": False,
    }


def test_names_of_the_snapshots_own_javascript_packages_are_found(pack: Pack) -> None:
    pack.validated(
        {
            "packages/core/package.json": '{"name": "@shop/core", "main": "./lib/main.js"}',
            "packages/bad/package.json": "{",
        },
        "config",
    )
    found = graph(
        pack,
        {
            "app/a.ts": "import '@shop/core'\nimport x from '@shop/core/deep'\nimport 'react'\n",
            "packages/core/lib/main.js": "",
            "packages/core/src/deep.ts": "",
        },
    )

    assert edges(found) == {
        ("app/a.ts", "packages/core/lib/main.js"),
        ("app/a.ts", "packages/core/src/deep.ts"),
    }
    assert outside(found) == {"react": 1}


def test_layers_roots_and_reach_count_through_others_and_take_a_cycle_as_one(pack: Pack) -> None:
    found = graph(
        pack,
        {
            "top.py": "import one\n",
            "one.py": "import two, base\n",
            "two.py": "import one\n",
            "base.py": "",
            "alone.py": "",
        },
    )

    nodes = {at["path"]: (at["layer"], at["reaches"]) for at in found["nodes"]}
    assert nodes == {
        "top.py": (2, 0),
        "one.py": (1, 2),
        "two.py": (1, 2),
        "base.py": (0, 3),
        "alone.py": (0, 0),
    }
    assert found["layers"] == [2, 2, 1]
    assert found["roots"] == ["top.py"]
    assert found["most_depended_on"][0] == {"path": "one.py", "imported_by": 2, "reaches": 2}


def test_the_reach_of_one_file_is_told_nearest_first(pack: Pack) -> None:
    graph(pack, {"a.py": "import b\n", "b.py": "import c\n", "c.py": "", "d.py": ""})

    end = pack.run("analyze-dependencies", "--reach", "c.py")

    assert end.lines == ["1 b.py", "2 a.py", "a change of c.py reaches 2 of 4 files"]
    assert pack.run("analyze-dependencies", "--reach", "gone.py").status == 2


def test_graphml_has_every_node_and_edge_whatever_their_names(pack: Pack) -> None:
    graph(pack, {"a & b.py": "import c\n", "c.py": "", "d\x01.py": ""})

    text = (pack.root / "work/analysis/dependencies.graphml").read_bytes()

    tree = defusedxml.ElementTree.fromstring(text)
    kinds = [element.tag.rpartition("}")[2] for element in tree.iter()]
    assert (kinds.count("node"), kinds.count("edge")) == (3, 1)
    assert "a & b.py" in tree.itertext()


def test_the_summary_names_what_matters(pack: Pack) -> None:
    pack.validated({"a.py": "import b, sys, flask\n", "b.py": "import a\n"})

    end = pack.run("analyze-dependencies")

    assert end.lines == [
        "2 files, 2 imports among them",
        "a cycle of 2 files: a.py, b.py",
        "1 cycles, 0 imports lead nowhere",
        "1 layers; imported most: a.py (by 1, a change reaches 1), b.py (by 1, a change reaches 1)",
        "1 external libraries: flask (1)",
    ]
