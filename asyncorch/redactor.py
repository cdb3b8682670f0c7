"""The values of secrets, taken out of a stream of bytes wherever it is cut.

What might be the beginning of a value is held back until more has come: never more than the longest
form of a value has, and nothing once a line's end shows that it is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncorch.secret_forms import Form

MASK = b"***"
SHORTEST = 6  # characters; anything shorter is in every log


def too_short(secrets: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the secrets whose values are too short to be looked for."""
    return tuple(name for name, value in secrets.items() if len(value.strip()) < SHORTEST)


class Redactor:
    """Feed it a stream in chunks; it gives the stream back with `***` in place of the values."""

    def __init__(self, values: Iterable[str]) -> None:
        from asyncorch.secret_forms import forms  # noqa: PLC0415  # slow, and few have secrets

        wanted = dict.fromkeys(v.strip() for v in values if len(v.strip()) >= SHORTEST)
        encoded = (value.encode("utf-8", "surrogateescape") for value in wanted)
        self._forms = [form for value in encoded for form in forms(value)]
        self._pending = b""
        self.found = 0

    def feed(self, chunk: bytes) -> bytes:
        """Take a chunk; return what can be told by now."""
        data = self._pending + chunk
        spans = self._all_spans(data)
        cut = min((_held(form, data) for form in self._forms), default=len(data))
        # A value that is complete goes whole, even if another one may begin within it.
        cut = next((end for start, end in spans if start < cut < end), cut)
        self._pending = data[cut:]
        return self._masked(data[:cut], [span for span in spans if span[1] <= cut])

    def finish(self) -> bytes:
        """Take the end of the stream; return the rest of it."""
        data, self._pending = self._pending, b""
        return self.whole(data)

    def whole(self, data: bytes) -> bytes:
        """Return data that is no part of the stream without the values."""
        return self._masked(data, self._all_spans(data))

    def text(self, text: str) -> str:
        """Return text that is no part of the stream without the values; clean text as it is."""
        data = text.encode("utf-8", "surrogateescape")
        masked = self.whole(data)
        return text if masked is data else masked.decode("utf-8", "surrogateescape")

    def _all_spans(self, data: bytes) -> list[tuple[int, int]]:
        return _merged(span for form in self._forms for span in _spans(form, data))

    def _masked(self, data: bytes, spans: list[tuple[int, int]]) -> bytes:
        if not spans:
            return data
        self.found += len(spans)
        pieces, place = [], 0
        for start, end in spans:
            pieces += [data[place:start], MASK]
            place = end
        return b"".join((*pieces, data[place:]))


def _spans(form: Form, data: bytes) -> Iterator[tuple[int, int]]:
    for start, end in _windows(form, data):
        yield from (found.span() for found in form.regex.finditer(data, start, end))


def _windows(form: Form, data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the parts of the data in which the form may be."""
    if not form.anchors:
        yield 0, len(data)
    around = form.longest
    for anchor in form.anchors:
        start, end = 0, -1
        at = data.find(anchor)
        while at >= 0:
            if at - around > end:
                if end >= 0:
                    yield start, end
                start = max(0, at - around)
            end = at + around
            at = data.find(anchor, at + len(anchor))
        if end >= 0:
            yield start, end


def _held(form: Form, data: bytes) -> int:
    """Return where the first thing begins that more data may make the form."""
    for found in form.first.finditer(data, max(0, len(data) - form.longest + 1)):
        at = found.start()
        if at < len(data) and form.may_begin(data, at):
            return at
    return len(data)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
