"""Where the redactor works: between a process and its log, on finished logs, on events.

Only a step that was given secrets writes through a pipe. The log of any other step belongs to its
process, and is looked through afterwards.
"""

from __future__ import annotations

import os
import select
import stat
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from asyncorch.events import Event, RowsSettled
from asyncorch.model import Outcome
from asyncorch.redactor import Redactor

_CHUNK = 1 << 16
_LAST = 1 << 20  # bytes: more than any pipe holds


class Pump:
    """Copies a pipe into a log through a redactor, in a thread of its own; it closes the pipe."""

    def __init__(self, source: int, target: int, redactor: Redactor) -> None:
        self._source, self._target, self._redactor = source, target, redactor
        self._stopped, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._copy, name="redactor", daemon=True)
        self.error: OSError | None = None  # why the log could not be written

    def start(self) -> None:
        self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all who could write have closed the pipe; return whether they have."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Copy what is in the pipe by now, and no more; to be called whatever happened."""
        if self._stop < 0:
            return
        os.write(self._stop, b"x")
        self._thread.join()
        os.close(self._stop)
        os.close(self._stopped)
        self._stop = self._stopped = -1

    def _copy(self) -> None:
        try:
            self._until_end()
            _write(self._target, self._redactor.finish())
        except OSError as error:
            self.error = error
        finally:
            os.close(self._source)  # whoever still writes learns that nobody reads

    def _until_end(self) -> None:
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        poll.register(self._stopped, select.POLLIN)
        left = _LAST
        while left > 0:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if self._source not in ready:
                return
            chunk = os.read(self._source, _CHUNK)
            if not chunk:
                return
            _write(self._target, self._redactor.feed(chunk))
            left -= len(chunk) if self._stopped in ready else 0


# What people read. Names of runs, phases, steps and logs are never masked, however a secret may be
# called: whoever reads a journal goes by them.
_WORDS = frozenset(
    ("text", "hint", "reason", "title", "line", "tail", "command", "env", "params", "metrics")
) | {"first_refused", "reports", "packages"}


def cleaned(event: Event, redactor: Redactor) -> Event:
    """Return an event without the values: of what people read in it, rows excepted."""
    if isinstance(event, RowsSettled):
        return event
    changed: dict[str, Any] = {}
    for name in _WORDS.intersection(event.__struct_fields__):
        old = getattr(event, name)
        new = _cleaned(old, redactor)
        if new != old:
            changed[name] = new
    return replace(event, **changed) if changed else event


def _cleaned(value: object, redactor: Redactor) -> object:
    if isinstance(value, str) and not isinstance(value, Outcome):
        return redactor.text(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(item, redactor) for item in value)
    if isinstance(value, Mapping):
        return {_cleaned(k, redactor): _cleaned(v, redactor) for k, v in value.items()}
    return value


def scan(log: Path, values: Collection[str]) -> int:
    """Take the values out of a finished log, which is replaced whole; return how often they stood.

    Rights and time stay. A log without any of them is only read.
    """
    if not _holds(log, values):
        return 0
    part = log.with_name(f".{log.name[:200]}.part")
    redactor = Redactor(values)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    part.unlink(missing_ok=True)
    try:
        with (
            os.fdopen(_open(log), "rb") as old,
            os.fdopen(os.open(part, flags, 0o600), "wb") as new,
        ):
            while chunk := old.read(_CHUNK):
                new.write(redactor.feed(chunk))
            new.write(redactor.finish())
            new.flush()
            found = os.fstat(old.fileno())
            os.fchmod(new.fileno(), stat.S_IMODE(found.st_mode))
            os.utime(new.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))
            os.fsync(new.fileno())
        part.replace(log)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return redactor.found


def _holds(log: Path, values: Collection[str]) -> bool:
    redactor = Redactor(values)
    with os.fdopen(_open(log), "rb") as stream:
        while chunk := stream.read(_CHUNK):
            redactor.feed(chunk)
            if redactor.found:
                return True
    redactor.finish()
    return redactor.found > 0


def _open(log: Path) -> int:
    return os.open(log, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
