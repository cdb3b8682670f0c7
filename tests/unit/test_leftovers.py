"""What an earlier run made goes before its file is run again; what this run has written stays."""

from __future__ import annotations

from pathlib import Path

from asyncorch.leftovers import remove, remove_old


def test_what_was_written_before_the_run_began_is_removed(tmp_path: Path) -> None:
    (tmp_path / "old").touch()
    begun = (tmp_path / "old").stat().st_ctime

    remove_old(tmp_path, "old", begun)
    assert (tmp_path / "old").exists()
    remove_old(tmp_path, "old", begun + 0.001)
    assert not (tmp_path / "old").exists()
    for name in ("none", "bad\0name"):
        remove_old(tmp_path, name, begun)


def test_nothing_is_removed_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").touch()
    (tmp_path / "link").symlink_to("real")

    remove(tmp_path, "link/a")
    remove(tmp_path, "real/none")

    assert (tmp_path / "real" / "a").exists()
