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
        "7 of text",
        "no test reaches it",
    ]
    assert files["shop/loop_a.py"]["reasons"] == ["in a cycle of 2 files", "no test reaches it"]
    assert "python-syntax" in files["shop/broken.py"]["reasons"][0]
    assert (files["shop/loop_a.py"]["risk"], files["shop/base.py"]["risk"]) == ("medium", "low")
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
