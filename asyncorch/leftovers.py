"""Outputs of earlier runs, removed before their files are run again.

They speak of files that are no more: a run from nothing would not have them, so of a tool that
fails, or writes nothing, the old work must not be taken for new.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def remove_old(root: Path, output: str, begun: float) -> None:
    """Remove an output that nobody has written since the run began (seconds since the epoch)."""
    try:
        changed = os.lstat(f"{root}/{output}").st_ctime
    except (OSError, ValueError):
        return
    if changed < begun:
        remove(root, output)


def remove(root: Path, output: str) -> None:
    """Remove a file of the project, unless a link leads to its folder: it may lead anywhere."""
    folder = root
    for part in output.split("/")[:-1]:
        folder = folder / part
        if folder.is_symlink():
            return
    with suppress(OSError):
        (root / output).unlink()
