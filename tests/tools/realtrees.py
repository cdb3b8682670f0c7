"""Real trees to try the tools on: found on the machine, or fetched by name and unpacked.

Nothing of what is fetched is ever run, no registry is named (each client is asked as this machine
has it set up), and no archive can write outside its folder. Who lacks a client or the network is
told so and passes the test over; on CI nothing is passed over.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

import pytest

from tests.tools.toolrun import PACK

sys.path.append(str(PACK.parent / "bench"))

from sdists import UnreachableError, fetch

LIBRARY = Path(sysconfig.get_path("stdlib"))
NOT_OF_IT = shutil.ignore_patterns("site-packages", "dist-packages", "__pycache__")
JAVA = ("ant", "libcommons-lang-java")
JAVASCRIPT = ("eslint@8.57.0", "lodash@4.17.21", "rxjs@7.8.1")
OLD_PYTHON = ("Twisted==10.1.0", "Zope2==2.12.0", "bzr==2.6.0")
# How a line of apt's sources says that it is about programs: changed to the sources of those.
BINARY = re.compile(r"^(deb(?=\s)|Types:.*)", re.MULTILINE | re.IGNORECASE)


def lacking(reason: str) -> NoReturn:
    """Pass the test over, and say what to install; on CI, where all is installed, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def library(target: Path) -> None:
    """Copy the standard library of the Python that runs this."""
    shutil.copytree(LIBRARY, target, symlinks=True, ignore=NOT_OF_IT)


def java(target: Path) -> None:
    """Unpack Apache Ant, which is much Java in little space, and Java of the year 2001."""
    _need("apt-get", "Debian and its kin have it, and it fetches source packages")
    scratch = _beside(target)
    apt = ("apt-get", *_apt_options(scratch))
    # What some other archive of this machine answers does not matter, if only the package comes.
    before = _run(*apt, "update", cwd=scratch)
    if told := _run(*apt, "source", "--download-only", *JAVA, cwd=scratch):
        lacking(f"Debian's source packages `{' '.join(JAVA)}` cannot be had: {told} {before}")
    _unpack(scratch.glob("*.tar.*"), target)


def javascript(target: Path) -> None:
    """Unpack three packages: JavaScript of three ages, TypeScript, what a compiler made of it."""
    _need("npm", "it comes with Node.js, and fetches packages of JavaScript")
    scratch = _beside(target)
    if told := _run(
        "npm", "pack", "--ignore-scripts", "--loglevel=error", *JAVASCRIPT, cwd=scratch
    ):
        lacking(f"npm cannot fetch `{' '.join(JAVASCRIPT)}`: {told}")
    _unpack(scratch.glob("*.tgz"), target)


def old_python(target: Path) -> None:
    """Unpack three projects of the 2-era."""
    try:
        for requirement in OLD_PYTHON:
            fetch(requirement, target)
    except ModuleNotFoundError as error:
        lacking(f"`pip install pip unearth`, which find source distributions: {error}")
    except UnreachableError as error:
        lacking(f"no package index: {error}")


TREES: Mapping[str, Callable[[Path], None]] = MappingProxyType(
    {"library": library, "java": java, "javascript": javascript, "old-python": old_python}
)


def _beside(target: Path) -> Path:
    scratch = target.with_name(f"{target.name}.fetched")
    scratch.mkdir(parents=True)
    return scratch


def _need(program: str, reason: str) -> None:
    if not shutil.which(program):
        lacking(f"`{program}` is not installed: {reason}")


def _run(*command: str, cwd: Path) -> str:
    """Run it to its end, and return what it complained of if it failed."""
    done = subprocess.run(
        command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    said = done.stderr.decode("utf-8", "replace").strip()
    return (said[-400:] or f"exit {done.returncode}") if done.returncode else ""


def _unpack(archives: Iterable[Path], target: Path) -> None:
    """Unpack each into a folder of its own: those of npm all have the same folder in them."""
    for archive in sorted(archives):
        folder = target / re.sub(r"\.(tgz|tar\.\w+)$", "", archive.name)
        folder.mkdir(parents=True)
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")


def _apt_options(scratch: Path) -> list[str]:
    """Let apt work as any user, in a folder of its own, with this machine's archives of sources."""
    parts = scratch / "sources"
    for folder in (
        parts,
        scratch / "lists" / "partial",
        scratch / "cache" / "archives" / "partial",
    ):
        folder.mkdir(parents=True)
    for file in _apt_sources():
        text = BINARY.sub(_of_sources, file.read_text("utf-8", "replace"))
        (parts / file.name).write_text(text, "utf-8")
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": parts,
        "Dir::State::lists": scratch / "lists",
        "Dir::Cache": scratch / "cache",
        "APT::Sandbox::User": "",  # who is root stays it: nobody else may write to the folder
        "Acquire::Retries": 3,
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _of_sources(found: re.Match[str]) -> str:
    return "deb-src" if found[1].lower() == "deb" else "Types: deb-src"


def _apt_sources() -> list[Path]:
    """Return the files that say which archives this machine uses; what else is there is no list."""
    asked = ("apt-config", "shell", "LIST", "Dir::Etc::sourcelist/f", "PARTS",
             "Dir::Etc::sourceparts/f")  # fmt: skip
    told = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
    where = dict(re.findall(r"^(\w+)='(.*)'$", told, re.MULTILINE))
    parts = Path(where["PARTS"])
    found = [parts.glob("*.list"), parts.glob("*.sources"), [Path(where["LIST"])]]
    return sorted(file for each in found for file in each if file.is_file())
