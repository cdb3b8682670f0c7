"""Check delimited text (CSV, TSV): its dialect, rows of another length, the type of each column.

The file is read as a stream, so its size does not matter.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

from toolkit.column_types import guess_type, has_type, is_empty
from toolkit.rows import SHOWN, Finding

DELIMITERS = ",;\t|"
SAMPLE = 1000  # records that the dialect and the types are told from
LONGEST = 16 << 20  # characters in one field
QUOTE = "quote"
ODD = 0.02  # with more values of other types than that, a column is text
OFTEN = 0.1  # a width that this share of the records has is no accident


@dataclass(slots=True)
class Column:
    """One column: `odd` are values that do not have its type, `first` where the first one is."""

    name: str
    type: str
    empty: int = 0
    odd: int = 0
    first: tuple[int, str] = (0, "")


@dataclass(slots=True)
class Table:
    """What a delimited file turned out to be, and what is wrong with it."""

    delimiter: str
    width: int
    header: bool = False
    records: int = 0
    ragged: int = 0
    optional: bool = False  # the last fields may be left out
    columns: list[Column] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def profile(self) -> dict[str, Any]:
        columns = [asdict(at) for at in self.columns]
        for column in columns:
            del column["first"]
        return {
            "form": "delimited",
            "delimiter": self.delimiter,
            "header": self.header,
            "records": self.records,
            "columns": columns,
        }


class Record(list[str]):
    """The fields of one record, and the line that it begins on."""

    line = 0


def check_delimited(file: Path, language: str) -> Table:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        head = "".join(islice(stream, SAMPLE))
        delimiter = "\t" if language == "tsv" else find_delimiter(head)
        stream.seek(0)
        table = read_table(stream, delimiter)
        if language == "tsv" and any(at.rule == QUOTE for at in table.findings):
            # Tab-separated values as they are registered have no quotes: one is a character.
            stream.seek(0)
            table = read_table(stream, delimiter, quoting=csv.QUOTE_NONE)
    return table


def find_delimiter(head: str) -> str:
    """Take the one that divides most records into as many fields, and into more than one."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            widths = Counter(map(len, csv.reader(io.StringIO(head, ""), delimiter=delimiter)))
        except csv.Error:
            return 0.0, 0
        del widths[0]  # empty lines
        width, count = max(widths.items(), key=lambda at: (at[1], at[0]), default=(0, 0))
        return (count / widths.total() if width > 1 else 0.0), width

    best = max(DELIMITERS, key=score)
    return best if score(best)[1] > 1 else ","


def read_table(
    stream: Iterator[str], delimiter: str, *, quoting: Literal[0, 3] = csv.QUOTE_MINIMAL
) -> Table:
    csv.field_size_limit(LONGEST)
    table = Table(delimiter, 0)
    source = _records(csv.reader(stream, delimiter=delimiter, strict=True, quoting=quoting), table)
    sample = list(islice(source, SAMPLE))
    _shape(table, sample)
    _columns(table, [record for record in sample if len(record) == table.width])
    for record in chain(sample, source):
        _count(table, record)
    if table.ragged > SHOWN:
        message = f"{table.ragged} records in all have not {table.width} fields"
        table.findings.append(Finding(message, "ragged", note=table.optional))
    table.records -= table.header
    table.findings += _odd(table)
    return table


def _shape(table: Table, sample: list[Record]) -> None:
    """Find how many fields a record has: as a header says, else what many have."""
    widths = Counter(map(len, sample))
    if sample and len(sample[0]) > 1 and _is_header(sample[0]):
        table.width = len(sample[0])
        return
    often = [width for width, count in widths.items() if count >= OFTEN * widths.total()]
    table.width = max(often, default=0)
    short = sum(count for width, count in widths.items() if width < table.width)
    table.optional = short >= OFTEN * widths.total()


def _is_header(record: Record) -> bool:
    # A name may be `n`, which could be a value as well.
    words = all(
        not is_empty(value) and guess_type([value]) in ("text", "boolean") for value in record
    )
    return words and len(set(record)) == len(record)


def _records(reader: Any, table: Table) -> Iterator[Record]:
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            table.findings.append(
                Finding(f"{error}, in the record that begins here", QUOTE, line, 1)
            )
            return
        if fields:
            record = Record(fields)
            record.line = line
            yield record


def _columns(table: Table, sample: list[Record]) -> None:
    """Find names and types. A first record of words over columns that are none is a header."""
    below = [guess_type(values) for values in zip(*sample[1:], strict=False)]
    table.header = bool(sample) and _is_header(sample[0])
    names = sample[0] if table.header else [f"column {at}" for at in range(1, table.width + 1)]
    types = below if table.header else [guess_type(values) for values in zip(*sample, strict=False)]
    types = types or ["empty"] * table.width
    table.columns = [Column(*at) for at in zip(names, types, strict=True)]


def _count(table: Table, record: Record) -> None:
    if len(record) != table.width and record[0].startswith("#"):
        return  # a comment, which no standard knows and many files have
    table.records += 1
    if len(record) != table.width:
        table.ragged += 1
        if table.ragged <= SHOWN:
            message = f"{len(record)} fields, where the table has {table.width}"
            noted = table.optional and len(record) < table.width
            table.findings.append(Finding(message, "ragged", record.line, 1, noted))
        return
    if table.header and table.records == 1:
        return
    for column, value in zip(table.columns, record, strict=True):
        if is_empty(value):
            column.empty += 1
        elif column.type != "text" and not has_type(value, column.type):
            column.odd += 1
            column.first = column.first if column.first[0] else (record.line, value)


def _odd(table: Table) -> Iterator[Finding]:
    for number, column in enumerate(table.columns, start=1):
        filled = table.records - column.empty
        if column.odd > ODD * filled:
            column.type = "text"
        elif column.odd:
            line, value = column.first
            message = (
                f"column {number} (`{column.name[:40]}`) has {column.odd} of {filled} values that"
                f" are no {column.type}: `{value[:40]}`"
            )
            yield Finding(message, "column-type", line, number, note=True)
