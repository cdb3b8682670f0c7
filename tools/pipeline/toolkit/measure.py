"""Measure one file in a single reading: bytes, lines, sha256, and what its encoding seems to be."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path

from toolkit.classify import HEAD, is_binary
from toolkit.files import CHUNK

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, which begins the same
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNKNOWN = "unknown-8bit"


@dataclass(frozen=True, slots=True)
class Measure:
    """`lines` counts an unfinished last line too; a binary file has none.

    `confidence`: the bytes prove all but an 8-bit encoding, whose name nobody knows yet.
    """

    encoding: str
    confidence: float
    lines: int
    bytes: int
    sha256: str


def measure(file: Path) -> Measure:
    digest, size, newlines, last = hashlib.sha256(), 0, 0, b""
    guess = _Guess()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            guess.feed(chunk)
            size += len(chunk)
            newlines += chunk.count(b"\n") or chunk.count(b"\r")
            last = chunk[-2:]
    encoding = guess.end()
    unfinished = bool(last) and b"\n" not in last[-1:] and last != b"\n\0" and last[-1:] != b"\r"
    lines = 0 if encoding == "binary" else newlines + unfinished
    confidence = 0.0 if encoding == UNKNOWN else 1.0
    return Measure(encoding, confidence, lines, size, digest.hexdigest())


class _Guess:
    """Rules encodings out as the bytes go by: ASCII, then UTF-8, then any 8-bit set."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._name = ""

    def feed(self, chunk: bytes) -> None:
        if not self._name:
            self._name = self._begin(chunk)
        if self._name == "ascii" and not chunk.isascii():
            self._name = "utf-8"
        if self._name in ("ascii", "utf-8", "utf-8-sig"):
            self._decode(chunk, final=False)

    def end(self) -> str:
        if self._name in ("utf-8", "utf-8-sig"):
            self._decode(b"", final=True)
        return self._name or "ascii"

    def _begin(self, chunk: bytes) -> str:
        for bom, name in BOMS:
            if chunk.startswith(bom):
                return name
        return "binary" if is_binary(chunk[:HEAD]) else "ascii"

    def _decode(self, chunk: bytes, *, final: bool) -> None:
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError:
            self._name = UNKNOWN
