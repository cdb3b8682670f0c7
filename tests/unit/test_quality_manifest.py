"""Promotion writes each file whole, its own alone, and the manifest says what there is."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from asyncorch.errors import ProjectError
from asyncorch.quality.manifest import Entry, mark_stale, place, promote, read


class Yard:
    def __init__(self, root: Path) -> None:
        self.source, self.target = root / "work" / "transformed", root / "target" / "artifacts"
        self.source.mkdir(parents=True)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.source / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def promote(
        self, *names: str, remove: tuple[str, ...] = (), stale: tuple[str, ...] = (), run: str = "r"
    ) -> dict[str, Entry]:
        artifacts = {name: ("step", f"from/{name}") for name in names}
        return promote(self.source, self.target, artifacts, remove=remove, stale=stale, run=run)

    def files(self) -> list[str]:
        found = (path for path in self.target.rglob("*") if not path.is_dir())
        return sorted(path.relative_to(self.target).as_posix() for path in found)

    def listed(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(place(self.target).read_text())
        return {item["path"]: item for item in data["artifacts"]}


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_artifacts_keep_their_paths_and_bytes(yard: Yard) -> None:
    yard.write(sub__deep__a_py="print()\n", b_py="")

    yard.promote("sub/deep/a.py", "b.py")

    assert yard.files() == ["b.py", "sub/deep/a.py"]
    assert (yard.target / "sub/deep/a.py").read_text() == "print()\n"


def test_the_manifest_lists_path_size_sha256_run_step_and_source(yard: Yard) -> None:
    yard.write(a_py="print()\n")

    entries = yard.promote("a.py", run="20260101-000000-shop")

    assert yard.listed()["a.py"] == {
        "path": "a.py",
        "size": 8,
        "sha256": hashlib.sha256(b"print()\n").hexdigest(),
        "run": "20260101-000000-shop",
        "step": "step",
        "source": "from/a.py",
        "stale": False,
    }
    assert read(yard.target) == entries


def test_the_target_holds_artifacts_and_nothing_else(yard: Yard) -> None:
    yard.write(a_py="x")

    yard.promote("a.py")

    assert yard.files() == ["a.py"]
    assert sorted(path.name for path in yard.target.parent.iterdir()) == [
        "artifacts",
        "manifest.json",
    ]


def test_a_run_bit_goes_along(yard: Yard) -> None:
    yard.write(a_sh="#!/bin/sh\n", b_py="")
    (yard.source / "a.sh").chmod(0o755)

    yard.promote("a.sh", "b.py")

    assert os.access(yard.target / "a.sh", os.X_OK)
    assert not (yard.target / "b.py").stat().st_mode & 0o111


def test_the_same_bytes_are_not_written_again(yard: Yard) -> None:
    yard.write(a_py="x", b_py="y")
    yard.promote("a.py", "b.py")
    before = (yard.target / "a.py").stat()
    yard.write(b_py="z")

    yard.promote("a.py", "b.py", run="next")

    after = (yard.target / "a.py").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert (yard.target / "b.py").read_text() == "z"
    assert yard.listed()["a.py"]["run"] == "next"


def test_an_artifact_that_somebody_changed_is_put_right(yard: Yard) -> None:
    yard.write(a_py="x")
    yard.promote("a.py")
    (yard.target / "a.py").write_text("changed")

    yard.promote("a.py")

    assert (yard.target / "a.py").read_text() == "x"


def test_a_reader_never_sees_half_a_file(yard: Yard) -> None:
    yard.write(a_py="old")
    yard.promote("a.py")
    with (yard.target / "a.py").open() as reader:
        yard.write(a_py="new")
        yard.promote("a.py")

        assert reader.read() == "old"
    assert (yard.target / "a.py").read_text() == "new"


def test_what_is_removed_goes_with_its_empty_folders(yard: Yard) -> None:
    yard.write(sub__deep__a_py="x", sub__b_py="y")
    yard.promote("sub/deep/a.py", "sub/b.py")

    yard.promote("sub/b.py", remove=("sub/deep/a.py",))

    assert yard.files() == ["sub/b.py"]
    assert not (yard.target / "sub" / "deep").exists()
    assert list(yard.listed()) == ["sub/b.py"]


def test_what_is_gone_already_can_be_removed(yard: Yard) -> None:
    yard.write(a_py="x", b_py="y")
    yard.promote("a.py", "b.py")
    (yard.target / "a.py").unlink()

    yard.promote("b.py", remove=("a.py",))

    assert yard.files() == ["b.py"]


def test_files_that_others_put_there_are_left_alone(yard: Yard) -> None:
    yard.write(sub__a_py="x")
    yard.promote("sub/a.py")
    (yard.target / "sub" / "theirs.txt").write_text("theirs")

    yard.promote(remove=("sub/a.py",))

    assert yard.files() == ["sub/theirs.txt"]


def test_removing_never_goes_through_a_link(yard: Yard, tmp_path: Path) -> None:
    yard.write(sub__a_py="x")
    yard.promote("sub/a.py")
    (yard.target / "sub" / "a.py").unlink()
    (yard.target / "sub").rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.py").write_text("not ours")
    (yard.target / "sub").symlink_to(elsewhere)

    yard.promote(remove=("sub/a.py",))

    assert (elsewhere / "a.py").read_text() == "not ours"


@pytest.mark.parametrize("what", ["link", "file"])
def test_promoting_never_goes_through_a_link_or_over_a_file(
    yard: Yard, tmp_path: Path, what: str
) -> None:
    yard.write(sub__a_py="x")
    yard.target.mkdir(parents=True)
    if what == "link":
        (yard.target / "sub").symlink_to(tmp_path)
    else:
        (yard.target / "sub").write_text("not ours")

    with pytest.raises(ProjectError, match="is in the way of a folder"):
        yard.promote("sub/a.py")

    assert not (tmp_path / "a.py").exists()


def test_a_link_in_an_artifact_s_place_is_replaced_and_what_it_points_at_is_not(
    yard: Yard, tmp_path: Path
) -> None:
    yard.write(a_py="x")
    yard.promote("a.py")
    (yard.target / "a.py").unlink()
    (tmp_path / "theirs").write_text("x")
    (yard.target / "a.py").symlink_to(tmp_path / "theirs")

    yard.promote("a.py")

    assert not (yard.target / "a.py").is_symlink()
    assert (tmp_path / "theirs").read_text() == "x"


def test_stale_artifacts_stay_and_are_marked(yard: Yard) -> None:
    yard.write(a_py="x", b_py="y")
    yard.promote("a.py", "b.py", run="first")

    yard.promote("b.py", stale=("a.py",), run="second")

    assert yard.files() == ["a.py", "b.py"]
    listed = yard.listed()
    assert (listed["a.py"]["stale"], listed["a.py"]["run"]) == (True, "first")
    assert listed["b.py"]["stale"] is False


def test_a_stale_artifact_that_is_promoted_again_is_stale_no_more(yard: Yard) -> None:
    yard.write(a_py="x")
    yard.promote("a.py")
    yard.promote(stale=("a.py",))

    yard.promote("a.py")

    assert yard.listed()["a.py"]["stale"] is False


def test_marking_stale_touches_no_file(yard: Yard) -> None:
    yard.write(a_py="x", b_py="y")
    yard.promote("a.py", "b.py", run="first")

    mark_stale(yard.target, ["a.py"])

    assert {name: item["stale"] for name, item in yard.listed().items()} == {
        "a.py": True,
        "b.py": False,
    }
    assert yard.listed()["a.py"]["run"] == "first"


def test_a_promotion_that_breaks_off_still_lists_what_it_has_put(yard: Yard) -> None:
    """Or the next run would take these files for somebody else's, and refuse to replace them."""
    yard.write(a_py="x", b_py="y")
    yard.promote("b.py")
    (yard.target / "b.py").unlink()
    (yard.target / "b.py").mkdir()

    with pytest.raises(ProjectError, match="in the way"):
        yard.promote("a.py", "b.py")

    assert yard.files() == ["a.py"]
    assert "a.py" in yard.listed()


def test_nothing_promoted_yet_is_an_empty_manifest(yard: Yard) -> None:
    assert read(yard.target) == {}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"artifacts": 3}', '{"artifacts": [{"path": "a"}]}', "\xff\0"]
)
def test_a_damaged_manifest_is_a_user_error_that_says_what_to_do(yard: Yard, text: str) -> None:
    yard.target.mkdir(parents=True)
    place(yard.target).write_text(text, encoding="latin-1")

    with pytest.raises(ProjectError) as raised:
        read(yard.target)

    error = raised.value
    assert (error.message, error.where) == (
        "the manifest cannot be read",
        str(place(yard.target)),
    )
    assert error.hint == "move it away together with artifacts/, and the next run starts afresh"


def test_names_that_are_not_utf_8_survive_the_manifest(yard: Yard) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (yard.source / name).write_text("x")

    yard.promote(name)

    assert list(read(yard.target)) == [name]


def test_what_has_not_changed_keeps_its_run_and_is_not_read(yard: Yard) -> None:
    yard.write(a_py="a", b_py="b")
    before = yard.promote("a.py", "b.py", run="first")
    yard.write(b_py="new")
    (yard.source / "a.py").unlink()  # nobody opens it
    artifacts = {name: ("step", f"from/{name}") for name in before}

    after = promote(
        yard.source,
        yard.target,
        artifacts,
        remove=(),
        stale=(),
        run="second",
        unchanged={"a.py": before["a.py"].sha256},
    )

    assert [after["a.py"].run, after["b.py"].run] == ["first", "second"]
    assert yard.listed()["b.py"]["sha256"] == hashlib.sha256(b"new").hexdigest()


def test_when_nothing_has_changed_nothing_is_written(yard: Yard) -> None:
    yard.write(a_py="a")
    before = yard.promote("a.py", run="first")
    stamp = place(yard.target).stat()

    artifacts = {"a.py": ("step", "from/a.py")}
    same = {"a.py": before["a.py"].sha256}
    promote(yard.source, yard.target, artifacts, remove=(), stale=(), run="second", unchanged=same)

    assert place(yard.target).stat() == stamp
