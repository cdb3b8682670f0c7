"""A duration is a number of seconds, or text with units; anything else is told."""

from __future__ import annotations

import pytest

from asyncorch.durations import seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [("90s", 90), ("10m", 600), ("1h30m", 5400), ("250ms", 0.25), ("1.5h", 5400), ("2d", 172800)],
)
def test_a_duration_is_text_with_units(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("value", [1, 0.5, 3600])
def test_a_duration_may_be_a_number_of_seconds(value: float) -> None:
    assert seconds(value) == value


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        1e9,
        10**400,
        True,
        "",
        "10",
        "10 m",
        "m",
        "1h 30m",
        "0s",
        "-5s",
        "9" * 400 + "d",
        "1e3s",
        None,
        [],
        float("nan"),
    ],
)
def test_anything_else_is_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="write a duration such as `90s`, `10m` or `1h30m`"):
        seconds(value)
