"""What files hold, told by their hashes, and whether a name leads to a file without a link."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# The sha256 of each of the named files below a folder; None where there is none. Whoever remembers
# hashes hands in one that need not read what has not changed.
Digests = Callable[[Path, Sequence[str]], Mapping[str, bytes | None]]


def digests(folder: Path, names: Sequence[str]) -> dict[str, bytes | None]:
    """Read all the files."""
    return {name: _digest(f"{folder}/{name}") for name in names}


def _digest(path: str) -> bytes | None:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  # thousands: no Path objects
            return hashlib.file_digest(stream, "sha256").digest()
    except (OSError, ValueError):
        return None


class Tree:
    """A folder as it stands: what it has been asked about its folders, it remembers."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._real = {"": True}

    def has_file(self, name: str) -> bool:
        """Say whether the name is of a regular file, and no part of the way to it is a link."""
        return self._is_real(name.rpartition("/")[0]) and stat.S_ISREG(self._mode(name))

    def _is_real(self, folder: str) -> bool:
        if folder not in self._real:
            above = self._is_real(folder.rpartition("/")[0])
            self._real[folder] = above and stat.S_ISDIR(self._mode(folder))
        return self._real[folder]

    def _mode(self, name: str) -> int:
        try:
            return os.lstat(f"{self._root}/{name}").st_mode
        except (OSError, ValueError):
            return 0
