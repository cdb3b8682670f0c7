"""One run per project: a kernel lock (flock) that dies with its holder, so none can be stale.

The file also says who holds it, for the message; what it says is believed only while it is locked.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import anyio

from asyncorch.errors import ProjectError

_POLL = 0.5


class LockedError(ProjectError):
    """Another run holds the project."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h


@asynccontextmanager
async def locked(work: Path, holder: dict[str, Any], wait: float) -> AsyncIterator[None]:
    """Hold the project's lock; wait up to `wait` seconds for it, then raise LockedError."""
    path = work / ".asyncorch" / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        hint = "the project folder must be writable"
        raise ProjectError(
            f"cannot be written: {error.strerror}", where=str(path), hint=hint
        ) from error
    try:
        await _take(descriptor, wait)
        _tell(descriptor, holder)
        yield
    finally:
        os.close(descriptor)


async def _take(descriptor: int, wait: float) -> None:
    until = anyio.current_time() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                return  # a file system without locks: better run than refuse
            if anyio.current_time() >= until:
                hint = "wait for it with `--wait 1h`, or end it with Ctrl-C or `kill`"
                raise LockedError(_who(descriptor), hint=hint) from error
            await anyio.sleep(_POLL)
        else:
            return


def _tell(descriptor: int, holder: dict[str, Any]) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(holder).encode(), 0)


def _who(descriptor: int) -> str:
    """Say who holds the lock, as far as the file tells."""
    try:
        holder = json.loads(os.pread(descriptor, 4096, 0))
        since = datetime.fromtimestamp(holder["since"]).astimezone().strftime("%H:%M:%S")
        return (
            f"another run holds this project: process {int(holder['pid'])} of {holder['user']} "
            f"on {holder['host']}, since {since}"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "another run holds this project"
