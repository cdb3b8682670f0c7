"""Fetch source distributions from a package index and unpack them, without running any of them.

`pip download` would run a setup.py to learn what a distribution needs. Here unearth finds the link
and checks the hash that the index names, and tarfile's `data` filter unpacks.

    python tools/bench/sdists.py FOLDER Twisted==10.1.0 Django==1.2.1

The index is pip's (PIP_INDEX_URL). What is there already is not fetched again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path


class UnreachableError(Exception):
    """The index does not answer, or has no such distribution."""


def fetch(requirement: str, folder: Path) -> Path:
    """Return the folder of the unpacked distribution, below `folder`."""
    place = folder / requirement.replace("==", "-")
    if place.is_dir():
        return place
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        made = Path(scratch) / "unpacked"
        unpack(_download(requirement, Path(scratch)), made)
        made.rename(place)
    return place


def unpack(archive: Path, target: Path) -> None:
    target.mkdir()
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as file:
            file.extractall(target)  # noqa: S202  # it makes no links, and takes `..` out of names
        return
    with tarfile.open(archive) as file:
        file.extractall(target, filter="data")


def _index_of_pip() -> str:
    """Return the index that pip is set up for, or else the one it is made for."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        check=False,
        capture_output=True,
        text=True,
    )
    from pip._internal.models.index import PyPI  # noqa: PLC0415  # nobody else knows its address

    return asked.stdout.strip() or str(PyPI.simple_url)


def _download(requirement: str, scratch: Path) -> Path:
    from unearth import PackageFinder  # noqa: PLC0415 (who has the folder already needs none)

    index = os.environ.get("PIP_INDEX_URL") or _index_of_pip()
    finder = PackageFinder(index_urls=[index], no_binary=[":all:"])
    try:
        best = finder.find_best_match(requirement).best
        archive = finder.download(best.link, location=scratch) if best else None
    except Exception as error:  # unearth lets those of its transport through, which share no base
        raise UnreachableError(f"{requirement}: {error}") from error
    if archive is None:
        raise UnreachableError(f"{requirement}: no source distribution found")
    return Path(archive)


def main(argv: list[str]) -> int:
    if len(argv) < 2:  # noqa: PLR2004 (a folder and a package)
        print(__doc__, file=sys.stderr)
        return 2
    for requirement in argv[1:]:
        print(fetch(requirement, Path(argv[0])))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except UnreachableError as error:
        sys.exit(f"error: {error}")
