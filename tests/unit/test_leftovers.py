"""What an earlier run made goes where its file is no good any more; what was written now stays."""

from __future__ import annotations

from pathlib import Path

from asyncorch.leftovers import Leftovers, remove


def test_what_nobody_has_written_since_is_removed(tmp_path: Path) -> None:
    for name in ("old", "rewritten", "other"):
        (tmp_path / name).write_text("x")
    leftovers = Leftovers(tmp_path)
    leftovers.note(["old", "rewritten", "made", "bad\0name"])
    (tmp_path / "new").write_text("x")
    (tmp_path / "new").replace(tmp_path / "rewritten")
    (tmp_path / "made").write_text("x")

    leftovers.remove(["old", "rewritten", "made", "other", "bad\0name"])

    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "other", "rewritten"]


def test_nothing_is_removed_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").touch()
    (tmp_path / "link").symlink_to("real")

    remove(tmp_path, "link/a")
    remove(tmp_path, "real/none")

    assert (tmp_path / "real" / "a").exists()
