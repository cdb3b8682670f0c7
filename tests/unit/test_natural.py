"""Natural order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asyncorch.natural import natural


def test_numbers_count_as_numbers() -> None:
    names = ["v10", "v9", "V2", "v1.10", "v1.9", "10", "9", "", "v"]

    assert sorted(names, key=natural) == ["", "9", "10", "v", "v1.9", "v1.10", "V2", "v9", "v10"]


@given(st.text(), st.text())
def test_any_two_texts_have_an_order_and_only_equal_ones_are_equal(one: str, other: str) -> None:
    assert (natural(one) == natural(other)) == (one == other)
    assert (natural(one) < natural(other)) != (natural(other) <= natural(one))
