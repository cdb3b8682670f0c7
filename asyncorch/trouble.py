"""What the machine refuses (space, descriptors, memory), told apart from everybody's mistakes."""

from __future__ import annotations

import errno
import os

# What no program can mend by itself; other OSErrors are somebody's mistake.
_WORDS = {
    errno.EMFILE: "no more files may be open (see `ulimit -n`)",
    errno.EAGAIN: "no more processes may be started (see `ulimit -u`, and pids.max of a container)",
}
_MACHINE = _WORDS.keys() | {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENFILE,
    errno.EIO,
    errno.EROFS,
    errno.ENOMEM,
}
_NO_THREAD = "can't start new thread"  # Python says it so, and not by a number


def innermost(error: BaseException) -> BaseException:
    """Return the first exception that a group of them holds."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def machine_trouble(error: BaseException) -> str | None:
    """Return what the machine refused (space, descriptors, ...), or None."""
    if isinstance(error, BaseExceptionGroup):
        _, others = error.split(lambda one: _number(one) is not None)
        if others is not None:
            return None
    cause = innermost(error)
    number = _number(cause)
    if number is None:
        return None
    path = cause.filename if isinstance(cause, OSError) else None
    place = f" ({os.fsdecode(path)})" if isinstance(path, str | bytes) else ""
    return f"the machine refused: {_WORDS.get(number, os.strerror(number))}{place}"


def refusal(cause: BaseException | None) -> BaseException | None:
    """Return why a program could not be started, if the machine and not the program is at fault."""
    return cause if cause is not None and machine_trouble(cause) is not None else None


def _number(error: BaseException) -> int | None:
    """Return the number of what the machine refused, or None."""
    if isinstance(error, OSError) and error.errno in _MACHINE:
        return error.errno
    if isinstance(error, MemoryError):
        return errno.ENOMEM
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return errno.EAGAIN
    return None
