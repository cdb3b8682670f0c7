"""The program that compiles a tree; it runs as the Python tool runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from asyncorch.build import pycompile


def compile_tree(folder: Path, *, processes: int = 1) -> tuple[int, list[str], list[str]]:
    """Return the exit status, the lines of output and the files that may be packed."""
    listing = folder.with_name("listing.json")
    argv = [sys.executable, "-I", pycompile.__file__, str(processes), str(listing)]
    done = subprocess.run(argv, cwd=folder, capture_output=True, check=False)
    assert done.stderr == b""
    return done.returncode, done.stdout.decode().splitlines(), json.loads(listing.read_bytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "build"
    path.mkdir()
    return path


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 2])
def test_every_source_gets_a_row_and_an_error_row_follows_its_message(
    folder: Path, processes: int
) -> None:
    for number in range(40):
        (folder / f"m{number:02}.py").write_text("x = 1\n")
    (folder / "m20.py").write_text("x = 1\nprint 'two'\n")
    (folder / "data.csv").write_text("1")

    status, lines, packed = compile_tree(folder, processes=processes)

    where = lines.index("| m20.py | 1 |")
    assert status == 0
    assert lines[where - 1].startswith("m20.py:2: Missing parentheses")
    assert [line for line in lines if line.startswith("|")] == [
        f"| m{number:02}.py | {int(number == 20)} |" for number in range(40)
    ]
    assert packed == ["data.csv", *(f"m{number:02}.py" for number in range(40) if number != 20)]


def test_nothing_to_pack_is_a_failure_when_there_are_sources(folder: Path) -> None:
    assert compile_tree(folder)[0] == 0
    (folder / "a.py").write_text("print 1\n")

    assert compile_tree(folder)[0] == 1


def test_a_folder_full_of_standard_names_does_not_shadow_the_library(folder: Path) -> None:
    for name in ("os", "json", "pathlib", "warnings", "concurrent"):
        (folder / f"{name}.py").write_text("raise SystemExit(9)\n")

    assert compile_tree(folder)[0] == 0


def test_links_and_caches_are_no_part_of_the_tree(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text("x = 1\n")
    (folder / "link.py").symlink_to(tmp_path / "outside.py")
    (folder / "linked").symlink_to(tmp_path)
    for cache in ("__pycache__", ".git"):
        (folder / cache).mkdir()
        (folder / cache / "a.py").write_text("x = 1\n")
    (folder / "a.pyc").write_text("")
    (folder / ".hidden.py").write_text("x = 1\n")

    assert compile_tree(folder) == (0, ["| .hidden.py | 0 |"], [".hidden.py"])


@pytest.mark.parametrize(
    ("name", "row", "fits"),
    [
        ("a|b.py", "| a%7Cb.py | 0 |", True),
        ("50%25.py", "| 50%2525.py | 0 |", True),
        (" lead.py", "| %20lead.py | 0 |", True),
        ("-dash, comma.py", "| -dash, comma.py | 0 |", True),
        ("ünï.py", "| ünï.py | 0 |", True),
        ("new\nline.py", "| new%0Aline.py | 1 |", False),
        ("esc\x1b[31m.py", "| esc%1B%5B31m.py | 1 |", False),
        ("latin\udce9.py", "| latin%E9.py | 1 |", False),
    ],
)
def test_a_name_that_a_wheel_cannot_hold_is_an_error_and_every_row_can_be_read(
    folder: Path, name: str, row: str, *, fits: bool
) -> None:
    (folder / name).write_text("x = 1\n")

    _, lines, packed = compile_tree(folder)

    assert lines[-1] == row
    assert all(line.isprintable() for line in lines)
    assert packed == ([name] if fits else [])


@pytest.mark.parametrize(
    "source",
    [
        b"x = 1\0",
        b"# coding: uft-8\n",
        b"x = '\xf6'\n",
        b"-" * 100_000 + b"1",
        b"\xef\xbb\xbf# coding: latin-1\n",
    ],
    ids=["nul", "no such coding", "not utf-8", "too deep", "bom and coding differ"],
)
def test_whatever_the_compiler_raises_is_a_message(folder: Path, source: bytes) -> None:
    path = folder / "a.py"
    path.write_bytes(source)

    complaint = pycompile.complain(str(path))

    assert complaint
    assert complaint.startswith(f"{path}:1: ")
    assert len(complaint) > len(f"{path}:1: ")


def test_warnings_are_no_errors(folder: Path) -> None:
    path = folder / "a.py"
    path.write_text("x = '\\d' is 1\n")

    assert pycompile.complain(str(path)) is None


def test_a_file_that_cannot_be_read_is_an_error(folder: Path) -> None:
    assert str(folder / "gone.py") in (pycompile.complain(str(folder / "gone.py")) or "")
    assert os.sep not in pycompile.row("a.py", errors=1)
