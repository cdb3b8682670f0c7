"""Who belongs to a process that we started: its session, and what escaped from it.

Every process of a step carries a mark in its environment, and so does all that it starts. Who has
moved to a session of its own is found by that mark in /proc, whatever its parent is by now. A
program that scrubs its environment can escape; without /proc only the group is known.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

MARK = "ASYNCORCH_PROCESS"


class Family(Struct, frozen=True):
    """A session by its leader, and the mark of those who have left it (None: they have none)."""

    session: int
    mark: str | None

    def members(self) -> list[int]:
        """Return all that live, zombies excluded."""
        return _living(self._belongs)

    def send(self, number: signal.Signals) -> None:
        """Signal the leader's group at once, and everybody else one by one.

        To be called while members live: then the group's number cannot be a stranger's.
        """
        signal_group(self.session, number)
        for pid in self.members():
            _send(pid, number, self._belongs)

    def _belongs(self, folder: str) -> bool:
        return _session_of(folder) == self.session or (
            self.mark is not None and mark_of(folder) == self.mark
        )


def of_marks(wanted: Callable[[str], bool]) -> list[int]:
    """Return the living processes whose mark is wanted."""
    return _living(lambda folder: wanted(mark_of(folder)))


def send_to_marked(pids: list[int], number: signal.Signals, wanted: Callable[[str], bool]) -> None:
    """Signal processes by number, but only while their mark is still the wanted one."""
    for pid in pids:
        _send(pid, number, lambda folder: wanted(mark_of(folder)))


def holders(family: Family, log: Path) -> list[str]:
    """Return who of a family has the log open, by name and number."""
    path = str(log.resolve())
    return [_name(pid) for pid in family.members() if _has_open(pid, path)]


def group_lives(group: int) -> bool:
    """Say whether a group has members, zombies included."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def mark_of(folder: str) -> str:
    """Return the mark of a process by its folder in /proc; "" when it has none."""
    try:
        environ = Path(folder, "environ").read_bytes()
    except OSError:
        return ""
    lead = f"{MARK}=".encode()
    for entry in environ.split(b"\0"):
        if entry.startswith(lead):
            return os.fsdecode(entry[len(lead) :])
    return ""


def _living(belongs: Callable[[str], bool]) -> list[int]:
    try:
        entries = list(os.scandir("/proc"))
    except FileNotFoundError:
        return []
    own = str(os.getpid())
    pids = (entry for entry in entries if entry.name.isdigit() and entry.name != own)
    return [int(e.name) for e in pids if belongs(e.path) and _state_of(e.path) not in ("Z", "X")]


def _send(pid: int, number: signal.Signals, belongs: Callable[[str], bool]) -> None:
    """Signal a process through a descriptor, asked again first: its number may be another's now."""
    if not hasattr(os, "pidfd_open"):
        with suppress(OSError):
            if belongs(f"/proc/{pid}"):
                os.kill(pid, number)
        return
    with suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if belongs(f"/proc/{pid}"):
                signal.pidfd_send_signal(descriptor, number)
        finally:
            os.close(descriptor)


def _fields(folder: str) -> list[bytes]:
    try:
        stat = Path(folder, "stat").read_bytes()
    except OSError:
        return []
    # The name in parentheses may hold anything: the fields are counted from behind it.
    return stat.rpartition(b") ")[2].split()


def _state_of(folder: str) -> str:
    fields = _fields(folder)
    return fields[0].decode() if fields else "X"


def _session_of(folder: str) -> int:
    fields = _fields(folder)
    return int(fields[3]) if fields else 0


def _has_open(pid: int, path: str) -> bool:
    try:
        descriptors = list(os.scandir(f"/proc/{pid}/fd"))
    except OSError:
        return False
    for descriptor in descriptors:
        with suppress(OSError):
            if os.readlink(descriptor.path) == path:  # noqa: PTH115  # may name no file at all
                return True
    return False


def _name(pid: int) -> str:
    try:
        name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        name = "?"
    return f"process {pid} ({name})"
