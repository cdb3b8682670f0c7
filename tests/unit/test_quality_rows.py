"""A row is a whole line, whatever comes around it and wherever a chunk ends."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncorch.model import Row
from asyncorch.quality.rows import (
    Files,
    Known,
    RawRow,
    RowReader,
    is_inside,
    line,
    parse,
    resolve,
)

LONGEST = 64 * 1024


def read(*chunks: bytes, known: set[bytes] | None = None) -> list[RawRow]:
    reader = RowReader(known)
    return [row for chunk in chunks for row in reader.feed(chunk)] + list(reader.finish())


def nothing(_: str) -> bool:
    return False


# --- one line


@pytest.mark.parametrize(
    ("text", "row"),
    [
        (b"| Order.java | 0 |", RawRow(b"Order.java", 0, None)),
        (b"|Order.java|12|", RawRow(b"Order.java", 12, None)),
        (b"|\ta/b c.java \t|\t3\t|\t", RawRow(b"a/b c.java", 3, None)),
        (b"| Order.java | 0 |\r", RawRow(b"Order.java", 0, None)),
        (b"| Order.java | 0 | ORDER.cob |", RawRow(b"Order.java", 0, b"ORDER.cob")),
        (b"| Order.java | 0 | ORDER.cob | 17 | more |", RawRow(b"Order.java", 0, b"ORDER.cob")),
        (b"| Order.java | 0 |  |", RawRow(b"Order.java", 0, None)),
        (b"| 5 | 7 |", RawRow(b"5", 7, None)),
        (b"| a | 0007 |", RawRow(b"a", 7, None)),
        (b"| a | 999999999999999999 |", RawRow(b"a", 10**9, None)),
        (b"| \xff\xfe | 0 |", RawRow(b"\xff\xfe", 0, None)),
    ],
)
def test_a_row_has_a_path_a_number_and_at_will_a_source(text: bytes, row: RawRow) -> None:
    assert parse(text) == row


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"|",
        b"||",
        b"|||",
        b"| |0|",
        b"| a | 0",
        b"a | 0 |",
        b" | a | 0 |",
        b"see | a | 0 |",
        b"| a | 0 | b",
        b"| a | -1 |",
        b"| a | 1.5 |",
        b"| a | 0x1 |",
        b"| a | \xd9\xa3 |",
        b"| a | 1 2 |",
        b"| a | |",
        b"| artifact | errors |",
        b"|---|---|",
        b"| a | 9999999999999999999 |",
    ],
)
def test_anything_else_is_no_row(text: bytes) -> None:
    assert parse(text) is None


def test_of_several_readings_the_known_name_wins() -> None:
    assert parse(b"| a | 1 | b | 0 |") == RawRow(b"a", 1, b"b")
    assert parse(b"| a | 1 | b | 0 |", {b"a | 1 | b"}) == RawRow(b"a | 1 | b", 0, None)
    assert parse(b"| a | 1 | b | 0 |", {b"else"}) == RawRow(b"a", 1, b"b")


def test_a_known_name_that_ends_like_a_count_is_read_too() -> None:
    assert parse(b"| a|1 | 0 |", {b"a|1"}) == RawRow(b"a|1", 0, None)
    assert parse(b"|x|1|2|3|", {b"x|1|2"}) == RawRow(b"x|1|2", 3, None)


# --- a growing log


def test_rows_are_found_among_other_output() -> None:
    log = b"start\n| a | 0 |\nwarning: | b | 0 |\n\n| c | 2 |\n|\n||\nend\n"

    assert read(log) == [RawRow(b"a", 0, None), RawRow(b"c", 2, None)]


def test_the_last_line_needs_no_newline() -> None:
    assert read(b"| a | 0 |\n| b | 1 |") == [RawRow(b"a", 0, None), RawRow(b"b", 1, None)]


def test_an_unfinished_line_is_no_row_yet() -> None:
    reader = RowReader()

    assert list(reader.feed(b"| a | 0 |")) == []
    assert reader.rows == 0
    assert list(reader.feed(b" b |\n")) == [RawRow(b"a", 0, b"b")]


def test_rows_and_rows_with_errors_are_counted() -> None:
    reader = RowReader()

    list(reader.feed(b"| a | 0 |\n| b | 3 |\n| c | 1 |\n"))

    assert (reader.rows, reader.errors) == (3, 2)


def test_a_line_written_over_by_carriage_returns_is_no_row() -> None:
    assert read(b" 10%\r| a | 0 |\n") == []


@pytest.mark.parametrize("length", [LONGEST - 1, LONGEST, LONGEST + 1, LONGEST * 2, LONGEST * 20])
@pytest.mark.parametrize("size", [1000, LONGEST, 1 << 20])
def test_a_line_is_too_long_or_not_however_it_comes_in_chunks(length: int, size: int) -> None:
    text = b"| " + b"x" * (length - 8) + b" | 0 |\n| after | 1 |\n"

    pieces = read(*(text[i : i + size] for i in range(0, len(text), size)))

    assert len(pieces) == len(read(text)) == (2 if length <= LONGEST else 1)
    assert pieces[-1] == RawRow(b"after", 1, None)


def test_an_endless_line_holds_no_memory() -> None:
    reader = RowReader()

    for _ in range(200):
        list(reader.feed(b"| " + b"x" * 50_000))

    assert len(reader._rest) <= LONGEST
    assert list(reader.feed(b"\n| a | 0 |\n")) == [RawRow(b"a", 0, None)]


noise = st.lists(
    st.sampled_from([b"|", b"| a | 0 |", b"\n", b"\r", b" ", b"0", b"x", b"|b|2|c|\n", b"\xff"])
    | st.binary(max_size=3),
    max_size=30,
).map(b"".join)


@given(noise, st.data())
def test_any_split_of_any_bytes_gives_the_same_rows(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=6)))
    chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]

    assert read(*chunks) == read(data)


@given(noise)
def test_the_rows_are_those_of_the_lines_one_by_one(data: bytes) -> None:
    rows = [row._replace(reason=b"") for row in read(data)]
    assert rows == [row for text in data.split(b"\n") if (row := parse(text))]


def test_the_line_before_an_error_is_its_reason() -> None:
    text = b"a.py:1:1: bad [rule]\n| a.py | 1 |\n| b.py | 2 |\nfine\n| c.py | 0 |\n"

    for size in (1, 7, 20, 21, 22, len(text)):
        rows = read(*(text[i : i + size] for i in range(0, len(text), size)))
        assert [row.reason for row in rows] == [b"a.py:1:1: bad [rule]", b"", b""]


def test_a_reason_is_cut_and_made_safe_for_a_terminal() -> None:
    (raw,) = read(b"x" * 999 + b"\n| a.py | 1 |\n")
    assert raw.reason == b"x" * 300

    hostile = RawRow(b"a.py", 1, None, b" \x1b[31mbad\x1b[0m \r")
    assert resolve(hostile, FILES, nothing).reason == "bad"


# --- what a row speaks of

FILES = Files(
    {
        b"in/a.py": Known("a.py", "a.py"),
        b"a.py": Known("a.py", "a.py"),
        b"in/50%.py": Known("50%.py", "50%.py"),
        b"in/x y.py": Known("x y.py", "x y.py"),
        b"in/b|c": Known("b|c", "b|c"),
        b"in/\xff": Known("\udcff", "\udcff"),
    },
)


@pytest.mark.parametrize(
    ("name", "artifact"),
    [
        (b"a.py", "a.py"),
        (b"in/a.py", "a.py"),
        (b"./in//a.py", "a.py"),
        (b"in/50%.py", "50%.py"),
        (b"in/50%25.py", "50%.py"),
        (b"in/x%20y.py", "x y.py"),
        (b"in/b|c", "b|c"),
        (b"in/b%7Cc", "b|c"),
        (b"in/\xff", "\udcff"),
        (b"in/%FF", "\udcff"),
    ],
)
def test_a_name_is_matched_raw_first_then_decoded_then_in_its_plain_form(
    name: bytes, artifact: str
) -> None:
    row = resolve(RawRow(name, 0, None), FILES, nothing)

    assert row == Row(artifact, 0, artifact)


@pytest.mark.parametrize(
    ("name", "artifact"),
    [
        (b"new.java", "new.java"),
        (b"./new.java", "new.java"),
        (b"sub//new.java", "sub/new.java"),
        (b"sub/./new.java", "sub/new.java"),
        (b"../new.java", "../new.java"),
        (b"/etc/passwd", "/etc/passwd"),
        (b"%2e%2e/x", "../x"),
        (b"a%2fb", "a/b"),
    ],
)
def test_an_unknown_name_stands_for_itself_in_its_plain_form(name: bytes, artifact: str) -> None:
    row = resolve(RawRow(name, 0, None), FILES, nothing)

    assert row == Row(artifact, 0, artifact)


def test_a_process_of_one_file_made_whatever_it_reports_from_that() -> None:
    one = Files({b"in/a.cob": Known("a.cob", "a.cob")}, "a.cob")

    assert resolve(RawRow(b"A.java", 0, None), one, nothing) == Row("A.java", 0, "a.cob")


def test_the_third_column_is_a_source_if_it_names_a_file_of_the_batch_or_of_the_snapshot() -> None:
    def source(name: bytes) -> str:
        raw = RawRow(b"A.java", 0, name)
        return resolve(raw, FILES, lambda path: path == "sub/old.cob").source

    assert source(b"in/a.py") == "a.py"
    assert source(b"sub/old.cob") == "sub/old.cob"
    assert source(b"./sub//old.cob") == "sub/old.cob"
    assert source(b"sub%2Fold.cob") == "sub/old.cob"
    assert source(b"12 lines") == "A.java"
    assert source(b"../old.cob") == "A.java"


def test_a_source_that_leads_out_is_never_looked_for() -> None:
    asked: list[str] = []

    def ask(path: str) -> bool:
        asked.append(path)
        return True

    for name in (b"/etc/passwd", b"../../etc/passwd", b"a/../../x", b"%2fetc", b"%2e%2e/x"):
        resolve(RawRow(b"A.java", 0, name), FILES, ask)

    assert set(asked) == {"%2fetc", "%2e%2e/x"}  # which are names of files below it, too


@pytest.mark.parametrize("name", ["a", "a/b", "..a", "a..", "a/..b/c", " ", "\udcff"])
def test_what_is_inside(name: str) -> None:
    assert is_inside(name)


@pytest.mark.parametrize("name", ["", "/a", "..", "../a", "a/../b", "a/..", "a\0b"])
def test_what_leads_out(name: str) -> None:
    assert not is_inside(name)


# --- and back


def test_a_row_is_written_as_people_would_write_it() -> None:
    assert line(Row("a b/Ü.java", 2, "a b/Ü.java")) == "| a b/Ü.java | 2 |"
    assert line(Row("O.java", 0, "ORDER.cob")) == "| O.java | 0 | ORDER.cob |"


def test_what_would_break_a_row_is_encoded() -> None:
    assert line(Row("a|b\n%", 0, "a|b\n%")) == "| a%7Cb%0A%25 | 0 |"
    assert line(Row(" a", 0, " a")) == "| %20a | 0 |"
    assert line(Row("\udcff", 0, "\udcff")) == "| %FF | 0 |"


names = st.binary(min_size=1, max_size=12).filter(lambda raw: b"\0" not in raw)


@given(names, st.integers(0, 10**9), names)
def test_a_row_written_and_read_again_is_the_same_row(
    artifact: bytes, errors: int, source: bytes
) -> None:
    row = Row(os.fsdecode(artifact), errors, os.fsdecode(source))
    files = Files(
        {name: Known(os.fsdecode(name), os.fsdecode(name)) for name in (artifact, source)}
    )

    (raw,) = read(line(row).encode() + b"\n")

    assert resolve(raw, files, nothing) == row


@given(st.text(min_size=1, max_size=12), st.integers(0, 5))
def test_any_text_is_a_line_of_its_own_and_comes_back(text: str, errors: int) -> None:
    name = text.encode("utf-8", "replace").decode().replace("\0", "-")
    written = line(Row(name, errors, name))

    assert len(written.splitlines()) == 1
    raw = parse(written.encode())
    assert raw is not None
    known = Files({name.encode(): Known(name, name)})
    assert resolve(raw, known, nothing) == Row(name, errors, name)
