"""Folders copied as they are, without following a link."""

from __future__ import annotations

import os
from pathlib import Path

from asyncorch import trees


def _nothing(entry: os.DirEntry[str]) -> None:
    return None


def test_files_keep_their_bytes_their_run_bit_and_their_time(tmp_path: Path) -> None:
    source = tmp_path / "source" / "deep" / "er"
    source.mkdir(parents=True)
    (source / "run.sh").write_bytes(b"#!/bin/sh\r\n\xff")
    (source / "run.sh").chmod(0o744)
    os.utime(source / "run.sh", (1_000_000_000, 1_000_000_000))

    taken = trees.copy(tmp_path / "source", tmp_path / "target", leave_out=_nothing)

    copied = tmp_path / "target" / "deep" / "er" / "run.sh"
    assert copied.read_bytes() == b"#!/bin/sh\r\n\xff"
    assert os.access(copied, os.X_OK)
    assert copied.stat().st_mtime == 1_000_000_000
    assert (taken.files, taken.size) == (1, 12)


def test_links_that_stay_inside_are_kept_and_others_left_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "a").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (source / "a" / "inside").symlink_to("../b")
    (source / "b").write_text("b")
    (source / "absolute").symlink_to(source / "b")
    (source / "out").symlink_to("../secret")
    (source / "a" / "folder").symlink_to("../..")

    taken = trees.copy(source, tmp_path / "target", leave_out=_nothing)

    assert (tmp_path / "target" / "a" / "inside").readlink() == Path("../b")
    assert sorted(trees.files(tmp_path / "target")) == ["a/inside", "b"]
    assert taken.left_out == {trees.OUTWARD: 3}


def test_a_link_to_its_own_folder_ends_nowhere(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "loop").symlink_to(".")

    trees.copy(source, tmp_path / "target", leave_out=_nothing)

    assert list(trees.files(tmp_path / "target")) == ["loop"]


def test_special_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    os.mkfifo(tmp_path / "source" / "pipe")

    taken = trees.copy(tmp_path / "source", tmp_path / "target", leave_out=_nothing)

    assert taken == trees.Taken(0, 0, {trees.SPECIAL: 1})


def test_names_need_not_be_text(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    name = os.fsdecode(b"\xff\n|")
    (tmp_path / "source" / name).write_text("x")

    trees.copy(tmp_path / "source", tmp_path / "target", leave_out=_nothing)

    assert list(trees.files(tmp_path / "target")) == [name]


def test_a_time_out_of_range_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for mtime in (1e300, float("nan"), -1e300):
        trees.settle(tmp_path / "file", executable=False, mtime=mtime)
