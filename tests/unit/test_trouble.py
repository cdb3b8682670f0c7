"""What the machine refuses is told apart from mistakes, and in words."""

from __future__ import annotations

import errno
import os

import pytest

from asyncorch.trouble import machine_trouble, refusal


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "x", "/a"), "the machine refused: No space left on device (/a)"),
        (OSError(errno.ENOSPC, "x", b"/a"), "the machine refused: No space left on device (/a)"),
        (OSError(errno.EMFILE, "x"), "the machine refused: no more files may be open"),
        (OSError(errno.EAGAIN, "x", "sh"), "the machine refused: no more processes may be started"),
        (RuntimeError("can't start new thread"), "the machine refused: no more processes"),
        (MemoryError(), "the machine refused: Cannot allocate memory"),
    ],
)
def test_what_the_machine_refuses_has_words(error: Exception, words: str) -> None:
    for raised in (error, ExceptionGroup("g", [ExceptionGroup("h", [error])])):
        told = machine_trouble(raised)
        assert told is not None
        assert told.startswith(words)
    assert refusal(error) is error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOENT, os.strerror(errno.ENOENT)),
        RuntimeError("odd"),
        ExceptionGroup("g", [OSError(errno.ENOSPC, "x"), ValueError("a bug")]),
    ],
)
def test_everything_else_is_somebodys_mistake(error: Exception) -> None:
    assert machine_trouble(error) is None
    assert refusal(error) is None
    assert refusal(None) is None
