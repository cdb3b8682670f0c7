"""What the machine refuses (space, descriptors, memory), told apart from everybody's mistakes."""

from __future__ import annotations

import errno

# What no program can mend by itself; other OSErrors are somebody's mistake.
_MACHINE = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EROFS, errno.ENOMEM)
)


def innermost(error: BaseException) -> BaseException:
    """Return the first exception that a group of them holds."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def machine_trouble(error: BaseException) -> str | None:
    """Return what the machine refused (space, descriptors, ...), or None."""
    if isinstance(error, BaseExceptionGroup):
        _, others = error.split(OSError)
        if others is not None:
            return None
    cause = innermost(error)
    if not isinstance(cause, OSError) or cause.errno not in _MACHINE:
        return None
    place = f" ({cause.filename})" if cause.filename else ""
    return f"the machine refused: {cause.strerror or cause}{place}"
