"""Check that XML is well-formed, by defusedxml: nothing outside is fetched, no entity expanded."""

from __future__ import annotations

from pathlib import PurePosixPath
from xml.sax import SAXParseException  # nosec (raised by defusedxml's parser)
from xml.sax.handler import ContentHandler  # nosec (the same)

from toolkit.rows import Finding

RULE = "xml"
# What has these names is XML with some programs, and something else with others.
SHARED = frozenset({".config", ".plist", ".props", ".hbm", ".targets"})
NO_DOCUMENT = frozenset({".dtd"})


def check_xml(text: str, path: str) -> list[Finding]:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in NO_DOCUMENT or (suffix in SHARED and not text.lstrip().startswith("<")):
        return []
    import defusedxml  # noqa: PLC0415 (needed only where there is XML)

    try:
        _parse(text)
    except defusedxml.EntitiesForbidden as error:
        return [_note(f"declares the entity `{error.name}`, which is not expanded"), *_again(text)]
    except defusedxml.ExternalReferenceForbidden as error:
        return [_note(f"refers to `{error.sysid}`, which is not fetched"), *_again(text)]
    except SAXParseException as error:
        return [_finding(error)]
    return []


def _again(text: str) -> list[Finding]:
    """Check the form alone: the parser has no handler that would expand or fetch anything."""
    from pyexpat import ExpatError, ParserCreate, errors  # noqa: PLC0415 (only for entities)

    reader = ParserCreate()
    reader.DefaultHandler = lambda _: None  # with one, expat does not expand in text
    try:
        reader.Parse(text.encode(), True)  # noqa: FBT003 (its only form)
    except ExpatError as error:
        message = errors.messages.get(error.code, str(error))
        return [Finding(message, RULE, error.lineno, error.offset + 1)]
    return []


def _parse(text: str) -> None:
    from defusedxml.sax import parseString  # noqa: PLC0415 (needed only where there is XML)

    parseString(text.encode(), ContentHandler())


def _finding(error: SAXParseException) -> Finding:
    line, column = error.getLineNumber() or 0, error.getColumnNumber() or 0
    return Finding(error.getMessage(), RULE, line, column + 1)


def _note(message: str) -> Finding:
    return Finding(message, "xml-entity", note=True)
