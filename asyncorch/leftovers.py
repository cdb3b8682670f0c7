"""Outputs of earlier runs that a tool has left as they were, though it found errors in their file.

They speak of a file that is no more: a run from nothing would not have made them. What the tool has
written now stays, whatever its row says.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


class Leftovers:
    """Remembers what was there before, and removes what is still the same on demand."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._before: dict[str, tuple[int, int]] = {}

    def note(self, outputs: Iterable[str]) -> None:
        """Take note of the outputs that are there before their files are run."""
        for output in outputs:
            state = self._state(output)
            if state is not None:
                self._before[output] = state

    def remove(self, outputs: Iterable[str]) -> None:
        """Remove those of the outputs that nobody has written since."""
        for output in outputs:
            before = self._before.pop(output, None)
            if before is not None and before == self._state(output):
                remove(self._root, output)

    def _state(self, output: str) -> tuple[int, int] | None:
        try:
            info = os.lstat(f"{self._root}/{output}")
        except (OSError, ValueError):
            return None
        return (info.st_ino, info.st_ctime_ns)


def remove(root: Path, output: str) -> None:
    """Remove a file of the project, unless a link leads to its folder: it may lead anywhere."""
    folder = root
    for part in output.split("/")[:-1]:
        folder = folder / part
        if folder.is_symlink():
            return
    with suppress(OSError):
        (root / output).unlink()
