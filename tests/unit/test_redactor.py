"""No value of a secret gets through, in any form, wherever the stream is cut."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable
from shlex import quote as shell_quote
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from asyncorch.redactor import MASK, Redactor, too_short

SECRETS = [
    "hunter2hunter2",
    "p@ss/w0rd+=&?",
    "a\"b\\c/d'e f",
    "šéçrèt✓😀",
    "line one\nline two",
    "--++//??",
    "<a&b>'c\"",
    "not so short " * 8,
    "aaaaaa",
    "abcabcabc",
    "\udcffbytes\udcfe",
]
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda v: v,
    "url": lambda v: quote(v, safe="").encode(),
    "url with slashes": lambda v: quote(v).encode(),
    "url in lower case": lambda v: re.sub(
        "%..", lambda m: m[0].lower(), quote(v, safe="")
    ).encode(),
    "form": lambda v: quote_plus(v).encode(),
    "query": lambda v: urlencode({"a": v, "b": "c"}).encode(),
}
TEXT_FORMS: dict[str, Callable[[str], str]] = {
    "json": json.dumps,
    "json in utf-8": lambda v: json.dumps(v, ensure_ascii=False),
    "json with slashes": lambda v: json.dumps(v).replace("/", "\\/"),
    "html": html.escape,
    "shell": shell_quote,
    "crlf": lambda v: v.replace("\n", "\r\n"),
}


def encoded(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def redacted(data: bytes, *values: str, cut: int | None = None) -> bytes:
    redactor = Redactor(values)
    size = cut or len(data) or 1
    pieces = [redactor.feed(data[at : at + size]) for at in range(0, len(data), size)]
    return b"".join((*pieces, redactor.finish()))


@pytest.mark.parametrize("value", SECRETS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cut", [None, 1, 5])
def test_every_form_of_bytes_goes(value: str, form: str, cut: int | None) -> None:
    written = FORMS[form](encoded(value))

    out = redacted(b"before [" + written + b"] after", value, cut=cut)

    assert out.startswith(b"before [")
    assert out.endswith(b"] after")
    assert MASK in out
    assert encoded(value) not in out
    assert written not in out


@pytest.mark.parametrize("value", SECRETS[:-1])
@pytest.mark.parametrize("form", TEXT_FORMS)
@pytest.mark.parametrize("cut", [None, 1, 5])
def test_every_form_of_text_goes(value: str, form: str, cut: int | None) -> None:
    written = TEXT_FORMS[form](value).encode()

    out = redacted(b"before [" + written + b"] after", value, cut=cut)

    assert MASK in out
    assert encoded(value) not in out
    assert written not in out
    assert out.startswith(b"before [")
    assert out.endswith(b"] after")


@pytest.mark.parametrize("value", SECRETS)
@pytest.mark.parametrize("before", [b"", b"u", b"us", b"user:", b"a longer text before it "])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode, encodebytes])
def test_base64_goes_wherever_the_value_begins_in_it(
    value: str, before: bytes, encode: Callable[[bytes], bytes]
) -> None:
    after = b"@host"[: len(value + encode.__name__) % 6]
    value = value.strip()
    written = encode(before + encoded(value) + after)
    ends = (8 * len(before), 8 * len(before + encoded(value)))
    digits = written.replace(b"\n", b"")[-(-ends[0] // 6) : ends[1] // 6]

    for cut in (None, 1 if len(value) < 50 else 50, 7):
        out = redacted(b"[" + written + b"]\n", value, cut=cut)
        left = out.replace(b"\n", b"")
        assert MASK in out
        assert digits[:4] not in left
        assert digits[-4:] not in left
        assert len(left) <= len(b"[" + before * 2 + MASK + after * 2 + b"====]")


def test_json_of_base64_and_url_of_base64_go() -> None:
    value = "?>?>?>~~~~ÿÿÿÿ??>>"
    inner = b64encode(value.encode()).decode()
    assert {"+", "/"} <= set(inner)

    for written in (quote(inner, safe=""), json.dumps(inner).replace("/", "\\/")):
        assert MASK in redacted(written.encode(), value)


def test_what_is_no_secret_is_not_touched_and_a_line_is_not_held_back() -> None:
    redactor = Redactor(["hunter2hunter2"])

    assert redactor.feed(b"all is well\n") == b"all is well\n"
    assert redactor.feed(b"hunting for hunter") == b"hunting for "
    assert redactor.feed(b"s and hunter2hunter") == b"hunters and "
    assert redactor.feed(b"s and more, hunter2") == b"hunter2hunters and more, "
    assert redactor.finish() == b"hunter2"
    assert redactor.found == 0


def test_a_value_goes_as_soon_as_it_is_complete() -> None:
    redactor = Redactor(["hunter2hunter2"])

    assert redactor.feed(b"x hunter2hun") == b"x "
    assert redactor.feed(b"ter2\n") == b"***\n"
    assert redactor.found == 1


def test_text_beside_the_stream_is_cleaned_by_itself() -> None:
    redactor = Redactor(["hunter2hunter2"])
    redactor.feed(b"hunter2")

    assert redactor.text("hunter2 \udcff") == "hunter2 \udcff"
    assert redactor.text("\udcff hunter2hunter2") == "\udcff ***"
    assert redactor.feed(b"hunter2 ") == b"*** "


def test_values_that_overlap_go_together() -> None:
    assert redacted(b"-abcdefghi-", "abcdef", "defghi") == b"-***-"
    assert redacted(b"-abcdefghi-", "abcdefghi", "cdefgh") == b"-***-"


def test_a_short_value_is_not_looked_for_and_is_named() -> None:
    assert too_short({"A": "12345", "B": "123456", "C": " 12345\n", "D": ""}) == ("A", "C", "D")
    assert redacted(b"12345", "12345") == b"12345"


def test_space_around_a_value_does_not_hide_it() -> None:
    assert redacted(b"<hunter2hunter2>", "hunter2hunter2\n") == b"<***>"


def test_memory_is_bounded_whatever_comes() -> None:
    redactor = Redactor(["aaaaaa", "aaaaab", "hunter2hunter2"])
    for _ in range(50):
        redactor.feed(b"a" * 997)
        redactor.feed(b"hunter2hunter" * 7)
        assert len(redactor._pending) < 400


SECRET = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="*"), min_size=6, max_size=12
).filter(lambda value: len(value.strip()) >= 6)
AROUND = st.binary(max_size=12)


@pytest.mark.slow
@given(st.lists(SECRET, min_size=1, max_size=3), st.data())
@example(["abcabc", "bcabca"], None)
def test_no_split_lets_a_value_through(values: list[str], data: st.DataObject | None) -> None:
    if data is None:
        stream, cuts = b"abcabcabcabc", [5, 1]
    else:
        written = st.sampled_from([encoded(value) for value in values])
        stream = b"".join(data.draw(st.lists(st.one_of(written, AROUND), max_size=8)))
        cuts = data.draw(st.lists(st.integers(1, 9), max_size=8))
    redactor = Redactor(values)
    out, rest = b"", stream
    for cut in cuts:
        out += redactor.feed(rest[:cut])
        rest = rest[cut:]
    out += redactor.feed(rest) + redactor.finish()

    for value in values:
        assert encoded(value.strip()) not in out


@pytest.mark.slow
@given(SECRET, AROUND, AROUND, st.integers(1, 20))
def test_no_split_lets_an_encoded_value_through(
    value: str, before: bytes, after: bytes, cut: int
) -> None:
    raw = encoded(value.strip())
    for written in (
        quote_plus(raw).encode(),
        json.dumps(value.strip()).encode()[1:-1],
        b64encode(before + raw + after),
    ):
        out = redacted(before + written + after, value, cut=cut)
        assert MASK in out
        assert written not in out


@given(st.binary(max_size=300), st.integers(1, 40))
def test_bytes_without_a_value_come_through_unchanged(data: bytes, cut: int) -> None:
    assert redacted(data, "hunter2hunter2", "p@ss/w0rd", cut=cut) == data
