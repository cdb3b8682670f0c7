"""The make that runs us: whether we share its slots, and the pipe that it shares them by."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from asyncorch.makeflags import Outer, outer

_OUT_OF_REACH = (
    "the slots of the make that runs us are out of reach, and not shared: "
    "in the makefile, begin the line that calls asyncorch with `+`"
)


def seek(caller: Mapping[str, str], wished: int | None) -> tuple[Outer | None, tuple[str, ...]]:
    """Return the jobserver of the make that runs us, and what to say of one that is not used.

    `wished` is the concurrency that the user has asked for: as in make, it ends the sharing.
    """
    found = outer(caller)
    if found is None:
        return None, ()
    if wished is not None:
        return None, (f"-j {wished} was given: the slots of the make that runs us are not shared",)
    try:
        for descriptor in set(open_pipe(found)):
            os.close(descriptor)
    except (OSError, ValueError, OverflowError):  # a NUL in the name, or no descriptor's number
        return None, (_OUT_OF_REACH,)
    return found, ()


def open_pipe(found: Outer) -> tuple[int, int]:
    """Open it to read and to write, or raise OSError; reading it will never block us."""
    flags = os.O_NONBLOCK | os.O_CLOEXEC
    if found.fifo:
        _check_one_pipe(os.stat(found.fifo))  # noqa: PTH116  # beside fstat
        both = os.open(found.fifo, os.O_RDWR | flags)
        return both, both
    _check_one_pipe(*map(os.fstat, found.descriptors))
    source, sink = (f"/proc/self/fd/{descriptor}" for descriptor in found.descriptors)
    # Opened anew: O_NONBLOCK on the descriptor itself would be there for make, too.
    reader = os.open(source, os.O_RDONLY | flags)
    try:
        return reader, os.open(sink, os.O_WRONLY | flags)
    except OSError:
        os.close(reader)
        raise


def _check_one_pipe(*ends: os.stat_result) -> None:
    """Refuse what is no pipe: make has closed it, and its numbers stand for something else."""
    if not all(stat.S_ISFIFO(end.st_mode) for end in ends):
        raise OSError("not a pipe")
    if len({(end.st_dev, end.st_ino) for end in ends}) > 1:
        raise OSError("the ends of two pipes")
