"""analyze-assessment: effort, risk, order and coverage, from what the other analyses found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.toolrun import Done, Pack

OLD = "from shop import base\nprint 'a'\n" + "s = x.encode('utf-8')\n" * 7
FILES: dict[str, str | bytes] = {
    "shop/__init__.py": "",
    "shop/base.py": "class Base(object):\n    pass\n",
    "shop/old.py": OLD,
    "shop/few.py": "from shop import base\ns = x.encode('utf-8')\n",
    "shop/loop_a.py": "from shop import loop_b\nimport flask\n",
    "shop/loop_b.py": "from shop import loop_a\n",
    "shop/broken.py": "def f(:\n",
    "tests/test_shop.py": "from shop import few\n",
    "vendor/lib.py": "class A(object): pass\n",
    "gen/model_pb2.py": "class A(object): pass\n",
    "batch/pay.cob": "       MOVE A TO B.\n",
    "app.json": "{",
}


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def assess(pack: Pack, files: dict[str, str | bytes]) -> Done:
    pack.deliver(files)
    pack.extract()
    trees = [tree for tree in ("sources", "config", "data") if pack.files(f"work/extracted/{tree}")]
    pack.fan_out("validate-encoding", *(f"extracted/{tree}" for tree in trees))
    rejected = pack.fan_out("validate-syntax", "validated/sources").rows
    if "config" in trees:
        rejected |= pack.fan_out("validate-config", "validated/config").rows
    names = b"".join(path.encode() + b"\0" for path, errors in rejected.items() if errors)
    (pack.root / "rejected").write_bytes(names)
    env = {"ASYNCORCH_REJECTED": str(pack.root / "rejected")}
    for step in ("dependencies", "metrics", "patterns"):
        assert pack.run(f"analyze-{step}", **env).status == 0
    end = pack.run("analyze-assessment", **env)
    assert end.status == 0, end.errors
    assert end.rows == {}
    return end


def result(pack: Pack) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((pack.root / "work/analysis/assessment.json").read_bytes())
    return found


@pytest.mark.slow
def test_each_file_has_an_effort_a_risk_and_reasons_and_the_page_fits_a_screen(pack: Pack) -> None:
    end = assess(pack, FILES)

    files = {at["path"]: at for at in result(pack)["files"]}
    assert {path: at["effort"] for path, at in files.items()} == {
        "shop/__init__.py": "none",
        "shop/base.py": "automatic",
        "shop/old.py": "manual",
        "shop/few.py": "review",
        "shop/loop_a.py": "none",
        "shop/loop_b.py": "none",
        "shop/broken.py": "mend",
        "tests/test_shop.py": "none",
        "vendor/lib.py": "not ours",
        "gen/model_pb2.py": "not ours",
        "batch/pay.cob": "no rules",
    }
    assert files["shop/old.py"]["reasons"] == [
        "Python of the 2-era",
        "7 places for a person (text 7)",
        "no test reaches it",
    ]
    assert files["shop/loop_a.py"]["reasons"] == [], "what nobody changes has no risk"
    assert files["shop/few.py"]["reasons"][0] == "1 place for a person (text 1)"
    assert "python-syntax" in files["shop/broken.py"]["reasons"][0]
    assert (files["shop/old.py"]["risk"], files["shop/base.py"]["risk"]) == ("medium", "low")
    assert len(end.lines) <= 40
    assert max(map(len, end.lines)) <= 160


@pytest.mark.slow
def test_the_order_has_dependencies_first_and_a_cycle_in_one_wave(pack: Pack) -> None:
    assess(pack, FILES)

    found = result(pack)
    wave = {at["path"]: at["wave"] for at in found["files"]}
    assert wave["shop/base.py"] == 1
    assert wave["shop/old.py"] == wave["shop/few.py"] == 2
    assert wave["shop/loop_a.py"] == wave["shop/loop_b.py"]
    assert wave["batch/pay.cob"] is None
    assert found["cycles"] == [["shop/loop_a.py", "shop/loop_b.py"]]
    first = found["waves"][0]
    assert first["start_with"][0] == "shop/base.py"


@pytest.mark.slow
def test_it_says_what_the_rules_cover_what_not_and_what_was_rejected(pack: Pack) -> None:
    end = assess(pack, FILES)

    found = result(pack)
    assert found["coverage"]["changed_files"] >= 1
    assert found["coverage"]["uncovered_files"] == 1
    assert found["person"] == [{"category": "text", "count": 8}]
    assert [at["name"] for at in found["external"]] == ["flask"]
    assert set(found["rejected"]) == {"shop/broken.py", "app.json"}
    assert end.said("2 files were rejected by validation (1 config, 1 source); 0 of them lie with")
    assert found["rejected_by_kind"] == {"config": 1, "source": 1}
    assert end.said("1 Python files are of the 2-era")
    report = (pack.root / "work/analysis/assessment.md").read_text()
    assert "| cobol | 1 | 1 |" in report
    assert "`shop/broken.py`" in report


def test_without_the_other_analyses_it_says_which_one_is_due(pack: Pack) -> None:
    end = pack.run("analyze-assessment")

    assert end.status == 2
    assert "hint: run the analyze step `dependencies` first" in end.errors


@pytest.mark.slow
def test_nothing_to_assess_is_no_trouble(pack: Pack) -> None:
    end = assess(pack, {"only.cob": "       MOVE A TO B.\n"})

    assert end.lines[0].startswith("s1: 1 files, of which 1 sources")


JAVA: dict[str, str | bytes] = {
    "app/src/Old.java": "package a.enum;\nclass Old { Vector v; Vector w; }\n",
    "app/src/Hints.java": "class Hints { Vector v; StringBuffer b = new StringBuffer(); }\n",
    "app/src/Tar.java": "class Tar { }\n",
    "app/test/TarTest.java": "class TarTest { Object o = new Integer(1); }\n",
    "app/pom.xml": "<p><maven.compiler.source>1.8</maven.compiler.source></p>\n",
    "app/doc/a.html": "<p>a</p>\n",
    "lib/parser.c": "/* Generated by Cython 0.23 */\nint a;\n",
    "lib/run.bat": "echo a\n",
    "setup.py": "setup(python_requires='>=2.6')\nimport rfc822, distutils\n",
}


@pytest.mark.slow
def test_only_what_fails_or_must_be_decided_makes_effort(pack: Pack) -> None:
    assess(pack, JAVA)

    files = {at["path"]: at for at in result(pack)["files"]}
    assert {path: (at["effort"], at["places"], at["may"]) for path, at in files.items()} == {
        "app/src/Old.java": ("review", 1, 2),
        "app/src/Hints.java": ("none", 0, 3),
        "app/src/Tar.java": ("none", 0, 0),
        "app/test/TarTest.java": ("automatic", 0, 0),
        "app/doc/a.html": ("documents", 0, 0),
        "lib/parser.c": ("not ours", 0, 0),
        "lib/run.bat": ("no rules", 0, 0),
        "setup.py": ("none", 0, 0),
    }
    assert files["app/src/Old.java"]["reasons"][0] == "1 place for a person (keyword-name 1)"
    assert {path for path, at in files.items() if at["risk"] != "low"} == set()
    assert files["app/src/Tar.java"]["tested"], "a test is called as it is"
    assert not files["app/src/Hints.java"]["tested"]


@pytest.mark.slow
def test_it_says_what_a_plan_asks_first(pack: Pack) -> None:
    assess(pack, JAVA)

    found = result(pack)
    report = (pack.root / "work/analysis/assessment.md").read_text()
    assert {at["folder"]: at["files"] for at in found["parts"]} == {"app": 5, "lib": 2, ".": 1}
    assert [(at["file"], at["level"]) for at in found["levels"]] == [
        ("app/pom.xml", "1.8"),
        ("setup.py", ">=2.6"),
    ]
    assert [(at["name"], at["since"], at["instead"]) for at in found["gone"]] == [
        ("distutils", "3.12", "setuptools"),
        ("rfc822", "3.0", "email"),
    ]
    assert found["suffixes"]["config"] == {".xml": 1}
    assert "tools/pipeline/origins.toml" in report
    assert "| `distutils` | 3.12 | 1 | setuptools |" in report
    assert "| string-buffer-type | ast-grep | 2 | 1 |" in report.partition("What could be newer")[2]


@pytest.mark.slow
def test_places_in_tests_are_told_apart(pack: Pack) -> None:
    files: dict[str, str | bytes] = {
        "a.py": "print 'a'\ns = x.encode(y)\n",
        "test_a.py": "print 'a'\ns = x.encode(y), x.decode(y)\n",
        "tests/bad.json": "{",
        "z.json": "{",
    }
    assess(pack, files)

    found = result(pack)
    assert (list(found["rejected"]), found["rejected_fixtures"]) == (
        ["z.json", "tests/bad.json"],
        1,
    )
    effort = found["efforts"]["review"]
    assert (effort["places"], effort["test_places"]) == (1, 2)
    assert [(at["id"], at["count"], at["tests"]) for at in found["person_rules"]] == [
        ("python2-codec", 3, 2)
    ]
    assert [at["path"] for at in found["most_manual"]] == ["a.py"]
    assert [at["path"] for at in found["most_manual_tests"]] == ["test_a.py"]
    rules = {at["id"]: (at["fix"], at["count"]) for at in found["rules"]}
    assert rules["fissix"] == ("safe", 2)
