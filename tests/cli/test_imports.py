"""What only tells loads no engine: help, the version and completion answer at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"anyio", "asyncio", "aiofiles", "rich", "subprocess"}
SHOW = """
import sys
sys.argv = ["asyncorch", *sys.argv[1:]]
from asyncorch.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words",
    ["--version", "--help", "run --help", "plan --help", "check --help", "schema --help", "rum"],
)
def test_help_and_version_load_no_engine(words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW, *words.split()], capture_output=True, text=True, check=False
    )

    loaded = set(done.stderr.split())
    assert "asyncorch.cli.main" in loaded
    assert not loaded & HEAVY


def test_completion_loads_no_engine() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        capture_output=True,
        text=True,
        check=False,
        env={
            "_ASYNCORCH_COMPLETE": "bash_complete",
            "COMP_WORDS": "asyncorch run --con",
            "COMP_CWORD": "2",
        },
    )

    assert done.stdout == "plain,--concurrency\n"
    assert not set(done.stderr.split()) & HEAVY


def test_a_command_is_loaded_only_when_it_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW, "--help"], capture_output=True, text=True, check=False
    )

    assert "asyncorch.cli.run" not in done.stderr.split()
