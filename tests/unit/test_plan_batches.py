"""Batches: every file once, in order, within the limits, enough for all, no more than pay."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncorch.errors import ConfigError
from asyncorch.model import Batch
from asyncorch.plan.batches import SHELL_LIMIT, argument_limit, cost, pack
from asyncorch.plan.placeholders import fill_command

NO_LIMIT = 1 << 40


def sizes(count: int, slots: int, weights: list[int] | None = None) -> list[int]:
    names = [f"f{i}" for i in range(count)]
    batches = pack(names, slots=slots, size=None, limit=NO_LIMIT, weights=weights)
    return [len(batch.files) for batch in batches]


files = st.lists(st.text("abÜ '", min_size=1, max_size=30), max_size=120)


@given(files, st.integers(1, 9), st.none() | st.integers(1, 7), st.integers(300, 2000), st.data())
def test_every_file_once_numbered_from_1_and_within_the_limit(
    names: list[str], slots: int, size: int | None, limit: int, data: st.DataObject
) -> None:
    weights = data.draw(
        st.none() | st.lists(st.integers(0, 1 << 40), min_size=len(names), max_size=len(names))
    )

    batches = pack(names, slots=slots, size=size, limit=limit, weights=weights)

    taken = [name for batch in batches for name in batch.files]
    assert sorted(taken) == sorted(names)
    assert weights or size or taken == names
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    for batch in batches:
        assert batch.files
        assert sum(map(cost, batch.files)) <= limit
        assert size is None or len(batch.files) <= size


@given(st.integers(1, 64), st.integers(1, 3000))
def test_there_is_work_for_every_slot(slots: int, count: int) -> None:
    made = sizes(count, slots)

    assert len(made) >= min(slots, count)


@given(st.integers(1, 64), st.integers(2, 3000))
def test_no_batch_is_more_than_its_share_at_the_start(slots: int, count: int) -> None:
    assert max(sizes(count, slots)) <= count // (2 * slots) + 100


def test_batches_are_few() -> None:
    """Each is a start of an interpreter, and with many files the number hardly grows."""
    assert len(sizes(2000, 2)) <= 16
    assert len(sizes(100_000, 8)) <= 90


def test_the_first_are_long_and_the_last_are_short() -> None:
    made = sizes(10_000, 4)

    assert made[:4] == [1250] * 4
    assert max(made[-4:]) <= 110


def test_large_files_count_for_more() -> None:
    heavy_first = sizes(100, 2, [1 << 20] * 10 + [0] * 90)

    assert heavy_first[0] < 10


def test_no_files_are_no_batches() -> None:
    assert pack([], slots=4, size=None, limit=NO_LIMIT) == []
    assert pack([], slots=4, size=3, limit=NO_LIMIT) == []


def test_a_given_size_is_kept() -> None:
    assert pack(list("abcde"), slots=1, size=2, limit=NO_LIMIT) == [
        Batch(1, ("a", "b")),
        Batch(2, ("c", "d")),
        Batch(3, ("e",)),
    ]


def test_the_limit_is_stronger_than_a_given_size() -> None:
    batches = pack(["a" * 50, "b" * 50, "c"], slots=1, size=3, limit=100)

    assert [len(batch.files) for batch in batches] == [1, 2]


def test_a_single_name_that_is_too_long_is_told() -> None:
    with pytest.raises(ConfigError) as raised:
        pack(["ok", "x" * 200], slots=1, size=None, limit=100)

    assert raised.value.message == "a file's name is too long for a command line"
    assert raised.value.where == "x" * 200


@given(st.text(" '\"$aÜ\\\n", min_size=1, max_size=40))
def test_the_cost_of_a_name_is_never_less_than_what_the_shell_s_text_grows_by(name: str) -> None:
    one = len(os.fsencode(fill_command("x {files}", {}, ("a", name))[2]))
    none = len(os.fsencode(fill_command("x {files}", {}, ("a",))[2]))

    assert one - none <= cost(name)


def test_room_for_arguments_shrinks_with_the_environment() -> None:
    assert argument_limit({}) - argument_limit({"A": "x" * 1000}) >= 1000
    assert argument_limit({"A": "x" * (1 << 23)}) == 4096


def test_the_shell_s_limit_is_the_kernel_s_for_one_argument() -> None:
    assert SHELL_LIMIT < 128 * 1024


def test_the_heaviest_files_go_first() -> None:
    batches = pack(list("abcd"), slots=2, size=None, limit=NO_LIMIT, weights=[1, 9, 1, 5])

    assert batches[0].files == ("b",)
    assert batches[1].files[0] == "d"


def test_a_given_size_is_dealt_to_equal_weight() -> None:
    batches = pack(list("abcdef"), slots=1, size=2, limit=NO_LIMIT, weights=[9, 8, 7, 3, 2, 1])

    assert [batch.files for batch in batches] == [("a", "f"), ("b", "e"), ("c", "d")]


def test_known_seconds_make_batches_as_short_as_pays_off() -> None:
    names = [f"f{i}" for i in range(1000)]

    def seconds(each: float) -> list[float]:
        batches = pack(
            names, slots=2, size=None, limit=NO_LIMIT, weights=[each] * 1000, in_seconds=True
        )
        return [len(batch.files) * each for batch in batches]

    long, short = seconds(0.1), seconds(0.0001)
    assert long[0] == pytest.approx(25.0)
    assert 0.4 <= min(long[:-1]) <= max(long[-4:]) <= 1.5
    assert len(short) == 2


@given(
    st.integers(1, 16),
    st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=300),
    st.booleans(),
)
def test_no_batch_takes_more_than_its_share_and_one_file(
    slots: int,
    weights: list[float],
    in_seconds: bool,  # noqa: FBT001  # drawn by hypothesis
) -> None:
    names = [f"f{i}" for i in range(len(weights))]
    by_name = dict(zip(names, weights, strict=True))

    batches = pack(
        names, slots=slots, size=None, limit=NO_LIMIT, weights=weights, in_seconds=in_seconds
    )

    assert sorted(name for batch in batches for name in batch.files) == sorted(names)
    if in_seconds:
        share = sum(weights) / (2 * slots) + max(0.5, *weights)
        heaviest = max(sum(by_name[name] for name in batch.files) for batch in batches)
        assert heaviest <= share * 1.001 + 0.5
