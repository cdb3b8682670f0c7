"""Check a fixed-width file against its layout: each record's length, each field's value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from toolkit.data_layout import Field, Layout
from toolkit.rows import Finding

KEPT = 100  # findings; a file with more is broken all over, or has another layout
# Signs may stand behind, as COBOL's do, or be punched over the last digit.
FORMS = {
    "integer": re.compile(r"[+-]?\d+[+-]?|[+-]?\d*[{A-I}J-R]"),
    "decimal": re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)[+-]?|[+-]?\d*[.,]?\d*[{A-I}J-R]"),
}


def check_fixed(file: Path, layout: Layout) -> tuple[list[Finding], dict[str, Any]]:
    findings: list[Finding] = []
    records = 0
    for records, (line, column, text) in enumerate(_records(file, layout), start=1):  # noqa: B007 (counts)
        findings += _check(text, layout, line, column)
        if len(findings) >= KEPT:
            findings.append(Finding("and no further record was read", "layout", line, column))
            break
    names = [{"name": at.name, "type": at.type} for at in layout.fields]
    return findings, {"form": "fixed width", "records": records, "columns": names}


def _records(file: Path, layout: Layout) -> Iterator[tuple[int, int, str]]:
    """Give line, column before the record, and text of each record."""
    with file.open(encoding="utf-8-sig", newline="\n" if layout.lines else "") as stream:
        if layout.lines:
            for number, line in enumerate(stream, start=1):
                if text := line.rstrip("\r\n\x1a"):
                    yield number, 0, text
            return
        column = 0
        while text := stream.read(layout.width):
            yield 1, column, text
            column += len(text)


def _check(text: str, layout: Layout, line: int, column: int) -> Iterator[Finding]:
    # Editors and transfers strip blanks at the end of a line, which lose nothing.
    if len(text) > layout.width or (not layout.lines and len(text) < layout.width):
        message = f"{len(text)} characters, where the layout has {layout.width}"
        yield Finding(message, "record-length", line, column + 1)
        return
    for field in layout.fields:
        value = text[field.start : field.end].strip()
        if wrong := _wrong(value, field):
            yield Finding(
                f"`{field.name}` {wrong}", f"field-{field.type}", line, column + field.start + 1
            )


def _wrong(value: str, field: Field) -> str:
    if not value:
        return "is blank" if field.required else ""
    if field.values and value not in field.values:
        return f"has a value that is not among its own: `{value[:40]}`"
    takes = TAKES.get(field.type)
    return "" if takes is None or takes(value, field) else f"is no {field.type}: `{value[:40]}`"


def _is_date(value: str, field: Field) -> bool:
    try:
        datetime.strptime(value, field.format)  # noqa: DTZ007 (only whether it is one)
    except ValueError:
        return False
    return True


TAKES: dict[str, Callable[[str, Field], object]] = {
    "integer": lambda value, _: FORMS["integer"].fullmatch(value),
    "decimal": lambda value, _: FORMS["decimal"].fullmatch(value),
    "date": _is_date,
}
