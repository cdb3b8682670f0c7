"""What transform-sources records beside the files: counts a rule, and a diff on request."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.tools.toolrun import Pack

OLD = "class A(object): pass\n"


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def transform(pack: Pack, *paths: str, **env: str) -> None:
    names = [f"work/validated/sources/{path}" for path in paths]
    assert pack.run("transform-sources", *names, **env).status in (0, 1)


def rules(pack: Pack) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    found = json.loads((pack.root / "work/analysis/transform-rules.json").read_bytes())
    return found["rules"], found["files"]


def test_batches_add_up_and_a_file_counts_as_it_came_out_last(pack: Pack) -> None:
    java = "class A { Long a = new Long(new Integer(1)), b = new Long(2l); }"
    pack.validated({"a.py": OLD * 2, "A.java": java, "c.py": "x = 1\n"})

    transform(pack, "a.py")
    transform(pack, "A.java", "c.py")
    transform(pack, "A.java")

    totals = {"UP004": 2, "boxing-constructors": 3, "long-suffix": 1}
    assert rules(pack)[0] == totals
    assert rules(pack)[1] == {
        "A.java": {"boxing-constructors": 3, "long-suffix": 1},
        "a.py": {"UP004": 2},
    }

    pack.validated({"a.py": OLD})
    (pack.root / "work/validated/sources/A.java").unlink()
    transform(pack, "a.py")

    assert rules(pack) == ({"UP004": 1}, {"a.py": {"UP004": 1}})


def test_a_file_that_is_rejected_counts_for_nothing(pack: Pack) -> None:
    pack.validated({"a.py": OLD})
    transform(pack, "a.py")
    pack.validated({"a.py": f"{OLD}return\n"})

    transform(pack, "a.py", TRANSFORM_DIFF="1")

    assert rules(pack) == ({}, {})
    assert (pack.root / "work/transformed.diff").read_bytes() == b""


def test_without_a_wish_there_is_no_diff(pack: Pack) -> None:
    pack.validated({"a.py": OLD})

    transform(pack, "a.py")

    assert not (pack.root / "work/transformed.diff").exists()


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_the_diff_of_all_batches_makes_the_one_tree_of_the_other(pack: Pack) -> None:
    files: dict[str, str | bytes] = {
        "p/a.py": f"# é\r\n{OLD}",
        "b.py": "class A(object): pass",
        "x y.py": f"\x0c\n{OLD}\n\ndiff --git = 1\n".replace("diff --git", "diff"),
        "same.py": "x = 1\n",
        "A.java": "class A { long a = 1l; } // \u2028 \x85\n",
    }
    pack.validated(files)
    transform(pack, *files, TRANSFORM_DIFF="1")
    pack.validated({"b.py": "class A(object): x = 1\n"})

    transform(pack, "b.py", TRANSFORM_DIFF="1")

    tree = pack.root / "work/validated/sources"
    words = ["git", "apply", "--unsafe-paths", f"--directory={tree}", "work/transformed.diff"]
    subprocess.run(words, cwd=pack.root, check=True)
    assert pack.files("work/validated/sources") == pack.files("work/transformed")
