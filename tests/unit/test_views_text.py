"""Hostile text is tamed, cut to cells, and numbers read well."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from asyncorch import safetext
from asyncorch.views.text import about, clock, count, cut, duration, fill, finite, percent, safe

ANY_TEXT = st.text(st.characters(), max_size=80)  # lone surrogates included
WIDTHS = st.integers(min_value=-2, max_value=30)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain, as it is", "plain, as it is"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[1;38;5;200mred\x1b[m", "red"),
        ("a\x1b[2J\x1b[1;1Hb", "ab"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;aGk=\x1b\\clip", "clip"),
        ("\x1bP1$qm\x1b\\after", "after"),
        ("\x1b(Bascii", "ascii"),
        ("\x1b]0;never ended", "0;never ended"),
        ("half\x1b[", "half"),
        ("\x1b\x1b[31m[31mx", "[31mx"),
        ("10%\r20%\r30%", "30%"),
        ("30%\r", "30%"),
        ("line\r\n", "line"),
        ("line\r\r\n", "line"),
        ("one\r\ntwo", "one two"),
        ("a\nb\x0bc\x0cd\x85e\u2028f", "a b c d e f"),
        ("a\tb", "a   b"),
        ("bell\a back\b null\0 del\x7f", "bell back null del"),
        ("\u202eevil\u202c\u2066x\u2069\u200e\u200f\u061c", "evilx"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("bad \udcff name", "bad \ufffd name"),
        ("private \ue000", "private \ufffd"),
        ("nb\u00a0space\u3000wide", "nb space wide"),
        ("heart\u2764\ufe0f", "heart\u2764"),
        ("e" + "\u0301" * 90, "e" + "\u0301" * safetext.MOST_MARKS),
        ("日本語 ümläut", "日本語 ümläut"),
        ("[/red] :smile: {x} %s", "[/red] :smile: {x} %s"),
        ("", ""),
    ],
)
def test_what_a_terminal_would_act_on_is_neutralised(hostile: str, shown: str) -> None:
    assert safetext.safe(hostile) == shown


def test_bytes_are_utf8_with_replacement() -> None:
    assert safetext.safe("grün\r\n".encode()) == "grün"
    assert safetext.safe(b"gr\xfcn\x00") == "gr\ufffdn"


@given(ANY_TEXT | st.binary(max_size=80))
@example(bytes(range(256)))
@example("\x1b" * 50 + "]" * 50)
@example("\r\x1b[K\r")
def test_safe_text_is_one_printable_line_and_stays_as_it_is(data: str | bytes) -> None:
    shown = safetext.safe(data)

    assert shown.isprintable()
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown)
    shown.encode("utf-8")
    assert safetext.safe(shown) == shown


@pytest.mark.parametrize("opener", ["\x1b]", "\x9d", "\x1bP", "\x90", "\x1b[", "\x9b", "\x1b"])
def test_a_long_hostile_line_is_read_once(opener: str) -> None:
    assert len(safetext.safe(opener * 100_000)) <= 200_000
    assert safetext.safe(opener + "0" * 200_000)


@given(ANY_TEXT, WIDTHS)
@example("日本語日本語", 5)
@example("e" + "\u0301" * 60, 3)
def test_cut_text_fits_and_says_that_it_was_cut(text: str, width: int) -> None:
    shown = safe(text, width)

    assert cell_len(shown) <= max(width, 0)
    if width > 0 and cell_len(safe(text)) > width:
        assert shown.endswith("…")
    if cell_len(safe(text)) <= width:
        assert shown == safe(text)


@given(ANY_TEXT, WIDTHS)
def test_filled_text_takes_exactly_its_cells(text: str, width: int) -> None:
    assert cell_len(fill(safe(text), width)) == max(width, 0)


def test_a_wide_character_is_never_halved() -> None:
    assert cut("日本語", 4) == "日…"
    assert cut("日本語", 5) == "日本…"
    assert cut("日本語", 6) == "日本語"
    assert cut("日本語", 1) == "…"
    assert cut("日本語", 0) == ""


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (12.4, "12 s"),
        (59.4, "59 s"),
        (59.6, "1:00 min"),
        (187, "3:07 min"),
        (3599.6, "1:00:00 h"),
        (3727, "1:02:07 h"),
        (360_000, "100:00:00 h"),
        (-5, "0.0 s"),
        (float("nan"), "0.0 s"),
        (float("inf"), "0.0 s"),
    ],
)
def test_durations_read_at_a_glance(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@given(st.floats())
def test_no_duration_is_beyond_words(seconds: float) -> None:
    for told in (duration(seconds), about(seconds)):
        assert told.rpartition(" ")[2] in ("s", "min", "h")
    assert clock(seconds).replace(":", "").isdigit()


@given(st.floats(min_value=0, max_value=1e7))
def test_durations_never_say_sixty(seconds: float) -> None:
    assert not duration(seconds).startswith("60 ")
    assert ":60" not in duration(seconds)
    assert ":60" not in clock(seconds)


def test_estimates_are_no_finer_than_they_are_true() -> None:
    told = [about(seconds) for seconds in (0.2, 12.1, 60, 61, 600, 7199, 7200, 7900)]
    assert told == ["1 s", "13 s", "60 s", "2 min", "10 min", "120 min", "2 h 00 min", "2 h 10 min"]


def test_counts_have_separators_and_agree_with_their_noun() -> None:
    assert count(1, "file") == "1 file"
    assert count(0, "file") == "0 files"
    assert count(1790, "file") == "1,790 files"


def test_shares_have_two_decimals_or_are_not_known() -> None:
    assert percent(145 / 150) == "96.67%"
    assert percent(None) == "n/a"


def test_metrics_that_json_cannot_say_become_words() -> None:
    metrics = finite({"a": float("nan"), "b": float("-inf"), "c": 1.5, "d": 3, "e": "x"})
    assert metrics == {"a": "nan", "b": "-inf", "c": 1.5, "d": 3, "e": "x"}
