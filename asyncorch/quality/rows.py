"""Rows: `| artifact | errors |`, the one protocol between tools and runner.

A row is a whole line. Between bars stand a path, a number of errors, and at will the file it was
made from; further columns are ignored. A name is matched raw against the files that the process was
given, and percent-decoded when that finds nothing: so names with bars, newlines or bytes that are
not UTF-8 have a way through.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from msgspec import Struct

from asyncorch.model import Row
from asyncorch.safetext import safe

_MOST_ERRORS = 10**9
_LONGEST_REASON = 300
_LONGEST_LINE = 64 * 1024  # a name has at most 4 KiB, thrice that percent-encoded
_COUNT = re.compile(rb"\|[ \t]*(\d{1,18})[ \t]*(?=\|)")


class RawRow(NamedTuple):
    """A row as it stands in a log: bytes, not yet matched to a file."""

    artifact: bytes
    errors: int
    source: bytes | None
    reason: bytes = b""  # of errors: the line before, when that is no row


def parse(line: bytes, known: Collection[bytes] | None = None) -> RawRow | None:
    """Return the row that a line is, or None.

    A bar in a name makes several readings possible: the first whose artifact is `known` wins, else
    the first.
    """
    text = line.rstrip(b" \t\r")
    if len(text) < 5 or text[0] != 0x7C or text[-1] != 0x7C:  # noqa: PLR2004  # `|x|0|`, bars
        return None
    first = None
    for count in _COUNT.finditer(text, 1):
        row = _reading(text, count)
        if row is None:
            continue
        if known is None or row.artifact in known:
            return row
        first = first or row
    return first


def _reading(text: bytes, count: re.Match[bytes]) -> RawRow | None:
    artifact = text[1 : count.start()].strip()
    if not artifact:
        return None
    rest = text[count.end() + 1 :]
    source = rest.split(b"|", 1)[0].strip() if rest else b""
    return RawRow(artifact, min(int(count[1]), _MOST_ERRORS), source or None)


class RowReader:
    """Finds the rows in a growing log, fed chunk by chunk; keeps at most one unfinished line."""

    def __init__(self, known: Collection[bytes] | None = None) -> None:
        self._known = known
        self._rest = b""
        self._before = b""  # the last whole line of the chunks so far
        self._skipping = False  # inside a line that is too long to be a row
        self.rows = 0
        self.errors = 0

    def feed(self, chunk: bytes) -> Iterator[RawRow]:
        """Yield the rows of all lines that this chunk completes."""
        data = self._rest + chunk
        if self._skipping:
            data = self._after_long_line(data)
        end = data.rfind(b"\n")
        self._rest = data[end + 1 :]
        if end >= 0:
            yield from self._lines(data, end)
            self._before = _line_before(data, end + 1, self._before)
        if len(self._rest) > _LONGEST_LINE:
            self._rest, self._before, self._skipping = b"", b"", True

    def _after_long_line(self, data: bytes) -> bytes:
        """Return what follows the line that is too long, if its end has come."""
        end = data.find(b"\n")
        self._skipping = end < 0
        return data[end + 1 :] if end >= 0 else b""

    def finish(self) -> Iterator[RawRow]:
        """Yield the row that the last line is, when no newline follows it."""
        rest, self._rest = self._rest, b""
        if not self._skipping:
            yield from self._row(rest, self._before)

    def _lines(self, data: bytes, end: int) -> Iterator[RawRow]:
        start = 0
        # Not line by line: a gigabyte of other output has to pass at the speed of memory.
        while 0 <= start <= end:
            if data[start : start + 1] == b"|":
                stop = data.find(b"\n", start)
                yield from self._row(data[start:stop], _line_before(data, start, self._before))
                start = stop + 1
            else:
                start = data.find(b"\n|", start, end) + 1 or -1

    def _row(self, line: bytes, before: bytes) -> Iterator[RawRow]:
        row = parse(line, self._known) if len(line) <= _LONGEST_LINE else None
        if row is not None:
            self.rows += 1
            self.errors += row.errors > 0
            told = row.errors and not before.startswith(b"|")
            yield row._replace(reason=before) if told else row


def _line_before(data: bytes, start: int, earlier: bytes) -> bytes:
    """Return the line that ends where `start` begins, cut to what a reason may take."""
    if start <= 0:
        return earlier
    begin = data.rfind(b"\n", 0, start - 1) + 1
    if start - 1 - begin > _LONGEST_LINE:
        return b""
    return data[begin : min(start - 1, begin + _LONGEST_REASON)]


class Known(NamedTuple):
    """What a name in a row stands for: the artifact, and the identity of the file it came from."""

    artifact: str
    source: str


class Files(Struct, frozen=True):
    """What a process was given: every name that its rows may use."""

    known: Mapping[bytes, Known]
    only: str = ""  # the one file, where each process of the step has just one


def resolve(raw: RawRow, files: Files, in_snapshot: Callable[[str], bool]) -> Row:
    """Return the row with its artifact as text and its source as an identity.

    A third column is a source only if it names a file of the batch or of the snapshot.
    """
    known = _known(raw.artifact, files)
    artifact = known.artifact if known else _plain(os.fsdecode(unquote_to_bytes(raw.artifact)))
    source = _source(raw, files, in_snapshot)
    if source is None and known is not None:
        source = known.source
    if source is None:
        source = files.only or artifact
    return Row(artifact, raw.errors, source, safe(raw.reason).strip())


def _known(name: bytes, files: Files) -> Known | None:
    """Return what a name stands for: as it is first, then decoded, then without `./` and `//`."""
    decoded = unquote_to_bytes(name)
    for form in (name, decoded, os.fsencode(_plain(os.fsdecode(decoded)))):
        if form in files.known:
            return files.known[form]
    return None


def _source(raw: RawRow, files: Files, in_snapshot: Callable[[str], bool]) -> str | None:
    if raw.source is None:
        return None
    known = _known(raw.source, files)
    if known is not None:
        return known.source
    for name in (raw.source, unquote_to_bytes(raw.source)):
        text = _plain(os.fsdecode(name))
        if is_inside(text) and in_snapshot(text):
            return text
    return None


def _plain(name: str) -> str:
    """Return a relative path in its one form: `./a//b` is `a/b`; `..` stays, to be refused."""
    if name.startswith("/") or not ("//" in name or "./" in name or name.endswith(("/", "/."))):
        return name
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def is_inside(artifact: str) -> bool:
    """Say whether an artifact's path stays below the folder it is relative to."""
    parts = artifact.split("/")
    return (
        bool(artifact)
        and not artifact.startswith("/")
        and ".." not in parts
        and "\0" not in artifact
    )


def line(row: Row) -> str:
    """Return a row as a line, its names encoded where they would break it."""
    cells = [_encoded(row.artifact), str(row.errors)]
    if row.source != row.artifact:
        cells.append(_encoded(row.source))
    return "| " + " | ".join(cells) + " |"


def _encoded(name: str) -> str:
    raw = os.fsencode(name)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    plain = text and text == text.strip() and text.isprintable() and "|" not in text
    if plain and "%" not in text:
        return text
    return quote_from_bytes(raw, safe="/!#$&'()*+,;=:@[]{}<>?^~")
