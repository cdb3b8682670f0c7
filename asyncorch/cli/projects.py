"""From a folder's name on the command line to a project."""

from __future__ import annotations

import difflib
import os
import shlex
from pathlib import Path

from asyncorch.errors import ProjectError
from asyncorch.project import Project

SIGNS = ("pipeline.toml", "tools/pipeline", "deliveries")


def absolute(folder: str) -> Path:
    """Return the absolute path under the name the user knows it by: links in it stay."""
    path = Path(folder).expanduser()
    return path.resolve() if ".." in path.parts else path.absolute()


def project_at(folder: str) -> Path:
    """Return the absolute path of a project folder. Raises ProjectError."""
    path = absolute(folder)
    if not os.path.isdir(path):  # noqa: PTH112  # Path.is_dir raises where permission lacks
        there = os.path.lexists(path)
        what = "not a folder" if there else "no such folder"
        raise ProjectError(what, where=folder, hint=None if there else _near(folder, path))
    if not any(os.path.lexists(path / sign) for sign in SIGNS):
        name = "" if folder == "." else f" {shlex.quote(folder)}"
        hint = f"`asyncorch init{name}` makes it one"
        what = "not a project: it has no pipeline.toml, no tools/pipeline and no deliveries"
        raise ProjectError(what, where=folder, hint=hint)
    return path


def new_folder(folder: str) -> Path:
    """Return the absolute path of a folder that may be there or not. Raises ProjectError."""
    path = absolute(folder)
    if os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112  # as above
        raise ProjectError("not a folder", where=folder)
    return path


def configured(root: Path) -> Project:
    """Return the project with its deliveries where pipeline.toml says they are."""
    from asyncorch import config  # noqa: PLC0415  # `--help` and completion load no engine

    project = Project(root)
    return Project(root, config.load(project).deliveries)


def _near(folder: str, path: Path) -> str | None:
    """Return the sibling that was probably meant."""
    try:
        siblings = [entry.name for entry in os.scandir(path.parent) if entry.is_dir()]
    except OSError:
        return None
    close = difflib.get_close_matches(path.name, siblings, n=1)
    return f"did you mean `{Path(folder).parent / close[0]}`?" if close else None
