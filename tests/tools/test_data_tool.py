"""validate-data: dialects, rows of another length, types of columns, JSON lines, layouts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tools.toolrun import Done, Pack

LAYOUT = """
width = 20
[[fields]]
name = "id"
width = 4
type = "integer"
required = true
[[fields]]
name = "born"
width = 8
type = "date"
[[fields]]
name = "sex"
width = 1
values = ["F", "M"]
[[fields]]
name = "balance"
start = 14
width = 7
type = "decimal"
"""


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def check(pack: Pack, files: dict[str, str | bytes]) -> Done:
    pack.validated(files, "data")
    end = pack.fan_out("validate-data", "validated/data")
    assert not end.errors
    return end


def records(pack: Pack, name: str) -> list[dict[str, Any]]:
    text = (pack.root / "work/analysis" / name).read_text()
    return [json.loads(line) for line in text.splitlines()]


def places(pack: Pack) -> list[tuple[Any, ...]]:
    found = records(pack, "findings/validate-data.jsonl")
    return [(at["file"], at["line"], at["column"], at["severity"], at["rule"]) for at in found]


def profile(pack: Pack, file: str) -> dict[str, Any]:
    return next(at for at in records(pack, "data-profiles.jsonl") if at["file"] == file)


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_the_dialect_is_found_and_the_type_of_each_column(pack: Pack, delimiter: str) -> None:
    lines = ["id,name,price,born,seen,ok", 'Q,"a\nb, c",1.5,2024-01-31,2024-01-31T10:00:00Z,true']
    lines += [f"{at},x,{at}.25,01.02.2003,2024-01-31 10:00,no" for at in range(1, 30)]
    text = "\r\n".join(lines).replace(",", delimiter).replace("Q", "0")

    end = check(pack, {"a.csv": f"\ufeff{text}\r\n"})

    assert end.rows == {"a.csv": 0}, end.lines
    found = profile(pack, "a.csv")
    assert (found["delimiter"], found["header"], found["records"]) == (delimiter, True, 30)
    assert [(at["name"], at["type"]) for at in found["columns"]] == [
        ("id", "integer"),
        ("name", "text"),
        ("price", "decimal"),
        ("born", "date"),
        ("seen", "timestamp"),
        ("ok", "boolean"),
    ]


def test_rows_of_another_length_are_errors_on_the_line_where_they_begin(pack: Pack) -> None:
    good = '1,"two\nlines",3\n' * 15
    end = check(pack, {"a.csv": f"a,b,c\n{good}4,5\n# a comment\n{good}\n7,8,9,10\n"})

    assert end.rows == {"a.csv": 2}
    assert places(pack) == [
        ("a.csv", 32, 1, "error", "ragged"),
        ("a.csv", 65, 1, "error", "ragged"),
    ]
    assert end.said("a.csv:32:1: 2 fields, where the table has 3 [ragged]")


def test_last_fields_that_are_often_left_out_are_noted(pack: Pack) -> None:
    end = check(pack, {"zone.tsv": "AD\t+42\tEurope\nAR\t-34\tAmerica\tnorth\n" * 20})

    assert end.rows == {"zone.tsv": 0}
    assert {at[3:] for at in places(pack)} == {("note", "ragged")}


def test_a_quote_is_an_ordinary_character_in_tab_separated_values(pack: Pack) -> None:
    end = check(pack, {"a.tsv": 'a\tb\n1\t"x" y\n2\t"z\n', "b.csv": 'a,b\n1,"x" y\n2,"z\n'})

    assert end.rows == {"a.tsv": 0, "b.csv": 1}
    assert places(pack) == [("b.csv", 2, 1, "error", "quote")]


def test_a_value_of_another_type_than_its_column_is_noted_once_a_column(pack: Pack) -> None:
    lines = [f"{at},{at}" for at in range(200)]
    lines[150] = "O2,151"
    lines[160] = "O3,N/A"

    end = check(pack, {"a.csv": "n,m\n" + "\n".join(lines)})

    assert end.rows == {"a.csv": 0}
    assert end.said(
        "note: a.csv:152:1: column 1 (`n`) has 2 of 200 values that are no integer: `O2`"
    )
    assert [(at["empty"], at["odd"]) for at in profile(pack, "a.csv")["columns"]] == [
        (0, 2),
        (1, 0),
    ]


def test_odd_tables_are_no_trouble(pack: Pack) -> None:
    files: dict[str, str | bytes] = {
        "empty.csv": "",
        "blank.csv": "\n\n",
        "one.csv": "name\n",
        "column.csv": "name\nann\nbob\n",
        "numbers.csv": "1,2\n3,4\n",
        "text.txt": "no, table\n",
        "binary": b"\0\1",
    }

    end = check(pack, files)

    assert end.rows == dict.fromkeys(files, 0)
    assert profile(pack, "column.csv")["records"] == 2
    assert not profile(pack, "numbers.csv")["header"]
    assert {at["file"] for at in records(pack, "data-profiles.jsonl")} == {
        path for path in files if path.endswith(".csv")
    }


def test_each_json_line_is_read_and_keys_are_counted(pack: Pack) -> None:
    text = '{"a": 1, "b": "x"}\n\n{"a": 2.5,}\n{"a": null}\n'

    end = check(pack, {"a.jsonl": text, "good.ndjson": "[1]\n2\n"})

    assert end.rows == {"a.jsonl": 1, "good.ndjson": 0}
    assert places(pack)[0] == ("a.jsonl", 3, 11, "error", "jsonl")
    assert profile(pack, "a.jsonl")["keys"] == [
        {"name": "a", "types": {"integer": 1, "null": 1}, "missing": 1},
        {"name": "b", "types": {"text": 1}, "missing": 2},
    ]


def test_a_layout_beside_the_data_judges_each_record(pack: Pack) -> None:
    pack.validated({"d/c.dat.layout.toml": LAYOUT}, "config")
    good = "000119700131F0012.50\n"
    bad = "    19701331X12-3.4 \n"

    end = check(pack, {"d/c.dat": good + bad + "0" * 21 + "\n0001        M\n", "c.dat": "free\n"})

    assert end.rows == {"d/c.dat": 5, "c.dat": 0}
    assert [at[1:3] + at[4:] for at in places(pack)] == [
        (2, 1, "field-integer"),
        (2, 5, "field-date"),
        (2, 13, "field-text"),
        (2, 14, "field-decimal"),
        (3, 1, "record-length"),
    ]
    assert end.said("d/c.dat:2:13: `sex` has a value that is not among its own: `X`")
    assert profile(pack, "d/c.dat")["form"] == "fixed width"


def test_a_layout_may_name_its_files_and_cut_records_without_line_ends(pack: Pack) -> None:
    layout = 'files = ["C*.DAT"]\nlines = false\n' + LAYOUT
    pack.validated({"all.layout.toml": layout}, "config")
    record = "000119700131F0012.5}"

    end = check(pack, {"C1.DAT": record * 3, "C2.DAT": f"{record}x00119700131F0012.50short"})

    assert end.rows == {"C1.DAT": 0, "C2.DAT": 2}
    assert [at[1:3] for at in places(pack)] == [(1, 21), (1, 41)]


@pytest.mark.parametrize(
    ("layout", "why"),
    [
        ("x", "no TOML"),
        ("width = 3\n", "no [[fields]]"),
        ("fields = [1]", "field 1"),
        ('[[fields]]\nname = "a"\n', "field 1: 'width'"),
        ('[[fields]]\nname = "a"\nwidth = 0\n', "count from 1"),
        ('[[fields]]\nname = "a"\nwidth = 2\ntype = "int"\n', "unknown type `int`"),
        ('width = 1\n[[fields]]\nname = "a"\nwidth = 2\n', "`width` must be a number from 2 on"),
    ],
)
def test_a_wrong_layout_is_an_error_of_its_data(pack: Pack, layout: str, why: str) -> None:
    pack.validated({"a.dat.layout.toml": layout}, "config")

    end = check(pack, {"a.dat": "12\n"})

    assert end.rows == {"a.dat": 1}
    assert end.said(why), end.lines
