"""The words of MAKEFLAGS, in the forms that makes from 3.81 to 4.4 write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncorch.makeflags import Outer, outer, with_jobs, without_descriptors


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", None),
        ("kn", None),
        (" -j4", None),
        (" -j4 --jobserver-auth=fifo:/tmp/GM1", Outer("/tmp/GM1", jobs=4)),
        ("kw -j8 --jobserver-auth=3,4", Outer(descriptors=(3, 4), jobs=8)),
        ("w --jobserver-fds=5,6 -j", Outer(descriptors=(5, 6))),
        (" -j2 --jobserver-auth=-2,-2", Outer(descriptors=(-2, -2), jobs=2)),
        (" --jobs=2 --jobserver-auth=3,4", Outer(descriptors=(3, 4), jobs=2)),
        (" --jobserver-auth=3,4 --jobserver-auth=fifo:/b", Outer("/b")),
        (" -j0 --jobserver-auth=fifo:/b", Outer("/b")),
        (" --jobserver-auth=what", None),
        (" -- X=--jobserver-auth=3,4", None),
        (" -k -- --jobserver-auth=3,4", None),
    ],
)
def test_the_last_jobserver_among_the_options_counts(flags: str, expected: Outer | None) -> None:
    assert outer({"MAKEFLAGS": flags}) == expected


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("", " -j3 --jobserver-auth=fifo:/p"),
        ("k", "k -j3 --jobserver-auth=fifo:/p"),
        ("k -j9 --jobserver-auth=3,4", "k -j3 --jobserver-auth=fifo:/p"),
        (" -j9 --jobserver-style=pipe -l2", "-l2 -j3 --jobserver-auth=fifo:/p"),
        ("k -- CC=gcc -j9", "k -j3 --jobserver-auth=fifo:/p -- CC=gcc -j9"),
        ("-- CC=gcc", " -j3 --jobserver-auth=fifo:/p -- CC=gcc"),
    ],
)
def test_jobs_and_pipe_take_the_place_of_others_before_the_variables(
    flags: str, expected: str
) -> None:
    assert with_jobs(flags, 3, "/p") == expected


def test_without_a_pipe_only_the_number_of_jobs_is_set() -> None:
    assert with_jobs("k --jobserver-auth=fifo:/p -j9", 2) == "k -j2"


@given(st.text(st.sampled_from("jk- =0123,ab/"), max_size=30))
def test_what_was_set_is_what_is_found(flags: str) -> None:
    assert outer({"MAKEFLAGS": with_jobs(flags, 5, "/pipe")}) == Outer("/pipe", jobs=5)


def test_descriptors_are_not_handed_on_and_all_else_is() -> None:
    environ = {
        "MAKEFLAGS": "k -j4 --jobserver-auth=3,4 -- CC=gcc",
        "MFLAGS": "-k -j4 --jobserver-auth=3,4",
        "HOME": "/root",
    }

    assert without_descriptors(environ) == {
        "MAKEFLAGS": "k -- CC=gcc",
        "MFLAGS": "-k",
        "HOME": "/root",
    }


@pytest.mark.parametrize("flags", ["", "k", " -j4 --jobserver-auth=fifo:/tmp/x", " -j4"])
def test_what_steps_can_use_is_handed_on_unchanged(flags: str) -> None:
    environ = {"MAKEFLAGS": flags, "MFLAGS": "-j4"}

    assert without_descriptors(environ) == environ
