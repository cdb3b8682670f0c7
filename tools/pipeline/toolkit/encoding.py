"""Turn a text of any encoding into UTF-8, or say why that cannot be done without guessing.

In this order: a byte order mark, what the text declares, strict UTF-8, what the user said, and
last a guess, which counts only if nothing else is nearly as likely. Line ends are kept.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from toolkit.declared import declare_utf_8, declared_encoding, is_utf_8
from toolkit.files import CHUNK
from toolkit.measure import BOMS
from toolkit.rows import Finding

CHAOS, COHERENCE, MARGIN = 0.1, 0.2, 0.1
HINT = "name it in TEXT_ENCODING for this step"


class NotTextError(Exception):
    """Why these bytes are not text that can be trusted."""

    def __init__(self, message: str, rule: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.finding = Finding(message, rule, line, column)


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


def to_utf_8(data: bytes, language: str, *, known: str | None) -> bytes:
    """Give the same text in UTF-8: the very same bytes if they are that already.

    `known` is the encoding that the user says everything has that neither declares one nor
    is UTF-8.
    """
    text = _decode(data, language, known)
    if "\0" in text:
        raise _at(data, data.index(b"\0"), "NUL byte: binary, or UTF-16 without its mark", "nul")
    declaring = declare_utf_8(text, language)
    return declaring.encode() if declaring is not text or not _is_utf_8(data) else data


def _decode(data: bytes, language: str, known: str | None) -> str:
    name = _mark(data) if language != "python" else None
    try:
        name = name or declared_encoding(data, language)
    except SyntaxError as error:
        raise _undeclared(data, str(error.msg)) from error
    if name:
        return _strict(data, name, "declared-encoding")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _strict(data, known, "encoding") if known else _guess(data)


def _mark(data: bytes) -> str | None:
    return next((name for bom, name in BOMS if data.startswith(bom)), None)


def _strict(data: bytes, name: str, rule: str) -> str:
    try:
        # As UTF-8 and not as UTF-8 with a mark: a mark that is there stays.
        return data.decode("utf-8" if is_utf_8(name) else name)
    except LookupError as error:
        raise NotTextError(f"unknown encoding `{name}`", rule) from error
    except UnicodeDecodeError as error:
        raise _at(data, error.start, f"no {name}: {error.reason}", rule) from error


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


def _guess(data: bytes) -> str:
    import charset_normalizer  # noqa: PLC0415 (few files need it, and all would pay)

    found = list(charset_normalizer.from_bytes(data))
    if not found:
        raise NotTextError(f"no encoding fits; {HINT}", "encoding")
    best = found[0]
    likely = [match for match in found if match.chaos <= best.chaos + MARGIN]
    if len({str(match) for match in likely}) > 1:
        names = " or ".join(f"`{match.encoding}`" for match in likely[:3])
        raise NotTextError(f"may be {names}, which read it differently; {HINT}", "encoding")
    if best.chaos > CHAOS or best.coherence < COHERENCE:
        raise NotTextError(f"may be `{best.encoding}`, not surely; {HINT}", "encoding")
    return _strict(data, best.encoding, "encoding")
