"""deliveries/: listed, chosen, added to, compared."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from asyncorch import intake, snapshots
from asyncorch.errors import ProjectError
from asyncorch.intake import Difference
from asyncorch.snapshots import Snapshot
from asyncorch.trees import Taken

REAL = Path(json.__file__).parent


@pytest.fixture
def deliveries(tmp_path: Path) -> Path:
    return tmp_path / "project" / "deliveries"


def _with(deliveries: Path, *names: str) -> None:
    for name in names:
        (deliveries / name).mkdir(parents=True)


def _add(deliveries: Path, source: Path, name: str | None = None) -> tuple[Snapshot, Taken]:
    return intake.add(deliveries, str(source), name, environ={})


def _names(deliveries: Path) -> list[str]:
    return [snapshot.name for snapshot in snapshots.listing(deliveries)]


def test_snapshots_come_in_natural_order(deliveries: Path) -> None:
    _with(deliveries, "v10", "v9", "v1")

    assert _names(deliveries) == ["v1", "v9", "v10"]


def test_files_and_hidden_folders_are_no_snapshots(deliveries: Path) -> None:
    _with(deliveries, "v1", ".hidden")
    (deliveries / "notes.txt").touch()
    (deliveries / "dangling").symlink_to("nowhere")

    assert _names(deliveries) == ["v1"]


def test_a_link_to_a_folder_is_a_snapshot(deliveries: Path, tmp_path: Path) -> None:
    _with(tmp_path, "other-disk")
    _with(deliveries, "v1")
    (deliveries / "v2").symlink_to(tmp_path / "other-disk")

    assert _names(deliveries) == ["v1", "v2"]


def test_without_deliveries_there_are_no_snapshots(deliveries: Path) -> None:
    assert snapshots.listing(deliveries) == []
    assert snapshots.choose(deliveries, None) is None


def test_the_newest_is_the_default(deliveries: Path) -> None:
    _with(deliveries, "v10", "v9")

    assert snapshots.choose(deliveries, None) == Snapshot("v10", deliveries / "v10")
    assert snapshots.choose(deliveries, "v9") == Snapshot("v9", deliveries / "v9")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("snapshot-l", "did you mean `snapshot-1`?"), ("x", "known are `old`, `snapshot-1`")],
)
def test_an_unknown_snapshot_is_an_error_with_a_near_miss(
    name: str, hint: str, deliveries: Path
) -> None:
    _with(deliveries, "snapshot-1", "old")

    with pytest.raises(ProjectError) as error:
        snapshots.choose(deliveries, name)

    assert str(error.value) == f"unknown snapshot `{name}`"
    assert error.value.hint == hint


def test_with_no_snapshot_at_all_the_hint_is_how_to_take_one_in(deliveries: Path) -> None:
    with pytest.raises(ProjectError) as error:
        snapshots.choose(deliveries, "v1")

    assert error.value.hint == "there are none yet: `asyncorch snapshot add SOURCE` takes one in"


def test_a_folder_becomes_a_snapshot(deliveries: Path) -> None:
    made, taken = _add(deliveries, REAL)

    assert made == Snapshot("snapshot-1", deliveries / "snapshot-1")
    assert intake.diff(REAL, made.path) == Difference((), (), (), taken.files)


def test_the_next_number_is_above_all_others(deliveries: Path) -> None:
    _with(deliveries, "snapshot-2", "snapshot-10", "v3")
    (deliveries / "snapshot-11").write_text("a file in the way")

    assert _add(deliveries, REAL)[0].name == "snapshot-12"


def test_the_folders_of_a_snapshot_follow_the_umask(deliveries: Path, tmp_path: Path) -> None:
    made, _ = _add(deliveries, REAL)
    (tmp_path / "plain").mkdir()

    assert made.path.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_git_s_own_files_are_no_data(deliveries: Path, tmp_path: Path) -> None:
    source = tmp_path / "working-copy"
    _with(source, ".git", "src")
    (source / "src" / "a").touch()
    (source / ".gitignore").touch()

    made, taken = _add(deliveries, source)

    assert sorted(path.name for path in made.path.iterdir()) == [".gitignore", "src"]
    assert taken.left_out == {"git's own files": 1}


def test_nothing_is_overwritten(deliveries: Path) -> None:
    _with(deliveries, "v1")

    with pytest.raises(ProjectError, match="there is a snapshot `v1` already"):
        _add(deliveries, REAL, "v1")

    assert not list((deliveries / "v1").iterdir())


@pytest.mark.parametrize("name", ["", ".", "..", ".x", "a/b", "a\nb", "a*", "[a]", "{a}", "-a"])
def test_a_name_that_would_mislead_a_glob_or_an_option_is_refused(
    name: str, deliveries: Path
) -> None:
    with pytest.raises(ProjectError, match="cannot be the name of a snapshot"):
        _add(deliveries, REAL, name)


def test_the_project_is_not_taken_into_itself(deliveries: Path) -> None:
    deliveries.mkdir(parents=True)

    for source in (deliveries, deliveries.parent):
        with pytest.raises(ProjectError, match="holds the project's own snapshots"):
            _add(deliveries, source)


def test_an_add_that_is_interrupted_leaves_nothing(deliveries: Path) -> None:
    def fill(into: Path) -> Taken:
        into.mkdir()
        (into / "half").touch()
        assert _names(deliveries) == []
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        intake.make(deliveries, None, fill)

    assert not list(deliveries.iterdir())


def test_a_full_disk_is_a_plain_error_and_leaves_nothing(deliveries: Path) -> None:
    def fill(into: Path) -> Taken:
        into.mkdir()
        raise OSError(28, "No space left on device", str(into / "x"))

    with pytest.raises(ProjectError, match="cannot be written: No space left on device"):
        intake.make(deliveries, None, fill)

    assert not list(deliveries.iterdir())


def test_who_comes_second_to_a_name_is_told_so(deliveries: Path) -> None:
    def fill(into: Path) -> Taken:
        into.mkdir()
        _with(deliveries, "v1")  # somebody else was quicker
        return Taken(files=1)

    with pytest.raises(ProjectError, match="there is a snapshot `v1` already"):
        intake.make(deliveries, "v1", fill)


def test_a_file_in_the_place_of_deliveries_is_told(deliveries: Path) -> None:
    deliveries.parent.mkdir()
    deliveries.touch()

    with pytest.raises(ProjectError, match="File exists"):
        _add(deliveries, REAL)


def test_a_difference_is_one_of_content(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    _with(tmp_path, "old/sub", "new/sub")
    for path, before, after in (
        ("same", "1", "1"),
        ("sub/size", "1", "12"),
        ("sub/bytes", "12", "21"),
        ("gone", "1", None),
        ("come", None, "1"),
    ):
        for root, content in ((old, before), (new, after)):
            if content is not None:
                (root / path).write_text(content)
    os.utime(new / "same", (1, 1))

    assert intake.diff(old, new) == Difference(
        added=("come",), removed=("gone",), changed=("sub/bytes", "sub/size"), unchanged=1
    )


def test_links_differ_by_their_aim_and_from_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    _with(tmp_path, "old", "new")
    for root in (old, new):
        (root / "x").touch()
        (root / "same").symlink_to("x")
    (old / "aim").symlink_to("x")
    (new / "aim").symlink_to("same")
    (old / "kind").symlink_to("x")
    (new / "kind").touch()

    assert intake.diff(old, new) == Difference((), (), ("aim", "kind"), 2)
