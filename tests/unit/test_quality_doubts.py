"""What cannot be right whatever its row says: empty, cut off, or not in its language."""

from __future__ import annotations

import json
import os
import sys
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncorch.quality import doubts as module
from asyncorch.quality.doubts import doubts

GOOD = {
    "a.json": b'{"a": [1, 2.5, "x"]}',
    "bom.json": b'\xef\xbb\xbf{"a": 1}',
    "wide.json": '{"a": 1}'.encode("utf-16"),
    "remarks.json": b'{\n // see http://x\n "a": "//no", /* b */ "c": [1, 2,],\n}\n',
    "a.xml": b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
    "entity.xml": b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
    "bomb.xml": b"<!DOCTYPE a [<!ENTITY x 'yyyy'><!ENTITY z '&x;&x;'>]><a>&z;</a>",
    "outside.xml": b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>&nbsp;</a>",
    "a.toml": b"[a]\nb = 1\n",
    "a.py": b"# coding: latin-1\nx = '\xe9'\n",
    "odd.py": b"x = '\\d'; y = 1 is 1\n",
    "a.unknown": b"\x00\xff(",
    "A.JAVA": b"class A {",
}
BAD = {
    "a.json": (b'{"a": [1, 2', "is no JSON: Expecting ',' delimiter: line 1 column 12 (char 11)"),
    "latin.json": (b'{"a": "\xe9"}', "is no JSON: not UTF-8 at byte 8"),
    "cut.json": (b'{"a": 1, // remark', "is no JSON: "),
    "two.JSON": (b"{}{}", "is no JSON: Extra data"),
    "a.xml": (b"<a><b></b>", "is no XML: no element found: line 1, column 10"),
    "b.svg": (b"<a></b>", "is no XML: mismatched tag"),
    "a.toml": (b"[a\n", "is no TOML: "),
    "latin.toml": (b"a = '\xe9'", "is no TOML: not UTF-8 at byte 6"),
    "a.py": (b"def f(:\n", "is no Python: invalid syntax (line 1)"),
    "cut.py": (b"x = (1,\n", "is no Python: '(' was never closed (line 1)"),
    "two.py": (b"print 'x'\n", "is no Python: Missing parentheses"),
    "nul.py": (b"x = 1\n\0\0\0\0", "is no Python: source code string cannot contain null bytes"),
    "encoding.py": (b"# coding: nonsense\n", "is no Python: "),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_can_be_read_is_beyond_doubt(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(GOOD[name])

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert doubts(tmp_path / name, None) is None


@pytest.mark.parametrize("name", BAD)
def test_what_is_cut_off_or_not_in_its_language_is_told_with_the_place(
    tmp_path: Path, name: str
) -> None:
    data, reason = BAD[name]
    (tmp_path / name).write_bytes(data)

    assert (doubts(tmp_path / name, None) or "").startswith(reason)


@pytest.mark.parametrize("name", ["a.cob", "a.json", "a.xml", "a.py"])
def test_an_empty_artifact_of_a_source_that_is_not_empty_is_doubted(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).touch()
    source = tmp_path / "source"

    for size in (1234, 1, 0):
        source.write_bytes(b" " * size)
        empty = "is empty, though its source has 1,234 bytes" if size > 1 else None
        assert doubts(tmp_path / name, source) == empty
    assert doubts(tmp_path / name, None) is None


def test_python_for_another_python_is_not_judged_unless_it_is_cut_off(tmp_path: Path) -> None:
    file, source = tmp_path / "a.py", tmp_path / "source.py"
    file.write_bytes(b"print 'x'\ny = 1\n")
    source.write_bytes(b"print 'x'\nfor x in y:\n    z\n")

    assert doubts(file, source) is None
    for cut in (b"print('x')\nfor x in", b"print('x')\nfor x in y:\n", b"print('x'\n", b"x\ny = '"):
        file.write_bytes(cut)
        assert "is no Python" in (doubts(file, source) or "")


def test_python_that_was_good_and_is_not_any_more_is_doubted(tmp_path: Path) -> None:
    file, source = tmp_path / "a.py", tmp_path / "source.py"
    file.write_bytes(b"print 'x'\ny = 1\n")
    source.write_bytes(b"print('x')\ny = 1\n")

    assert "is no Python: Missing parentheses" in (doubts(file, source) or "")


def test_a_link_a_pipe_and_a_missing_file_are_doubted(tmp_path: Path) -> None:
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.py")

    assert "cannot be read" in (doubts(tmp_path / "link.py", None) or "")
    assert doubts(tmp_path / "pipe.py", None) == "is no regular file"
    assert doubts(tmp_path / "none.py", None) == "cannot be read: No such file or directory"


def test_what_is_deeper_or_larger_than_we_look_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "deep.json"
    deep.write_bytes(b"[" * 100_000)
    assert doubts(deep, None) is None
    large = tmp_path / "large.json"
    large.write_bytes(b"[ 1")
    monkeypatch.setattr(module, "_MOST", 2)
    assert doubts(large, None) is None


@pytest.mark.slow
def test_nothing_of_the_machine_s_own_python_is_doubted() -> None:
    folder = Path(json.__file__).parent.parent
    files = [f for f in folder.glob("*.py") if f.stat().st_size] + list(folder.glob("json/*.py"))

    assert len(files) > 100
    assert [f for f in files if doubts(f, None)] == []


@pytest.mark.parametrize("suffix", [".json", ".toml", ".xml"])
def test_what_its_own_reader_takes_is_never_doubted(tmp_path: Path, suffix: str) -> None:
    """Real files: the configuration of what is installed beside us."""
    folder = Path(sys.prefix)
    readers: dict[str, Callable[[bytes], object]] = {
        ".json": json.loads,
        ".toml": lambda data: tomllib.loads(data.decode()),
    }
    read = readers.get(suffix)
    for file in list(folder.rglob(f"*{suffix}"))[:200]:
        data = file.read_bytes()
        try:
            if read is not None:
                read(data)
        except ValueError:
            continue
        assert doubts(file, None) is None


@given(st.binary(max_size=200), st.sampled_from([".json", ".xml", ".toml", ".py"]))
def test_no_file_makes_it_fail(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    file = tmp_path_factory.getbasetemp() / f"any{suffix}"
    file.write_bytes(data)

    assert isinstance(doubts(file, None), str | None)
