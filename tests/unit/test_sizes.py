"""Sizes as people write them, and as they are shown."""

from __future__ import annotations

import pytest

from asyncorch.sizes import binary, shown, size


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (1, 1),
        ("7 B", 7),
        ("500MB", 500_000_000),
        ("1.5 kB", 1500),
        ("2 GiB", 2 << 30),
        ("2G", 2 << 30),
    ],
)
def test_a_size_is_a_number_with_a_unit(written: object, meant: int) -> None:
    assert size(written) == meant


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "5", "5 XB", "0 B", "MB", "", None, "1e9 B"])
def test_anything_else_is_refused_with_an_example(wrong: object) -> None:
    with pytest.raises(ValueError, match="500 MB"):
        size(wrong)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_960, "10 kB"),
        (999_600, "1.0 MB"),
        (5_300_000_000, "5.3 GB"),
        (12_000 * 10**12, "12000 TB"),
    ],
)
def test_a_size_is_shown_short(number: int, text: str) -> None:
    assert shown(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (84, "84 B"),
        (1000, "1000 B"),
        (64 << 10, "64 KiB"),
        (1536 << 20, "1.5 GiB"),
        (2 << 30, "2 GiB"),
        (5000 << 40, "5000 TiB"),
    ],
)
def test_a_limit_is_shown_as_it_was_written(number: int, text: str) -> None:
    assert binary(number) == text
