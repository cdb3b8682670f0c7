"""Snapshots from git: one shallow clone without questions, and without git's own files."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from asyncorch import archives, trees
from asyncorch.errors import ProjectError
from asyncorch.trees import Taken

SCHEMES = ("https", "ssh", "git", "http", "file")
_URL = re.compile(r"([A-Za-z0-9+.-]+)(://|::)")
_SHORT = re.compile(r"[\w.-]+@[\w.-]+:.+")  # git@host:team/shop.git
_OF_ANOTHER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")  # set inside a git hook
_CREDENTIALS = re.compile(r"//[^/@\s]*@")


def is_url(source: str) -> bool:
    """Tell whether the source is git's business; what is on the disk under that name is not."""
    if os.path.lexists(source):
        return False
    return bool(_URL.match(source) or _SHORT.fullmatch(source))


def is_git(entry: os.DirEntry[str]) -> str | None:
    """Say why an entry of a working copy is no data; for `trees.copy`."""
    return "git's own files" if entry.name == ".git" else None


def clone(url: str, into: Path, *, environ: Mapping[str, str]) -> Taken:
    """Clone the newest commit of `url` to the new folder `into`. Raises ProjectError."""
    _check(url)
    working_copy = into.with_name(into.name + ".clone")
    # `--`: a URL is never an option.
    argv = ["git", "clone", "--quiet", "--depth", "1", "--no-recurse-submodules", "--", url]
    try:
        done = subprocess.run(
            [*argv, str(working_copy)],
            env=_without_questions(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        hint = "install git, or download the files and add the folder"
        raise ProjectError("git is not installed", hint=hint) from error
    if done.returncode:
        raise _failed(url, done.stderr.decode(errors="replace"))
    return trees.copy(working_copy, into, leave_out=is_git)


def _check(url: str) -> None:
    scheme = _URL.match(url)
    if scheme and (scheme[2] == "::" or scheme[1].lower() not in SCHEMES):
        # `ext::` and its like run any command that the URL names.
        hint = "git URLs may begin with " + ", ".join(f"{name}://" for name in SCHEMES)
        raise ProjectError(f"`{scheme[0]}` is not taken", where=_shown(url), hint=hint)


def _without_questions(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if name not in _OF_ANOTHER}
    return {
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        **kept,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_ALLOW_PROTOCOL": ":".join(SCHEMES),  # redirects and the repository's own words too
    }


def _failed(url: str, output: str) -> ProjectError:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith("fatal: ")] or lines[-1:]
    why = fatal[0].removeprefix("fatal: ") if fatal else "git said nothing"
    hint = "try `git ls-remote` with this URL: asyncorch asks for no password"
    if url.endswith(archives.SUFFIXES):
        hint = "archives are taken from the disk: download it first"
    return ProjectError(f"git cannot clone it: {_shown(why)}", where=_shown(url), hint=hint)


def _shown(text: str) -> str:
    return _CREDENTIALS.sub("//…@", text)
