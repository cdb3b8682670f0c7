"""analyze-patterns foretells transform-sources: the same files, the same rules, as often."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.tools.toolrun import PACK, Pack

MINE = """
id: old-list
language: python
message: a list has a sign of its own
rule: {pattern: list()}
fix: '[]'
"""
SILENT = "{id: long-suffix, language: java, message: fine, rule: {kind: hex_integer_literal}}\n"
JAVA = """\
class A {
    Object f() {
        StringBuffer b = new StringBuffer();
        b.append(new Integer(1)).append(new Integer(/* one */ 1)).append(1l);
        return b.toString();
    }
}
"""
FILES: dict[str, str | bytes] = {
    "A.java": JAVA,
    "declared.py": "# -*- coding: utf-8 -*-\nimport datetime\nUTC = datetime.timezone.utc\n",
    "escapes.py": "import re\nx = re.compile('\\d')\nclass A(object): pass\nf(0 is x, 1 is 1)\n",
    "script": "#!/usr/bin/env python3\nclass A(object): pass\nx = list()\n",
    "build/a.py": "class A(object): pass\n",
    "lists.py": "x = list(), [list()]\n",
    "old.py": "print 'old'\n",
    "vendor/b.py": "class B(object): pass\n",
    "vendor/old.py": "print 'old'\n",
    "vendor/B.java": JAVA,
}
ENVIRONMENTS = {
    "as it ships": {},
    "everything": {"TRANSFORM_ALL": "1", "TRANSFORM_RULES": str(PACK / "rules" / "optional")},
    "rules of one's own": {"TRANSFORM_RULES": "mine", "PYTHON_RULES": "UP004,F632"},
}


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    made = Pack(tmp_path)
    made.write({"python/mine.yml": MINE, "java/silent.yml": SILENT}, tmp_path / "mine")
    made.deliver(FILES)
    made.extract()
    made.fan_out("validate-encoding", "extracted/sources")
    made.fan_out("validate-syntax", "validated/sources")
    return made


def read(pack: Pack, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((pack.root / "work/analysis" / name).read_bytes())
    return found


def foretold(pack: Pack) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for rule in read(pack, "patterns.json")["rules"]:
        for path, places in rule["places"].items() if rule["fix"] == "safe" else ():
            counts.setdefault(path, Counter())[rule["id"].partition(" ")[0]] += len(places)
    return {path: dict(sorted(at.items())) for path, at in sorted(counts.items())}


@pytest.mark.slow
@pytest.mark.parametrize("env", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_transform_changes_exactly_what_was_foretold(pack: Pack, env: dict[str, str]) -> None:
    assert pack.run("analyze-patterns", **env).status == 0
    told = foretold(pack)

    assert pack.fan_out("transform-sources", "validated/sources", **env).status == 0

    assert told == read(pack, "transform-rules.json")["files"]
    assert told


@pytest.mark.slow
def test_a_change_that_no_one_asked_for_is_no_safe_one(pack: Pack) -> None:
    pack.run("analyze-patterns")

    fixes = {at["id"]: at["fix"] for at in read(pack, "patterns.json")["rules"]}
    assert fixes["string-buffer"] == "unsafe"
    assert fixes["boxing-constructors"] == "safe"
    assert fixes["boxing-constructors (none)"] == "none", "the change would lose a comment"
    assert not {"UP009", "UP017"} & fixes.keys()


@pytest.mark.slow
def test_what_is_left_as_it_is_is_counted_and_not_searched(pack: Pack) -> None:
    end = pack.run("analyze-patterns")

    found = read(pack, "patterns.json")
    assert found["left"] == {"vendored": 2}
    assert end.said("2 files were not searched, and are left as they are: vendored")
    assert "vendor/old.py" in foretold(pack), "it has to compile, whoever wrote it"
    assert not any("vendor/b.py" in at["places"] for at in found["rules"])
