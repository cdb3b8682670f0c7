"""A detached process outlives us and gets what it is given; the rest is the spawners' contract."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import anyio
import pytest

from asyncorch.process import detach

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Wait for real processes by a real clock."""
    return "asyncio"


async def content(path: Path) -> str:
    with anyio.fail_after(20):
        while not path.exists():
            await anyio.sleep(0.01)
    return path.read_text()


async def test_a_detached_process_gets_what_it_is_given_in_a_session_of_its_own(
    tmp_path: Path,
) -> None:
    given = b"x" * 200_000  # more than a pipe holds
    text = (
        "import os, pathlib, sys; n = len(sys.stdin.buffer.read()); "
        "p = pathlib.Path(sys.argv[1]); q = p.with_suffix('.new'); "
        "q.write_text(f'{n} {os.getsid(0) == os.getpid()} {dict(os.environ)[\"A\"]}'); q.rename(p)"
    )

    detach((sys.executable, "-c", text, str(tmp_path / "out")), given, {**os.environ, "A": "b"})

    assert await content(tmp_path / "out") == "200000 True b"


async def test_a_program_that_is_not_there_is_no_failure_of_ours() -> None:
    detach(("no-such-program",), b"", os.environ)
