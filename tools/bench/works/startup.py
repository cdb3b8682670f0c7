"""What it takes to say a word: versions, help and completion, over the bare interpreter."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from contest import Command, Contender, Work
from measuring import PROGRAM
from surroundings import program

NAME = "startup"
BARE = "python -c pass"
OURS = ("asyncorch --version", "asyncorch --help", "asyncorch, completion")
_PEERS = ("make", "ninja", "just", "task", "parallel", "doit", "snakemake")
_COMPLETE = {
    "_ASYNCORCH_COMPLETE": "bash_complete",
    "COMP_WORDS": "asyncorch run --",
    "COMP_CWORD": "2",
}


def works(*, quick: bool) -> Iterator[Work]:
    version, words, complete = OURS
    yield Work(
        NAME,
        "saying a word: --version, --help, completion",
        [
            _saying(BARE, (sys.executable, "-c", "pass")),
            _saying(version, (*PROGRAM, "--version")),
            _saying(words, (*PROGRAM, "--help")),
            Contender(
                complete, lambda _: Command((program("asyncorch") or "asyncorch",), _COMPLETE)
            ),
            *(
                _saying(f"{name} --version", (program(name) or name, "--version"), name)
                for name in _PEERS
            ),
        ],
        rounds=3 if quick else 11,
        patience=5,
    )


def _saying(name: str, argv: tuple[str, ...], needs: str = "") -> Contender:
    return Contender(name, lambda _: Command(argv), needs=needs)
