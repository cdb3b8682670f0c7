"""More processes at once than the limits leave room for are taken back, and it is said why."""

from __future__ import annotations

import resource

import pytest

from asyncorch.machine import fit

FREE = resource.RLIM_INFINITY


@pytest.mark.parametrize(
    ("wished", "files", "room", "most", "why"),
    [
        (8, 1024, None, 8, None),
        (64, 64, None, 8, "8 processes at once, not 64: only 64 files may be open"),
        (4, 10, None, 1, "1 process at once, not 4: only 10 files may be open"),
        (500, FREE, None, 500, None),
        (40, FREE, 19, 5, "5 processes at once, not 40: only 19 more may be"),
        (40, 64, 19, 5, "5 processes at once, not 40: only 19 more may be"),
        (1, FREE, 0, 1, None),
    ],
)
def test_the_narrowest_limit_holds(
    wished: int, files: int, room: int | None, most: int, why: str | None
) -> None:
    found, words = fit(wished, files, room)

    assert found == most
    assert words is None if why is None else words is not None and words.startswith(why)
