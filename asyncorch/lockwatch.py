"""Whether a run holds a project, asked without waiting for its lock or taking it."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

from asyncorch.lock import _who


def holder(work: Path) -> str | None:
    """Say who holds the project whose work folder this is; None: nobody does.

    For the moment of the question the lock is shared: a run that begins in it would be refused.
    """
    try:
        descriptor = os.open(work / ".asyncorch" / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None  # no run has ever been here, or none could be
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        held = error.errno in (errno.EWOULDBLOCK, errno.EACCES)
        return _who(descriptor) if held else None
    finally:
        os.close(descriptor)
    return None
