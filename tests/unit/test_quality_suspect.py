"""`fail_if`: what makes an exit status of 0 a lie, found wherever the stream is cut."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asyncorch.config import parse
from asyncorch.errors import ConfigError
from asyncorch.quality.suspect import Search, compiled, patterns

LIES = [
    b"java.lang.OutOfMemoryError: Java heap space",
    b'Exception in thread "main" java.lang.OutOfMemoryError: Metaspace',
    b"Caused by: java.lang.OutOfMemoryError",
    b"Unhandled exception. System.OutOfMemoryException: Array dimensions exceeded",
    b"FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    b"virtual memory exhausted: Cannot allocate memory",
    b"tool.sh: fork: Cannot allocate memory",
    b"terminate called after throwing an instance of 'std::bad_alloc'",
    b"MemoryError",
    b"MemoryError: bad",
    b"numpy.core._exceptions._ArrayMemoryError: Unable to allocate 8 GiB",
    b"Killed",
    b"tool.sh: line 7: 12345 Killed                  java -jar tool.jar",
    b"c++: fatal error: Killed signal terminated program cc1plus",
    b"tool.sh: line 7: 12345 Segmentation fault      (core dumped) ./tool",
    b"cp: error writing 'x': No space left on device",
    b"OSError: [Errno 28] No space left on device: 'x'",
    b"BUILD FAILED",
    b"BUILD FAILED in 3s",
    b"[INFO] BUILD FAILURE",
    b"[\x1b[1;34mINFO\x1b[m] \x1b[1;31mBUILD FAILURE\x1b[m",
]
HARMLESS = [
    b"| java/lang/OutOfMemoryError.java | 0 |",
    b"import java.lang.OutOfMemoryError;",
    b"| Lib/test/MemoryError.py | 0 |",
    b"except MemoryError:",
    b"    raise MemoryError",
    b"Killed 3 processes",
    b"| Killed.java | 0 |",
    b"Killed by the cat",
    b"the last state was BUILD FAILED",
    b"BUILD SUCCESSFUL",
    b"Traceback (most recent call last):",
    b"there is No space left on device",
    b"0 errors, Segmentation fault: none",
]


def found(data: bytes, *own: str, cut: int | None = None) -> bytes | None:
    search = Search(patterns(own or None))
    for chunk in chunks(data, cut or len(data) or 1):
        search.feed(chunk)
    return search.finish()


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize("line", LIES)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"", b"\nand more\n"])
def test_the_last_words_of_a_program_that_ran_out_of_something_are_found(
    line: bytes, end: bytes
) -> None:
    for cut in (None, 1, 7):
        assert found(b"all is well\n" + line + end, cut=cut) == line


@pytest.mark.parametrize("line", HARMLESS)
def test_a_name_or_a_source_that_speaks_of_it_is_not(line: bytes) -> None:
    assert found(line + b"\n") is None


def test_no_source_of_the_standard_library_is_suspect() -> None:
    """Tools print sources: thousands of files say nothing that a dying program would say."""
    search = Search(patterns(None))
    code = "import os, re, json, subprocess, asyncio, threading, shutil, tempfile, pickle"
    names = f"{code}, sys; print('\\n'.join(m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)))"  # noqa: E501  # a program
    listed = subprocess.run([sys.executable, "-c", names], capture_output=True, check=True)
    for name in listed.stdout.decode().splitlines():
        if name.endswith(".py"):
            with open(name, "rb") as source:  # noqa: PTH123  # plain
                search.feed(source.read())
    assert search.finish() is None


def test_the_words_of_a_shell_whose_child_was_killed_are_found() -> None:
    for shell in (["sh", "-c"], ["bash", "-c"]):
        script = "sh -c 'kill -9 $$'; echo done; exit 0"
        done = subprocess.run(
            [*shell, script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
        )
        assert b"Killed" in (found(done.stdout) or b""), done.stdout


def test_a_step_adds_its_own_patterns() -> None:
    text = b"one\nTraceback (most recent call last):\nMemoryError\n"

    assert found(text, "^Traceback ") == b"Traceback (most recent call last):"
    assert found(text) == b"MemoryError"


def test_an_empty_list_searches_for_nothing() -> None:
    search = Search(patterns([]))

    assert search.feed(b"MemoryError\n") is None
    assert search.finish() is None


def test_the_first_line_that_matches_is_told_whichever_pattern_it_was() -> None:
    assert found(b"second\nfirst\nKilled\n", "first", "second") == b"second"


@pytest.mark.parametrize(
    ("pattern", "text", "line"),
    [
        ("^b$", b"ab\nb\nc\n", b"b"),
        (r"a\s+b", b"a\nb\n", None),
        (r"a(?!\s*b)", b"a\nb\n", b"a"),
        (r"\Ab\Z", b"a\nb\nc\n", b"b"),
        (r"(?s)a.*c", b"a\nb\nc\nabc\n", b"abc"),
        (r"(?i)ERROR", b"an error\n", b"an error"),
        ("é", "é\n".encode(), "é".encode()),
        (r"^$", b"a\n\nb\n", b""),
        (r"\s*x", b"a\n x\n", b" x"),
    ],
)
def test_a_pattern_sees_one_line(pattern: str, text: bytes, line: bytes | None) -> None:
    for cut in (None, 1, 2, 3):
        assert found(text, pattern, cut=cut) == line


def test_a_wrong_pattern_is_refused() -> None:
    with pytest.raises(re.error):
        compiled("(")


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", r"\u00e9", "(?i)x(?i)", "*"])
def test_a_configuration_with_a_wrong_pattern_names_it(pattern: str) -> None:
    data = {"steps": {"extract-a": {"fail_if": ["fine", pattern]}}}

    with pytest.raises(ConfigError) as caught:
        parse(data, "pipeline.toml")
    assert caught.value.message.startswith(f"`fail_if`: `{pattern}` is not a regular expression")
    assert caught.value.where == "pipeline.toml, [steps.extract-a]"


@pytest.mark.parametrize("pattern", ["^Traceback ", r"\bé+$", "(?i)fatal", r"(a)|(?P<b>c)"])
def test_what_the_configuration_takes_can_be_searched_for(pattern: str) -> None:
    config = parse({"steps": {"extract-a": {"fail_if": [pattern]}}}, "pipeline.toml")

    assert patterns(config.steps["extract-a"].fail_if)


def test_saying_nothing_and_saying_none_are_two_things() -> None:
    config = parse({"steps": {"extract-a": {}, "extract-b": {"fail_if": []}}}, "pipeline.toml")

    assert patterns(config.steps["extract-a"].fail_if)
    assert patterns(config.steps["extract-b"].fail_if) == ()


@pytest.mark.slow
@given(
    st.lists(st.sampled_from([b"MemoryError", b"x", b"\n", b"\r\n", b"Killed", b" "])),
    st.lists(st.integers(1, 30)),
)
@example([b"Killed", b"\r\n"], [7])
def test_the_edges_of_chunks_make_no_difference(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    search = Search(patterns(["x$"]))
    for cut in cuts:
        search.feed(data[:cut])
        data = data[cut:]
    search.feed(data)
    assert search.finish() == found(b"".join(parts), "x$")


def test_a_line_without_an_end_is_searched_and_not_kept() -> None:
    search = Search(patterns(["needle"]))
    for _ in range(8):
        search.feed(b"-" * (1 << 17))
        assert len(search._pending) <= 1 << 16
    search.feed(b"nee")
    search.feed(b"dle")

    line = search.finish()
    assert line is not None
    assert b"needle" in line
