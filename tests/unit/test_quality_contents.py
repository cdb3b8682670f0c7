"""What a name leads to: a file of the tree, and through no link."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from asyncorch.quality.contents import Tree, digests


def test_a_regular_file_is_found_in_every_depth(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    for name in ("x", "a/x", "a/b/x"):
        (tmp_path / name).touch()
    tree = Tree(tmp_path)

    assert all(tree.has_file(name) for name in ("x", "a/x", "a/b/x"))
    assert not any(tree.has_file(name) for name in ("", "a", "y", "a/y", "c/x", "x/y", "a\0b"))


def test_what_a_link_leads_to_is_no_file_of_the_tree(tmp_path: Path) -> None:
    tree, away = tmp_path / "tree", tmp_path / "away"
    tree.mkdir()
    away.mkdir()
    (away / "x").touch()
    (tree / "link").symlink_to(away / "x")
    (tree / "folder").symlink_to(away)
    os.mkfifo(tree / "pipe")

    assert not any(Tree(tree).has_file(name) for name in ("link", "folder/x", "pipe"))


def test_digests_are_of_contents_and_none_where_there_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")

    found = digests(tmp_path, ["a", "b", "a\0"])

    assert found == {"a": hashlib.sha256(b"a").digest(), "b": None, "a\0": None}
