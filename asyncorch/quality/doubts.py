"""Whether an artifact without errors can be what its row says: there, whole, and in its language.

Looked at are only languages that Python reads by itself, and only whether they can be read. Nothing
that a file names is fetched, and no entity of its own is expanded.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

_MOST = 1 << 24  # bytes; a larger file is not read at once
_BLANK = 2  # a source of a line end or two is as good as empty
_CHUNK = 1 << 18
_PYTHON = (".py", ".pyi")
_XML = (".xml", ".xsd", ".xsl", ".xslt", ".wsdl", ".svg", ".xhtml", ".fxml")
# Strings are kept, and so nothing in them is taken for a comment or a comma too many.
_JSON_REMARK = re.compile(r'("(?:[^"\\]|\\.)*+")|//[^\n]*+|/\*.*?\*/', re.DOTALL)
_JSON_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+")|,(?=\s*+[}\]])', re.DOTALL)


def doubts(path: Path, original: Path | None) -> str | None:
    """Return why an artifact cannot be good whatever its row says, or None.

    `original` is the source that it was made of. Python is judged by the Python that runs us, and
    another one may know more: so only if it is cut off, or its original could be read.
    """
    try:
        with _opened(path) as stream:
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode):
                return "is no regular file"
            if found.st_size:
                return _unreadable(path.suffix.lower(), stream, found.st_size, original)
            size = _size(original)
            return f"is empty, though its source has {size:,} bytes" if size > _BLANK else None
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _size(original: Path | None) -> int:
    try:
        return original.stat().st_size if original else 0
    except (OSError, ValueError):
        return 0


def _opened(path: Path) -> IO[bytes]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags), "rb")


def _unreadable(suffix: str, stream: IO[bytes], size: int, original: Path | None) -> str | None:
    if suffix in _XML:
        return _xml(stream)
    if size > _MOST:
        return None
    if suffix in _PYTHON:
        return _no_python(stream.read(), original)
    read = _READERS.get(suffix)
    return _complaint(suffix[1:].upper(), read, stream.read()) if read else None


def _no_python(data: bytes, original: Path | None) -> str | None:
    complaint = _complaint("Python", _python, data)
    if complaint is None or _is_cut_off(data) or original is None:
        return complaint
    try:
        source = original.read_bytes()
    except (OSError, ValueError):
        return complaint
    return None if _complaint("Python", _python, source) else complaint


def _is_cut_off(data: bytes) -> bool:
    """Say whether all is well until the last line, or something is open there."""
    try:
        _python(data)
    except SyntaxError as error:
        open_end = re.search("never closed|unterminated|EOF", error.msg or "")
        return bool(open_end) or (error.lineno or 0) >= data.count(b"\n")
    except ValueError:
        pass
    return False


def _complaint(language: str, read: Callable[[bytes], None], data: bytes) -> str | None:
    try:
        read(data)
    except (RecursionError, MemoryError):
        return None  # deeper than we can look
    except UnicodeDecodeError as error:
        return f"is no {language}: not {error.encoding.upper()} at byte {error.start + 1:,}"
    except (ValueError, SyntaxError) as error:
        return f"is no {language}: {_words(error)}"
    return None


def _json(data: bytes) -> None:
    text = data.decode(json.detect_encoding(data))
    try:
        json.loads(text)
    except ValueError:
        # Configuration files of many programs have remarks and commas that strict JSON has not.
        plain = _JSON_REMARK.sub(lambda found: found[1] or " ", text)
        if plain == text and "," not in text:
            raise
        try:
            json.loads(_JSON_COMMA.sub(lambda found: found[1] or "", plain))
        except ValueError:
            pass
        else:
            return
        raise


def _toml(data: bytes) -> None:
    tomllib.loads(data.decode())


def _python(data: bytes) -> None:
    import symtable  # noqa: PLC0415  # only what is new is looked at

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Two thirds of what compiling costs. It takes bytes, whatever its stub says.
        symtable.symtable(cast("str", data), "<artifact>", "exec")


_READERS: dict[str, Callable[[bytes], None]] = {
    ".json": _json,
    ".toml": _toml,
}


class _EntityError(Exception):
    pass


def _xml(stream: IO[bytes]) -> str | None:
    from xml.parsers import expat  # noqa: PLC0415  # as above; entities end it, nothing is fetched

    def entity(*_: object) -> None:
        raise _EntityError

    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.EntityDeclHandler = entity
    try:
        while chunk := stream.read(_CHUNK):
            parser.Parse(chunk, False)  # noqa: FBT003  # the parser's signature
        parser.Parse(b"", True)  # noqa: FBT003  # the same
    except _EntityError:
        return None  # what it would expand to is not our business
    except (expat.ExpatError, ValueError) as error:  # ValueError: an encoding that it does not know
        return f"is no XML: {error}" if isinstance(error, expat.ExpatError) else None
    return None


def _words(error: ValueError | SyntaxError) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)
    return str(error)
