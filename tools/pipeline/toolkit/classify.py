"""Decide what a file is: by its name, and where the name does not say, by how it begins.

The same file gets the same answer from every process, so the three extracted trees never
overlap and never miss one.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from toolkit.languages import (
    CONFIG,
    DATA,
    INTERPRETERS,
    NAMES,
    SHARED_SUFFIXES,
    SOURCE,
    Kind,
)

HEAD = 8192
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
SHEBANG = re.compile(rb"#![ \t]*(\S+)([^\r\n]*)")
CONTENT = (
    (re.compile(rb"<\?php\b"), Kind.SOURCE, "php"),
    (re.compile(rb"<\?xml\b"), Kind.CONFIG, "xml"),
    (re.compile(rb"(?i)<!doctype html|<html\b"), Kind.SOURCE, "html"),
    (re.compile(rb"//[A-Z@#$][A-Z0-9@#$]{0,7} +JOB\b"), Kind.SOURCE, "jcl"),
    (
        re.compile(rb"(?im)\A(?:.{6}[*/].*\r?\n|[ \t]*\r?\n)*(?:.{6})?[ \t]*ID(?:ENTIFICATION)?"
                   rb"[ \t]+DIVISION\b"),
        Kind.SOURCE,
        "cobol",
    ),
)  # fmt: skip


class Class(NamedTuple):
    """What a file is; `language` is empty where nothing is known."""

    kind: Kind
    language: str


def classify(root: Path, path: str) -> Class:
    """Classify the file at `path` below `root`; one that cannot be read goes by its name alone."""
    by_name = classify_name(path)
    if by_name and PurePosixPath(path).suffix.lower() not in SHARED_SUFFIXES:
        return by_name
    try:
        with (root / path).open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return by_name or Class(Kind.DATA, "")
    if is_binary(head):
        return Class(Kind.DATA, "")
    return by_name or classify_content(head)


def classify_name(path: str) -> Class | None:
    pure = PurePosixPath(path)
    if known := NAMES.get(pure.name.lower()):
        return Class(*known)
    suffix = pure.suffix.lower()
    for kind, table in ((Kind.SOURCE, SOURCE), (Kind.CONFIG, CONFIG), (Kind.DATA, DATA)):
        if language := table.get(suffix):
            return Class(kind, language)
    # A suffix nobody knows still says more than the content would: `config.c.in` is no C.
    return Class(Kind.DATA, "") if suffix else None


def classify_content(head: bytes) -> Class:
    if shebang := SHEBANG.match(head):
        language = INTERPRETERS.get(_program(shebang))
        return Class(Kind.SOURCE, language) if language else Class(Kind.DATA, "")
    start = head.removeprefix(BOMS[0]).lstrip()
    for pattern, kind, language in CONTENT:
        if pattern.match(start if language != "cobol" else head):
            return Class(kind, language)
    return Class(Kind.DATA, "")


def is_binary(head: bytes) -> bool:
    """Whether the first bytes of a file are no text: NULs outside UTF-16, or many controls."""
    if head.startswith(BOMS):
        return False
    if b"\0" in head:
        return True
    controls = sum(map(head.count, CONTROLS))
    return controls * 100 > len(head)


# Text has tabs, line ends, form feeds, back spaces, escapes and, from DOS, one ^Z at its end.
CONTROLS = [bytes([byte]) for byte in range(32) if byte not in b"\b\t\n\v\f\r\x1a\x1b"]


def _program(shebang: re.Match[bytes]) -> str:
    """Name the program without folder and version; if it is env, what env starts."""
    words = [shebang[1], *shebang[2].split()]
    if words[0].endswith(b"/env"):
        words = [word for word in words[1:] if not word.startswith(b"-") and b"=" not in word]
    name = words[0].rsplit(b"/", 1)[-1] if words else b""
    return name.decode("ascii", "replace").lower().rstrip("0123456789.-")
