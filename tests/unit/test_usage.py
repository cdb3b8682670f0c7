"""Memory is summed over all who belong to a process, and what they share counts once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asyncorch.descendants import MARK, Family
from asyncorch.usage import over

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="only /proc says it"),  # noqa: PTH110
]

TAKES = """
import os, subprocess, sys, time
x = b"x" * 40_000_000
more = "x = b'x' * 40_000_000; print('.', flush=True); input()"
escapes = bool(int(sys.argv[1]))
subprocess.run([sys.executable, "-c", more], stdin=sys.stdin, start_new_session=escapes)
"""
FORKS = """
import os, sys
x = b"x" * 40_000_000
for _ in range(4):
    if not os.fork():
        os.write(1, b".\\n")
        sys.stdin.read()
        os._exit(0)
os.write(1, b".\\n")
sys.stdin.read()
"""


@contextmanager
def running(program: str, *words: str, dots: int = 1) -> Iterator[Family]:
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, MARK: f"usage-{os.getpid()}-{words}"},
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        for _ in range(dots):
            assert process.stdout.readline() == b".\n"
        yield Family(process.pid, f"usage-{os.getpid()}-{words}")
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("escaped", ["0", "1"])
def test_children_count_also_in_a_session_of_their_own(escaped: str) -> None:
    with running(TAKES, escaped) as family:
        assert over([(family, 75_000_000)]) == [family]
        assert over([(family, 400_000_000)]) == []


def test_what_processes_share_counts_once() -> None:
    with running(FORKS, dots=5) as family:
        assert over([(family, 120_000_000)]) == []
        assert over([(family, 30_000_000)]) == [family]


def test_who_has_gone_takes_nothing() -> None:
    assert over([(Family(2**22 + 7, None), 1)]) == []
