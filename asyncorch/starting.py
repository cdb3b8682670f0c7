"""The quick way to start a program: posix_spawn, which needs neither a pipe nor a copy of anything.

It starts the program in our own folder and hands on every descriptor that may be inherited, so it
is for a process that has settled in the project's folder and closed its own off (see app.settle).
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from functools import cache

_IGNORED_BY_PYTHON = [getattr(signal, n) for n in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, n)]


def quickly(argv: tuple[str, ...], cwd: str, env: Mapping[str, str], log_fd: int) -> int | None:
    """Start it as the leader of a session and return its id; None: try the thorough way.

    Whatever goes wrong is no failure yet: the thorough way says best what it was.
    """
    try:
        program = shutil.which(argv[0], path=env.get("PATH", os.defpath))
        if program is None or not _is_ours(cwd):
            return None
        return os.posix_spawn(
            program,
            argv,
            env,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, _nothing(), 0),
                (os.POSIX_SPAWN_DUP2, log_fd, 1),
                (os.POSIX_SPAWN_DUP2, log_fd, 2),
            ],
            setsid=True,
            setsigdef=_IGNORED_BY_PYTHON,
        )
    except (OSError, ValueError, NotImplementedError, AttributeError):
        return None


def _is_ours(folder: str) -> bool:
    """Say whether it is the folder that we are in: code of the user's may have gone elsewhere."""
    return os.path.samestat(os.stat("."), os.stat(folder))  # noqa: PTH116  # every process


@cache
def _nothing() -> int:
    return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
