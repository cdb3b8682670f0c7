"""Who shares slots by what: the pipe is made only for those who can, and is gone in the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from asyncorch.jobserver import Jobserver, set_up
from asyncorch.makeflags import Outer, outer
from asyncorch.model import Step

PLAIN = Step("extract", "plain", "true")
MAKE = Step("extract", "make", "make", jobserver=True, slots=2)
CARGO = Step("extract", "cargo", "cargo build", jobserver=True)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an old make; temporary folders lie in it, too."""
    make = tmp_path / "make"
    make.write_text("#!/bin/sh\necho GNU Make 4.3\n")
    make.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def made(root: Path, *steps: Step, found: Outer | None = None) -> Jobserver:
    def env_of(step: Step) -> Mapping[str, str]:
        return {"PATH": str(root), "MAKEFLAGS": "k"}

    return set_up(steps, slots=4, found=found, root=root, env_of=env_of)


def flags(server: Jobserver, step: Step) -> str | None:
    return server.environment(step, {"MAKEFLAGS": "k"}).get("MAKEFLAGS")


def test_without_a_step_that_asks_for_it_nothing_is_made(root: Path) -> None:
    with closing(made(root, PLAIN)) as server:
        assert server.pool is None
        assert flags(server, PLAIN) == "k"
        assert list(root.glob("asyncorch-*")) == []


def test_who_can_gets_a_private_pipe_that_is_gone_in_the_end(root: Path) -> None:
    with closing(made(root, PLAIN, CARGO)) as server:
        told = flags(server, CARGO)
        assert told == f"k -j4 --jobserver-auth=fifo:{server.fifo}"
        assert Path(server.fifo).is_fifo()
        assert Path(server.fifo).parent.stat().st_mode & 0o077 == 0
        assert flags(server, PLAIN) == "k"
    assert list(root.glob("asyncorch-*")) == []


def test_who_cannot_gets_its_own_slots_and_it_is_known_why(root: Path) -> None:
    with closing(made(root, MAKE, CARGO)) as server:
        assert flags(server, MAKE) == "k -j2"
        assert server.alone == {"extract-make": "make 4.3 is older than 4.4"}


def test_where_nobody_can_no_pipe_is_made(root: Path) -> None:
    with closing(made(root, MAKE)) as server:
        assert server.pool is None
        assert flags(server, MAKE) == "k -j2"


def test_a_temporary_folder_with_a_space_is_not_used(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a b").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(root / "a b"))

    with closing(made(root, CARGO)) as server:
        assert " " not in server.fifo
        assert outer({"MAKEFLAGS": flags(server, CARGO) or ""}) == Outer(server.fifo, jobs=4)


def test_the_pipe_of_an_outer_make_is_handed_on_and_stays(root: Path) -> None:
    path = root / "theirs"
    os.mkfifo(path)

    with closing(made(root, PLAIN, CARGO, found=Outer(str(path), jobs=4))) as server:
        assert server.pool is not None
        assert flags(server, CARGO) == f"k -j4 --jobserver-auth=fifo:{path}"
    assert path.is_fifo()


def test_of_an_outer_make_s_descriptors_steps_get_none(root: Path) -> None:
    source, sink = os.pipe()
    try:
        with closing(made(root, CARGO, found=Outer(descriptors=(source, sink)))) as server:
            assert server.pool is not None
            assert flags(server, CARGO) == "k -j1"
            assert "descriptors" in server.alone["extract-cargo"]
        os.write(sink, b"x")  # they are still open
        assert os.read(source, 1) == b"x"
    finally:
        os.close(source)
        os.close(sink)


def test_an_outer_make_is_asked_for_slots_even_where_no_step_is_a_jobserver_s(root: Path) -> None:
    path = root / "theirs"
    os.mkfifo(path)

    with closing(made(root, PLAIN, found=Outer(str(path)))) as server:
        assert server.pool is not None
