"""Turn a text of any encoding into UTF-8, or say why that cannot be done without guessing.

In this order: a byte order mark, what the text declares, strict UTF-8, what the user said, and
last a guess, which counts only if nothing else is nearly as likely and no byte is lost. Line ends
are kept.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.declared import declare_utf_8, declared_encoding, is_utf_8
from toolkit.files import CHUNK
from toolkit.measure import BOMS
from toolkit.rows import Finding

CHAOS, COHERENCE, MARGIN = 0.1, 0.2, 0.1
HINT = "name it in TEXT_ENCODING for this step"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text was read as, on whose word (mark, declared, utf-8, named, guess), how surely.

    A guess has what charset-normalizer makes of the text for its confidence (the share that is no
    mess, times how much it looks like a language), divided by the readings that are as likely;
    what does not hold has 0, all else 1.
    """

    encoding: str
    encoding_by: str
    confidence: float = 1.0


class Clean(NamedTuple):
    """A text in UTF-8, and what it was read as."""

    content: bytes
    reading: Reading


class NotTextError(Exception):
    """Why these bytes are not text that can be trusted; and what they were thought to be."""

    def __init__(
        self,
        message: str,
        rule: str,
        *,
        line: int = 0,
        column: int = 0,
        reading: Reading | None = None,
    ) -> None:
        super().__init__(message)
        self.finding = Finding(message, rule, line, column)
        self.reading = reading


def is_plain_utf_8(file: Path) -> bool:
    """Whether the whole file is UTF-8 without a NUL; read as a stream, whatever its size."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                if b"\0" in chunk:
                    return False
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def to_utf_8(data: bytes, language: str, *, known: str | None) -> Clean:
    """Give the same text in UTF-8: the very same bytes if they are that already.

    `known` is the encoding that the user says everything has that neither declares one nor
    is UTF-8.
    """
    text, reading = _decode(data, language, known)
    if "\0" in text:
        raise _at(data, data.index(b"\0"), "NUL byte: binary, or UTF-16 without its mark", "nul")
    declaring = declare_utf_8(text, language)
    same = declaring is text and _is_utf_8(data)
    return Clean(data if same else declaring.encode(), reading)


def _decode(data: bytes, language: str, known: str | None) -> tuple[str, Reading]:
    by, name = "mark", _mark(data) if language != "python" else None
    if name is None:
        by = "declared"
        try:
            name = declared_encoding(data, language)
        except SyntaxError as error:
            raise _undeclared(data, str(error.msg)) from error
    if name:
        return _strict(data, name, by)
    try:
        return data.decode(), Reading("utf-8", "utf-8")
    except UnicodeDecodeError:
        return _strict(data, known, "named") if known else _guess(data)


def _plain(name: str) -> str:
    return "utf-8" if is_utf_8(name) else codecs.lookup(name).name


def _mark(data: bytes) -> str | None:
    return next((name for bom, name in BOMS if data.startswith(bom)), None)


def _strict(data: bytes, name: str, by: str, confidence: float = 1.0) -> tuple[str, Reading]:
    rule = "declared-encoding" if by in ("mark", "declared") else "encoding"
    try:
        # As UTF-8 and not as UTF-8 with a mark: a mark that is there stays.
        text = data.decode("utf-8" if is_utf_8(name) else name)
    except LookupError as error:
        raise NotTextError(f"unknown encoding `{name}`", rule) from error
    except UnicodeDecodeError as error:
        told = _at(data, error.start, f"no {name}: {error.reason}", rule)
        told.reading = Reading(_plain(name), by, 0.0)
        raise told from error
    return text, Reading(_plain(name), by, confidence)


def _undeclared(data: bytes, message: str) -> NotTextError:
    """Tell what the interpreter says, and where the first byte is that is no UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return _at(data, error.start, message, "declared-encoding")
    return NotTextError(message, "declared-encoding")


def _at(data: bytes, offset: int, message: str, rule: str) -> NotTextError:
    line_start = data.rfind(b"\n", 0, offset) + 1
    line = data.count(b"\n", 0, offset) + 1
    return NotTextError(message, rule, line=line, column=offset - line_start + 1)


def _is_utf_8(data: bytes) -> bool:
    try:
        codecs.utf_8_decode(data, "strict", True)  # noqa: FBT003 (its only form)
    except UnicodeDecodeError:
        return False
    return True


def _guess(data: bytes) -> tuple[str, Reading]:
    import charset_normalizer  # noqa: PLC0415 (few files need it, and all would pay)

    found = list(charset_normalizer.from_bytes(data))
    if not found:
        raise NotTextError(f"no encoding fits; {HINT}", "encoding")
    best = found[0]
    likely = [match for match in found if match.chaos <= best.chaos + MARGIN]
    readings = len({str(match) for match in likely})
    confidence = round((1 - best.chaos) * best.coherence / readings, 2)
    if why := _doubt(data, best, [match.encoding for match in likely], readings):
        reading = Reading(best.encoding, "guess", confidence)
        raise NotTextError(f"{why}; {HINT}", "encoding", reading=reading)
    return _strict(data, best.encoding, "guess", confidence)


def _doubt(data: bytes, best: Any, likely: list[str], readings: int) -> str | None:
    """Say why the best guess is none to build on."""
    if readings > 1:
        names = " or ".join(f"`{name}`" for name in likely[:3])
        return f"may be {names}, which read it differently"
    if best.chaos > CHAOS or best.coherence < COHERENCE:
        return f"may be `{best.encoding}`, not surely"
    if str(best).encode(best.encoding, "replace") != data:
        return f"may be `{best.encoding}`, which would lose bytes"
    return None
