"""Packing loses nothing: rights, time and every byte are there, or the file is as it was."""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

import pytest

from asyncorch import packed

TEXT = b"the same line again\n" * 500


def pack(path: Path) -> int:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return packed.pack(folder, path.name)
    finally:
        os.close(folder)


def test_a_packed_file_keeps_its_bytes_rights_and_time(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(TEXT)
    log.chmod(0o600)
    os.utime(log, (1000, 2000))

    freed = pack(log)

    made = tmp_path / "a.log.gz"
    found = made.stat()
    assert [path.name for path in tmp_path.iterdir()] == ["a.log.gz"]
    assert gzip.decompress(made.read_bytes()) == TEXT
    assert freed == len(TEXT) - found.st_size > 0
    assert (stat.S_IMODE(found.st_mode), found.st_mtime) == (0o600, 2000)


def test_a_file_that_would_not_get_smaller_stays(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x")

    assert pack(log) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.log"]


def test_a_packed_file_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(TEXT)
    (tmp_path / "a.log.gz").write_bytes(b"theirs")

    assert pack(tmp_path / "a.log") == 0
    assert (tmp_path / "a.log.gz").read_bytes() == b"theirs"


def test_a_link_is_not_packed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(TEXT)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "a.log").symlink_to(outside)

    with pytest.raises(OSError, match="symbolic"):
        pack(folder / "a.log")
    assert outside.read_bytes() == TEXT


def test_what_a_killed_packer_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(TEXT)
    (tmp_path / ".a.log.part").write_bytes(b"half")

    assert pack(tmp_path / "a.log") > 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.log.gz"]


def test_either_form_is_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(TEXT)
    with packed.open_either(log) as stream:
        assert stream.read() == TEXT
    pack(log)
    with packed.open_either(log) as stream:
        assert stream.read() == TEXT


def test_a_file_in_neither_form_is_missed_by_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"a\.log'"):
        packed.open_either(tmp_path / "a.log")
