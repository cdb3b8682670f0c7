"""The make that runs us: its slots are shared, or it is said why they are not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from asyncorch.makeflags import Outer
from asyncorch.outermake import open_pipe, seek


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


@pytest.fixture
def pair() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def made_by(auth: object) -> dict[str, str]:
    return {"MAKEFLAGS": f" -j4 --jobserver-auth={auth}"}


def test_nobody_is_sought_where_no_make_runs_us() -> None:
    assert seek({"MAKEFLAGS": "k"}, None) == (None, ())


def test_a_named_pipe_is_found(fifo: Path) -> None:
    assert seek(made_by(f"fifo:{fifo}"), None) == (Outer(str(fifo), jobs=4), ())


def test_descriptors_are_found(pair: tuple[int, int]) -> None:
    source, sink = pair

    assert seek(made_by(f"{source},{sink}"), None) == (Outer(descriptors=pair, jobs=4), ())


def test_a_concurrency_that_was_asked_for_ends_the_sharing(fifo: Path) -> None:
    found, said = seek(made_by(f"fifo:{fifo}"), 8)

    assert found is None
    assert said[0].startswith("-j 8 was given")


@pytest.mark.parametrize("auth", ["fifo:/nowhere", "fifo:", "-2,-2", "98765,98766", f"{1 << 70},1"])
def test_a_pipe_out_of_reach_is_told_with_the_way_to_mend_it(auth: str) -> None:
    found, said = seek(made_by(auth), None)

    assert found is None
    assert "begin the line that calls asyncorch with `+`" in said[0]


def test_descriptors_that_stand_for_something_else_are_out_of_reach(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as file:
        found, said = seek(made_by(f"{file.fileno()},{file.fileno()}"), None)

    assert found is None
    assert said


def test_a_file_in_the_place_of_the_pipe_is_out_of_reach(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("+++")

    assert seek(made_by(f"fifo:{tmp_path}/file"), None)[0] is None


def test_the_ends_of_two_pipes_are_out_of_reach(pair: tuple[int, int]) -> None:
    other = os.pipe()
    try:
        assert seek(made_by(f"{pair[0]},{other[1]}"), None)[0] is None
    finally:
        os.close(other[0])
        os.close(other[1])


def test_reading_never_blocks_us_and_make_s_own_descriptors_stay_as_they_are(
    pair: tuple[int, int],
) -> None:
    reader, writer = open_pipe(Outer(descriptors=pair))
    try:
        with pytest.raises(BlockingIOError):
            os.read(reader, 1)
        assert os.get_blocking(pair[0])
        os.write(writer, b"x")
        assert os.read(reader, 1) == b"x"
        assert not os.get_inheritable(reader)
    finally:
        os.close(reader)
        os.close(writer)


def test_seeking_leaves_no_descriptor_open(fifo: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    seek(made_by(f"fifo:{fifo}"), None)

    assert len(list(Path("/proc/self/fd").iterdir())) == before
