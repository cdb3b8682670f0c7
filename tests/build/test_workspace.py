"""Laying a build folder out."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncorch.build.laid import state_folder
from asyncorch.build.workspace import prepare
from asyncorch.errors import UserError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "work" / "build"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.txt"
    path.write_text("one")
    return path


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def age(*paths: Path) -> None:
    for path in paths:
        os.utime(path, ns=(10**18, 10**18))


def test_the_folder_holds_a_copy_of_every_file(folder: Path, source: Path) -> None:
    prepare(folder, {"a.txt": source, "deep/er/b.txt": source})

    assert tree(folder) == {"a.txt": "one", "deep/er/b.txt": "one"}


def test_a_file_that_the_layout_no_longer_has_is_removed_with_its_empty_folders(
    folder: Path, source: Path
) -> None:
    prepare(folder, {"a.txt": source, "deep/er/b.txt": source})
    prepare(folder, {"a.txt": source})

    assert tree(folder) == {"a.txt": "one"}
    assert not (folder / "deep").exists()


def test_what_the_tools_made_stays(folder: Path, source: Path) -> None:
    prepare(folder, {"src/a.txt": source})
    (folder / "src" / "a.o").write_text("made")
    prepare(folder, {})

    assert tree(folder) == {"src/a.o": "made"}


def test_an_unchanged_file_is_left_alone_and_a_changed_one_gets_the_present_time(
    folder: Path, source: Path
) -> None:
    prepare(folder, {"a.txt": source})
    age(folder / "a.txt")
    source.touch()  # a new time, the same content
    prepare(folder, {"a.txt": source})
    assert (folder / "a.txt").stat().st_mtime_ns == 10**18

    source.write_text("two")
    age(source)  # as old as the copy: a build tool would see no change
    prepare(folder, {"a.txt": source})
    assert tree(folder) == {"a.txt": "two"}
    assert (folder / "a.txt").stat().st_mtime_ns > 10**18


def test_another_version_of_the_same_size_and_time_is_noticed(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("two")
    age(source, other)
    prepare(folder, {"a.txt": source})
    prepare(folder, {"a.txt": other})

    assert tree(folder) == {"a.txt": "two"}


def test_a_build_folder_that_is_a_link_is_refused(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    folder.parent.mkdir()
    folder.symlink_to(tmp_path)

    with pytest.raises(UserError):
        prepare(folder, {"a.txt": source})


def test_a_copy_that_a_tool_changed_or_removed_is_made_again(folder: Path, source: Path) -> None:
    layout = {"a.txt": source, "b.txt": source}
    prepare(folder, layout)
    (folder / "a.txt").write_text("won")
    (folder / "b.txt").unlink()
    prepare(folder, layout)

    assert tree(folder) == {"a.txt": "one", "b.txt": "one"}


def test_the_run_bit_is_kept_and_follows_the_source(folder: Path, source: Path) -> None:
    for mode in (0o755, 0o644, 0o755):
        source.chmod(mode)
        prepare(folder, {"a.sh": source})
        assert bool((folder / "a.sh").stat().st_mode & 0o111) == bool(mode & 0o111)


def test_a_file_may_become_a_folder_and_a_folder_a_file(folder: Path, source: Path) -> None:
    prepare(folder, {"a": source, "b/c": source})
    prepare(folder, {"a/c": source, "b": source})

    assert tree(folder) == {"a/c": "one", "b": "one"}


def test_the_packages_of_the_last_build_are_gone(folder: Path) -> None:
    prepare(folder, {})
    package = state_folder(folder) / "packages" / "shop.whl"
    package.write_text("old")
    prepare(folder, {})

    assert package.parent.is_dir()
    assert not package.exists()


@pytest.mark.parametrize(
    "paths",
    [
        ["/etc/passwd"],
        ["../a"],
        ["a/../../b"],
        ["a/.."],
        ["."],
        [""],
        ["./a"],
        ["a//b"],
        ["a/"],
        ["a\0b"],
        ["a", "a/b"],
    ],
)
def test_a_path_that_could_leave_the_folder_is_refused_before_anything_is_written(
    folder: Path, source: Path, paths: Iterable[str]
) -> None:
    with pytest.raises(UserError):
        prepare(folder, {"good.txt": source, **dict.fromkeys(paths, source)})

    assert not folder.exists()


def test_nothing_is_written_or_removed_through_a_link(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("precious")
    prepare(folder, {"dir/a.txt": source, "b.txt": source, "gone/a.txt": source})
    for link in ("dir", "gone"):
        (folder / link / "a.txt").unlink()
        (folder / link).rmdir()
        (folder / link).symlink_to(outside)
    (folder / "b.txt").unlink()
    (folder / "b.txt").symlink_to(outside / "a.txt")

    prepare(folder, {"dir/a.txt": source, "b.txt": source})

    assert tree(outside) == {"a.txt": "precious"}
    assert not (folder / "dir").is_symlink()
    assert not (folder / "b.txt").is_symlink()
    assert (folder / "dir" / "a.txt").read_text() == (folder / "b.txt").read_text() == "one"


def test_a_link_is_never_a_source(folder: Path, source: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(source)

    with pytest.raises(UserError):
        prepare(folder, {"a.txt": link})


@pytest.mark.parametrize(
    "record",
    ["", "[]", '{"a.txt": 1}', '{"a.txt": ["x"]}', "\0", '{"../../keep.txt": [1, 1, 1, 1, 1]}'],
)
def test_a_damaged_record_costs_nothing_but_time(
    folder: Path, source: Path, tmp_path: Path, record: str
) -> None:
    (tmp_path / "keep.txt").write_text("precious")
    prepare(folder, {"a.txt": source})
    (state_folder(folder) / "laid.json").write_text(record)
    prepare(folder, {"a.txt": source})

    assert tree(folder) == {"a.txt": "one"}
    assert (tmp_path / "keep.txt").exists()


def test_a_layout_that_was_interrupted_is_known_to_the_next(
    folder: Path, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError):
        prepare(folder, {"a.txt": source, "b.txt": tmp_path / "vanished"})
    assert tree(folder) == {"a.txt": "one"}

    prepare(folder, {"c.txt": source})

    assert tree(folder) == {"c.txt": "one"}


def test_names_that_are_not_utf8_or_very_long_are_laid_like_others(
    folder: Path, source: Path
) -> None:
    names = ["latin\udce9.txt", "new\nline", "x" * 255, "-rf", "a|b"]
    prepare(folder, dict.fromkeys(names, source))
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)

    prepare(folder, {})
    assert not list(folder.iterdir())


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join)
LAYOUTS = st.dictionaries(PATHS, st.sampled_from(["one", "two", "three"]), max_size=6)


@pytest.mark.slow
@settings(deadline=None, max_examples=50)
@given(layouts=st.lists(LAYOUTS, min_size=1, max_size=4))
def test_whatever_was_laid_before_the_folder_holds_the_last_layout_that_was_not_refused(
    tmp_path_factory: pytest.TempPathFactory, layouts: list[dict[str, str]]
) -> None:
    root = tmp_path_factory.mktemp("layouts")
    folder = root / "build"
    for text in ("one", "two", "three"):
        (root / text).write_text(text)
    expected: dict[str, str] = {}
    for layout in layouts:
        with contextlib.suppress(UserError):
            prepare(folder, {path: root / text for path, text in layout.items()})
            expected = layout

    assert tree(folder) == expected
