"""`asyncorch snapshot`: data on standard output, everything else on standard error."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.calling import Call, Ended

REAL = Path(json.__file__).parent


@pytest.fixture
def project(here: Path) -> Path:
    (here / "pipeline.toml").touch()
    return here


def test_a_folder_is_added_and_listed(project: Path, call: Call) -> None:
    shutil.copytree(REAL, project / "source", ignore=shutil.ignore_patterns("__pycache__"))
    (project / "source" / ".git").mkdir()
    (project / "source" / "out").symlink_to("/etc")
    count = len(list((project / "source").glob("*.py")))

    ended = call("snapshot", "add", "source")

    first, *rest = ended.err.splitlines()
    assert first.startswith(f"✓ snapshot-1: {count} files, ")
    assert first.endswith(" KiB in deliveries/snapshot-1")
    assert rest == ["  left out: 1 git's own files", "  left out: 1 links that lead out"]
    assert (ended.code, ended.out) == (0, "")
    assert call("snapshot", "list") == Ended(0, "snapshot-1\n", "")


def test_one_file_is_one_file(project: Path, call: Call) -> None:
    (project / "source").mkdir()
    (project / "source" / "a").write_text("a")

    assert call("snapshot", "add", "source").err == (
        "✓ snapshot-1: 1 file, 1 byte in deliveries/snapshot-1\n"
    )


def test_it_says_when_a_run_would_take_another_one(project: Path, call: Call) -> None:
    (project / "deliveries" / "v9").mkdir(parents=True)
    (project / "source").mkdir()
    (project / "source" / "a").touch()

    assert call("snapshot", "add", "source").err.splitlines()[1:] == [
        "  a run takes v9, which sorts last; for this one: `asyncorch run --snapshot snapshot-1`"
    ]


def test_an_archive_s_own_folder_is_named(project: Path, call: Call) -> None:
    (project / "shop-1").mkdir()
    (project / "shop-1" / "a").touch()
    shutil.make_archive(str(project / "shop-1"), "gztar", project, "shop-1")

    ended = call("snapshot", "add", "shop-1.tar.gz", "--name", "v1")

    assert ended.err == (
        "✓ v1: 1 file, 0 bytes in deliveries/v1\n  taken from the archive's folder shop-1/\n"
    )
    assert (project / "deliveries" / "v1" / "a").exists()


def test_the_list_is_in_natural_order_and_says_when_it_is_empty(project: Path, call: Call) -> None:
    assert call("snapshot", "list") == Ended(0, "", "no snapshots in deliveries\n")
    for name in ("v10", "v9"):
        (project / "deliveries" / name).mkdir(parents=True)
    assert call("snapshot", "list").out == "v9\nv10\n"


def test_deliveries_are_where_pipeline_toml_says(project: Path, tmp_path: Path, call: Call) -> None:
    (tmp_path / "elsewhere" / "v1").mkdir(parents=True)
    (project / "pipeline.toml").write_text(f'deliveries = "{tmp_path}/elsewhere"\n')

    assert call("snapshot", "list").out == "v1\n"


def test_a_difference_has_one_line_a_file(project: Path, call: Call) -> None:
    for name, files in (
        ("v1", {"a": "1", "b": "1", "same": "1"}),
        ("v2", {"b": "2", "c\n\x1b[2J": "2", "same": "1", os.fsdecode(b"\xff"): "2"}),
    ):
        (project / "deliveries" / name).mkdir(parents=True)
        for path, content in files.items():
            (project / "deliveries" / name / path).write_text(content)

    ended = call("snapshot", "diff", "v1", "v2")

    assert ended.out == 'D a\nM b\nA "c\\n\\x1b[2J"\nA "\\xff"\n'
    assert ended.err == "2 added, 1 removed, 1 changed, 1 unchanged\n"
    assert ended.code == 0


def test_another_project_can_be_named(project: Path, call: Call) -> None:
    (project / "other" / "deliveries" / "v7").mkdir(parents=True)

    assert call("snapshot", "list", "--project", "other").out == "v7\n"
