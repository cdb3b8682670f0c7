"""The forms in which the value of a secret may stand in output, as patterns over bytes.

A value stands there as it is, or with any of its characters escaped for a URL, a form, JSON, HTML
or a shell, or within base64, which may begin at any byte before it and be broken into lines.
Letters and digits are what no such escaping changes: the longest run of them is looked for first.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from urllib.parse import quote

_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_SHORTEST_LINE = 58  # digits; of so many no more than one line's end is among them
_PLUS = (b"+", b"-", b"%2B", b"%2b", b"\\u002b", b"\\u002B")
_SLASH = (b"/", b"_", b"%2F", b"%2f", b"\\/", b"\\u002f", b"\\u002F")
_WRAP = (b"\n", b"\r\n", b"\\n", b"\\r\\n")  # the latter as in JSON
_LEFT_OFF = {0: 0, 1: 2, 2: 3}  # digits that the bytes before the value have a part in
_WORDS = re.compile(rb"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One character of a form: it is written in one of several ways, or may be missing."""

    ways: tuple[bytes, ...]
    optional: bool = False

    @property
    def longest(self) -> int:
        return max(map(len, self.ways))

    @property
    def regex(self) -> bytes:
        ways = b"|".join(re.escape(way) for way in sorted(self.ways, key=len, reverse=True))
        return b"(?:%b)%b" % (ways, b"?" if self.optional else b"")


@dataclass(frozen=True)
class Form:
    """A whole form; none of `anchors` being there, it is not there either."""

    parts: tuple[Part, ...]
    anchors: tuple[bytes, ...]  # none: every place has to be tried

    @cached_property
    def regex(self) -> re.Pattern[bytes]:
        return re.compile(b"".join(part.regex for part in self.parts), re.DOTALL)

    @cached_property
    def longest(self) -> int:
        return sum(part.longest for part in self.parts)

    @cached_property
    def first(self) -> re.Pattern[bytes]:
        """Return what matches, with no length, wherever it may begin, the end of data included."""
        edge = self.parts[0].regex if self.parts[0].optional else b""
        must = next(part for part in self.parts if not part.optional)
        heads = b"".join(sorted({re.escape(way[:1]) for way in must.ways}))
        return re.compile(rb"(?=%b(?:[%b]|\Z))" % (edge, heads), re.DOTALL)

    def may_begin(self, data: bytes, at: int) -> bool:
        """Say whether the data from `at` to its end is the beginning of the form, or all of it."""
        todo, seen = [(0, at)], set[tuple[int, int]]()
        while todo:
            state = todo.pop()
            number, place = state
            if state in seen or number == len(self.parts):
                continue
            if place == len(data):
                return True
            seen.add(state)
            part = self.parts[number]
            for way in part.ways:
                if data.startswith(way, place):
                    todo.append((number + 1, place + len(way)))
                elif way.startswith(data[place : place + len(way)]):
                    return True
            if part.optional:
                todo.append((number + 1, place))
        return False


def forms(value: bytes) -> list[Form]:
    """Return all forms of a value."""
    return [_escaped(value), *(_in_base64(value, before) for before in _LEFT_OFF)]


def _escaped(value: bytes) -> Form:
    try:
        ways = [_ways(character) for character in value.decode()]
    except UnicodeDecodeError:
        ways = [_ways_of_byte(byte) for byte in value]
    return Form(tuple(Part(tuple(dict.fromkeys(one))) for one in ways), _longest_word(value))


def _longest_word(value: bytes) -> tuple[bytes, ...]:
    return tuple(sorted(_WORDS.findall(value), key=len, reverse=True)[:1])


def _ways(character: str) -> Iterator[bytes]:
    plain = character.encode()
    yield plain
    if character.isascii() and character.isalnum():
        return
    escaped = "".join(f"\\u{unit:04x}" for unit in _utf16(character))
    yield from (escaped.encode(), _upper(escaped, "\\u").encode())
    yield json.dumps(character)[1:-1].encode()
    yield from _percent(plain)
    yield escape(character).encode()
    yield from _OTHERS.get(character, ())


def _ways_of_byte(byte: int) -> Iterator[bytes]:
    plain = bytes([byte])
    yield plain
    if not plain.isalnum():
        yield from _percent(plain)


def _percent(data: bytes) -> Iterator[bytes]:
    upper = b"".join(b"%%%02X" % byte for byte in data)
    yield from (upper, upper.lower(), quote(data, safe="").encode())


_OTHERS = {
    " ": (b"+",),
    "\n": (b"\r\n", b"\\r\\n", b"%0D%0A", b"%0d%0a"),
    "/": (b"\\/",),
    "'": (b"\\'", b"'\\''", b"'\"'\"'", b"&#39;", b"&apos;"),
    '"': (b"&#34;",),
}


def _upper(text: str, lead: str) -> str:
    return text.upper().replace(lead.upper(), lead)


def _utf16(character: str) -> Iterator[int]:
    data = character.encode("utf-16-be")
    return (int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))


def _in_base64(value: bytes, before: int) -> Form:
    """Return the form within base64 of text that has the value `before` bytes into a group of 3.

    The digits at both ends which say something of the value, too, go with it.
    """
    whole, rest = divmod((before + len(value)) * 8, 6)
    digits = b64encode(b"\0" * before + value)[_LEFT_OFF[before] : whole]
    edge = Part(tuple(bytes([digit]) for digit in _DIGITS), optional=True)
    parts = [edge] if before else []
    for digit in digits:
        parts += [Part(_ways_of_digit(digit)), Part(_WRAP, optional=True)]
    parts = parts[:-1] + ([edge] if rest else [])
    return Form(tuple(parts), _halves(digits))


def _ways_of_digit(digit: int) -> tuple[bytes, ...]:
    return {ord("+"): _PLUS, ord("/"): _SLASH}.get(digit, (bytes([digit]),))


def _halves(digits: bytes) -> tuple[bytes, ...]:
    """Return a word of each half: a line may end within one of them, yet not within both."""
    digits = digits[:_SHORTEST_LINE]
    middle = len(digits) // 2
    words = [_longest_word(half) for half in (digits[:middle], digits[middle:])]
    return tuple(word for half in words for word in half) if all(words) else ()
