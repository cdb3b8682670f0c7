"""Read a layout, which says how the records of a fixed-width file are cut.

A layout is a TOML file `<name>.layout.toml` beside the data: `customers.dat.layout.toml` is for
`customers.dat`; any other one names its files with `files = ["CUST*.DAT"]`.

    width = 80               # characters of a record; default: up to the end of the last field
    lines = true             # false: no line ends, a record follows the other
    [[fields]]
    name = "id"
    start = 1                # the first column is 1; default: after the field before
    width = 6
    type = "integer"         # text (default), integer, decimal, date
    format = "%Y%m%d"        # of a date
    required = true          # blanks are an error
    values = ["A", "B"]      # the only ones
"""

from __future__ import annotations

import fnmatch
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

SUFFIX = ".layout.toml"
KINDS = {"text", "integer", "decimal", "date"}
KEYS = {"name", "start", "width", "type", "format", "required", "values"}


@dataclass(frozen=True, slots=True)
class Field:
    """Columns `start` to `end` (as slices count) of each record."""

    name: str
    start: int
    end: int
    type: str = "text"
    format: str = "%Y%m%d"
    required: bool = False
    values: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a record is cut."""

    fields: tuple[Field, ...]
    width: int
    lines: bool = True


class LayoutError(Exception):
    """What is wrong with a layout."""


def find_layout(path: str, tree: Path) -> Path | None:
    """Find the layout for the data file at `path` among the configuration below `tree`."""
    pure = PurePosixPath(path)
    own = tree / f"{path}{SUFFIX}"
    if own.is_file():
        return own
    beside = sorted((tree / pure.parent).glob(f"*{SUFFIX}"))
    return next((at for at in beside if _names(at, pure.name)), None)


def read_layout(file: Path) -> Layout:
    try:
        table = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise LayoutError(f"no TOML: {error}") from error
    fields: list[Field] = []
    for number, each in enumerate(_list(table), start=1):
        try:
            fields.append(_field(each, fields[-1].end if fields else 0))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise LayoutError(f"field {number}: {error}") from error
    end = max(field.end for field in fields)
    width = table.get("width", end)
    if not isinstance(width, int) or width < end:
        raise LayoutError(f"`width` must be a number from {end} on")
    return Layout(tuple(fields), width, table.get("lines", True) is not False)


def _names(file: Path, name: str) -> bool:
    try:
        patterns = tomllib.loads(file.read_text("utf-8-sig")).get("files", [])
    except (OSError, ValueError):
        return False  # the configuration step says what is wrong with it
    return isinstance(patterns, list) and any(
        isinstance(at, str) and fnmatch.fnmatchcase(name, at) for at in patterns
    )


def _list(table: dict[str, Any]) -> list[dict[str, Any]]:
    fields = table.get("fields")
    if not isinstance(fields, list) or not fields:
        raise LayoutError("no [[fields]]")
    return fields


def _field(table: dict[str, Any], after: int) -> Field:
    if unknown := table.keys() - KEYS:
        raise ValueError(f"unknown key `{min(unknown)}`")
    kind = table.get("type", "text")
    if kind not in KINDS:
        raise ValueError(f"unknown type `{kind}`")
    start, width = table.get("start", after + 1) - 1, table["width"]
    if start < 0 or width < 1:
        raise ValueError("`start` and `width` count from 1")
    return Field(
        name=str(table["name"]),
        start=start,
        end=start + width,
        type=kind,
        format=str(table.get("format", "%Y%m%d")),
        required=table.get("required") is True,
        values=frozenset(map(str, table.get("values", []))),
    )
