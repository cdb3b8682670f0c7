"""analyze-patterns: what rules would change or only report, and what needs a person."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.tools.toolrun import PACK, Pack

RULES = """
id: no-print
language: Python
message: no print
severity: error
rule: {pattern: print($A)}
---
id: old-list
language: python
rule: {pattern: list()}
fix: '[]'
"""
OLD = """\
import StringIO
class A:
    def __unicode__(self): pass
    def __cmp__(self, other): return cmp(1, 2)
x = a / b
x = a / 2.0
x /= 3
s = u"a".encode("utf-8")
s = t.encode("utf-8")
f = open("a", "rb")
if isinstance(s, basestring): pass
f = open("a", "r")
l.sort(lambda a, b: 1)
l.sort(key=f)
l = sorted(l, f)
l = sorted(l, cmp=f)
k = d.keys()[0]
sock.send(s)
print "old"
"""


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Make a project with tools of its own, so that rules can be added."""
    tools = tmp_path / "tools" / "pipeline"
    shutil.copytree(PACK, tools, ignore=shutil.ignore_patterns("__pycache__", "rules"))
    (tools / "rules").mkdir()
    return Pack(tmp_path, tools)


def search(pack: Pack, files: dict[str, str], *words: str, **env: str) -> dict[str, Any]:
    pack.validated(dict(files))
    end = pack.run("analyze-patterns", *words, **env)
    assert end.status == 0, end.errors
    found: dict[str, Any] = json.loads((pack.root / "work/analysis/patterns.json").read_bytes())
    return found


def counts(found: dict[str, Any]) -> dict[str, tuple[str, int]]:
    return {at["id"]: (at["fix"], at["count"]) for at in found["rules"]}


def test_rules_that_change_and_rules_that_report_are_counted_with_places(pack: Pack) -> None:
    pack.write({"python/mine.yml": RULES}, pack.tools / "rules")

    found = search(pack, {"a.py": "print(1)\nx = list()\nprint(list())\n", "b.java": "class B {}"})

    assert counts(found) == {"no-print": ("none", 2), "old-list": ("safe", 2)}
    report = next(at for at in found["rules"] if at["id"] == "no-print")
    assert report["places"] == {"a.py": [[1, 1], [3, 1]]}
    assert report["message"] == "no print"
    assert found["files"] == [{"path": "a.py", "safe": 2, "unsafe": 0, "none": 2}]


def test_what_ruff_would_change_depends_on_the_target(pack: Pack) -> None:
    text = "from typing import Optional\nx: Optional[int] = None\nclass A(object): pass\n"

    assert "UP004" in counts(search(pack, {"build/a.py": text}))
    new = counts(search(pack, {"build/a.py": text}, "--target-version", "py310"))
    assert any(name.startswith(("UP007", "UP045")) for name in new)


def test_python_of_the_2_era_is_searched_for_what_needs_a_person(pack: Pack) -> None:
    pack.deliver({"old.py": OLD, "new.py": "x = a / b\n"})
    pack.extract()
    pack.validated({"old.py": OLD, "new.py": "x = a / b\n"})
    pack.fan_out("validate-syntax", "validated/sources")

    found = search(pack, {})

    person = {at["id"]: (at["category"], at["count"]) for at in found["rules"] if at["category"]}
    assert person == {
        "python2-division": ("division", 3),
        "python2-codec": ("text", 1),
        "python2-text-type": ("text", 1),
        "python2-open": ("text", 1),
        "python2-wire": ("text", 1),
        "python2-comparison": ("sorting", 3),
        "python2-sort-function": ("sorting", 2),
        "python2-list-of": ("views", 1),
        "python2-protocol": ("protocol", 1),
    }
    assert found["python2"] == 2


NAMES = """\
import cStringIO, rfc822
from string import join
try:
    import cPickle
except ImportError:
    import pickle
for k in d.iteritems(): string.join(k)
if d.has_key(1): self.file(1)
f = file("a")
s = "a".encode("hex")
isinstance(n, (int, long))
"""


@pytest.mark.parametrize(
    ("env", "converted"), [({}, False), ({"PYTHON2": "all"}, True)], ids=["", "all"]
)
def test_names_that_are_gone_are_places_unless_they_will_be_changed(
    pack: Pack, env: dict[str, str], *, converted: bool
) -> None:
    files = {"old.py": f"print 'a'\n{NAMES}", "new.py": NAMES}
    pack.deliver(dict(files))
    pack.extract()
    pack.validated(dict(files))
    pack.fan_out("validate-syntax", "validated/sources")

    found = {at["id"]: at["places"] for at in search(pack, {}, **env)["rules"]}

    lost = [[1, 1], [2, 1], [7, 25], [9, 5], [10, 5]]
    assert found["python2-gone"]["new.py"] == lost
    assert found["python2-gone"]["old.py"] == [[line + 1, column] for line, column in lost]
    changed = {} if converted else {"new.py": [[1, 1], [7, 10], [8, 4], [11, 1]]}
    assert found.get("python2-name", {}) == changed


def test_todays_python_needs_no_such_person(pack: Pack) -> None:
    pack.deliver({"new.py": "x = a / b\n"})
    pack.extract()

    found = search(pack, {"new.py": "x = a / b\n"})

    assert (found["python2"], found["rules"]) == (0, [])


def test_sarif_has_each_place_with_its_rule(pack: Pack) -> None:
    pack.write({"python/mine.yml": RULES}, pack.tools / "rules")
    search(pack, {"sub dir/é.py": "x = 1\n  \nprint(1)\n"})

    (run,) = json.loads((pack.root / "work/analysis/patterns.sarif").read_bytes())["runs"]

    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    place = result["locations"][0]["physicalLocation"]
    assert (result["ruleId"], rule["id"], result["level"]) == ("no-print", "no-print", "error")
    assert place["artifactLocation"]["uri"] == "sub%20dir/%C3%A9.py"
    assert place["region"] == {"startLine": 3, "startColumn": 1}


def test_rejected_files_are_left_out(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "rejected").write_bytes(b"a.py\0")

    found = search(
        pack, {"a.py": "class A(object): pass\n"}, ASYNCORCH_REJECTED=str(tmp_path / "rejected")
    )

    assert found["rules"] == []


def test_a_rule_that_cannot_be_read_is_one_message(pack: Pack) -> None:
    pack.write({"python/bad.yml": "id: [\n"}, pack.tools / "rules")
    pack.validated({"a.py": "x\n"})

    end = pack.run("analyze-patterns")

    assert end.status == 2
    assert "bad.yml: no YAML" in end.errors
