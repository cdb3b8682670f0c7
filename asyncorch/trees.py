"""Folders of files taken as they are: walked and copied without ever following a link.

What cannot or must not be copied is left out and counted, never lost in silence.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field

OUTWARD = "links that lead out"
SPECIAL = "special files"

LeaveOut = Callable[[os.DirEntry[str]], str | None]


class Taken(Struct, frozen=True):
    """What was taken into a folder: how many files, how many bytes, and what was left out, why."""

    files: int = 0
    size: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    below: str | None = None  # the top folder of an archive that was taken for the whole


def copy(source: Path, target: Path, *, leave_out: LeaveOut) -> Taken:
    """Copy what is below `source` to the new folder `target`.

    `leave_out` says of an entry why it is not wanted, or None. Links that stay inside are copied as
    links, the others are left out.
    """
    files = size = 0
    left_out: Counter[str] = Counter()
    root = os.path.realpath(source)
    for folder, entries in _folders(source, lambda e: leave_out(e) or _outward(e, root), left_out):
        (target / folder).mkdir()
        for entry in entries:
            place = target / folder / entry.name
            if entry.is_symlink():
                place.symlink_to(Path(entry.path).readlink())
            else:
                size += _copy_file(entry, place)
            files += 1
    return Taken(files, size, left_out)


def files(root: Path) -> dict[str, os.DirEntry[str]]:
    """Return the files and links below `root` by their paths there."""
    found = {}
    for folder, entries in _folders(root, lambda _: None, Counter()):
        found.update({os.path.join(folder, entry.name): entry for entry in entries})  # noqa: PTH118  # a hundred thousand of them: Path costs five times as much
    return found


def settle(place: Path, *, executable: bool, mtime: float) -> None:
    """Give a written file its time, and its run bit as far as the umask lets others read it."""
    if executable:
        mode = place.stat().st_mode
        place.chmod(mode | (mode & 0o444) >> 2)
    with suppress(OverflowError, ValueError, OSError):  # an archive may claim any time
        os.utime(place, (mtime, mtime))


def _folders(
    root: Path, leave_out: LeaveOut, left_out: Counter[str]
) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
    """Yield each folder, parents first, with its files and links; without recursion."""
    folders = [""]
    while folders:
        folder = folders.pop()
        with os.scandir(root / folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        wanted = []
        for entry in entries:
            why = leave_out(entry) or _special(entry)
            if why:
                left_out[why] += 1
            elif entry.is_dir(follow_symlinks=False):
                folders.append(str(Path(folder, entry.name)))
            else:
                wanted.append(entry)
        yield folder, wanted


def _outward(entry: os.DirEntry[str], root: str) -> str | None:
    if not entry.is_symlink():
        return None
    absolute = os.readlink(entry.path).startswith("/")  # noqa: PTH115  # a link is text here
    inside = (os.path.realpath(entry.path) + os.sep).startswith(root + os.sep)
    return None if inside and not absolute else OUTWARD


def _special(entry: os.DirEntry[str]) -> str | None:
    known = entry.is_symlink() or entry.is_file() or entry.is_dir()
    return None if known else SPECIAL


def _copy_file(entry: os.DirEntry[str], place: Path) -> int:
    shutil.copyfile(entry.path, place)
    stat = entry.stat(follow_symlinks=False)
    settle(place, executable=bool(stat.st_mode & 0o111), mtime=stat.st_mtime)
    return stat.st_size
