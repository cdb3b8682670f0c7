"""Globs mean what pathlib means by them, but for dots, links and a last `**`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncorch.plan.globs import Match, expand, fixed_part, matches

FILES = (
    ".hidden",
    "a.py",
    "b.txt",
    "sub/a.py",
    "sub/.dot/c.py",
    "sub/deep/a.py",
    "sub/deep/[x].py",
    "sub/deep/er/!b.py",
    "sub2/^.py",
    "sub2/a-b.py",
    "sub2/Ü x.py",
    "sub2/0",
)


def make(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.fixture(scope="module")
def tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), *FILES)
        yield Path(folder)


def names(root: Path, *globs: str) -> list[str]:
    return [match.file for match in expand(str(root), globs)]


def by_pathlib(root: Path, glob: str) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.glob(glob) if p.is_file())


@pytest.mark.parametrize(
    "glob",
    [
        "*",
        "*.py",
        "**/*.py",
        "**/*",
        "sub/*",
        "sub/**/*.py",
        "**/deep/*",
        "**/deep/**/*",
        "sub*/?",
        "sub?/*",
        "**/[ab].py",
        "**/[!a].py",
        "**/[^a].py",
        "**/[[]x].py",
        "**/[a-z]*",
        "**/[z-a]*",
        "**/[]x]*",
        "**/[!]x]*",
        "**/[.-0]*",
        "**/[",
        "**/[a",
        "**/*[-]*",
        "sub2/Ü*",
        "a.py",
        "sub/deep/a.py",
        "./sub/*.py",
        "sub//deep/*.py",
        "nothing/**/*",
        "a.py/*",
    ],
)
def test_a_glob_finds_what_pathlib_finds(tree: Path, glob: str) -> None:
    assert names(tree, glob) == by_pathlib(tree, glob)


def test_a_last_double_star_means_every_file_below(tree: Path) -> None:
    assert names(tree, "**") == sorted(FILES)
    assert names(tree, "sub/**") == sorted(name for name in FILES if name.startswith("sub/"))


def test_names_that_begin_with_a_dot_match(tree: Path) -> None:
    assert ".hidden" in names(tree, "*")
    assert "sub/.dot/c.py" in names(tree, "sub/**/*.py")


def test_links_are_not_followed_and_are_no_files(tmp_path: Path) -> None:
    make(tmp_path, "real/a.py")
    (tmp_path / "real" / "loop").symlink_to(tmp_path)
    (tmp_path / "real" / "b.py").symlink_to(tmp_path / "real" / "a.py")
    (tmp_path / "real" / "gone.py").symlink_to(tmp_path / "nowhere")

    assert names(tmp_path, "real/**/*.py") == ["real/a.py"]


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")

    assert names(tmp_path, "*.py") == []


def test_a_file_that_several_globs_match_comes_once_and_the_order_is_by_path(tree: Path) -> None:
    assert names(tree, "sub/*.py", "**/*.py", "*.txt") == sorted(
        {*names(tree, "**/*.py"), *names(tree, "*.txt")}
    )


def test_names_that_are_not_utf_8_and_newlines_match(tmp_path: Path) -> None:
    hostile = [os.fsdecode(b"\xff.py"), "a\nb.py", "-rf.py", "$(x).py"]
    make(tmp_path, *hostile)

    assert names(tmp_path, "*.py") == sorted(hostile)


@pytest.mark.parametrize(
    ("glob", "fixed"),
    [
        ("work/validated/**/*.py", "work/validated"),
        ("work/*/x", "work"),
        ("**", ""),
        ("*.py", ""),
        ("a.py", ""),
        ("work/a.py", "work"),
        ("work/[ab]/c", "work"),
    ],
)
def test_the_fixed_part_is_the_folders_before_the_first_wildcard(glob: str, fixed: str) -> None:
    assert fixed_part(glob) == fixed


def test_a_match_is_known_by_its_path_below_the_fixed_part(tmp_path: Path) -> None:
    make(tmp_path, "work/validated/source/sub/a.py", "b.py")

    assert expand(str(tmp_path), ("work/validated/source/**/*.py", "b.py")) == [
        Match("b.py", "b.py", ""),
        Match("work/validated/source/sub/a.py", "sub/a.py", "source"),
    ]


def test_the_form_of_a_path_is_asked_without_the_disk() -> None:
    assert matches("work/**/*.py", "work/a/b.py")
    assert matches("work/**/*.py", "work/b.py")
    assert not matches("work/**/*.py", "work/b.pyc")
    assert not matches("work/*", "work/a/b")


PIECES = ("a", "b", ".", "*", "?", "[ab]", "[!a]", "[^a]", "[b-a]", "[!]a]", "[]", "[!", "]", "-")
parts = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=4)
    .map("".join)
    .filter(lambda part: part not in (".", "..") and "**" not in part)
)
globs = st.lists(parts | st.just("**"), min_size=1, max_size=4).filter(lambda p: p[-1] != "**")
files = st.lists(
    st.lists(
        st.text("ab.[]!^-", min_size=1, max_size=3).filter(lambda n: n not in (".", "..")),
        min_size=1,
        max_size=3,
    ),
    max_size=8,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(files, st.lists(globs, min_size=1, max_size=12))
def test_any_glob_finds_in_any_tree_what_pathlib_finds(
    tree: list[list[str]], patterns: list[list[str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in tree:
            try:
                make(root, "/".join(name))
            except (NotADirectoryError, FileExistsError):
                continue  # a file stands where this one needs a folder
        for pattern in patterns:
            glob = "/".join(pattern)
            assert names(root, glob) == by_pathlib(root, glob), glob
