"""Python: every source is compiled by the project's interpreter, what compiles becomes a wheel.

The compiler is asked first and apart, because packaging alone packs broken files and says nothing.
Both programs run by their path and with a safe sys.path: the build folder may hold an `os.py`.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

from asyncorch.build.base import BuildCommand, BuildContext, has_file

name = "python"

HERE = Path(__file__).resolve().parent


def found(folder: Path) -> bool:
    return has_file(folder, "setup.py") or _is_project(folder / "pyproject.toml")


def _is_project(file: Path) -> bool:
    """Tell whether a pyproject.toml says how to build, or only holds the settings of tools."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return False
    except (ValueError, RecursionError):
        return True  # the backend will say what is wrong with it
    return "project" in tables or "build-system" in tables


def has_sources(folder: Path) -> bool:
    """Tell whether there is any .py file below the folder."""
    return any(
        file.endswith(".py") for _, _, files in os.walk(folder, followlinks=False) for file in files
    )


def missing(_: BuildContext) -> str | None:
    if _installed("hatchling") and _installed("build"):
        return None
    return "install what packs a wheel: `pip install 'asyncorch[tools]'`"


def _installed(package: str) -> bool:
    # A folder `build` on sys.path is found too, as a namespace without an origin.
    spec = find_spec(package)
    return spec is not None and spec.origin is not None


def commands(context: BuildContext) -> tuple[BuildCommand, ...]:
    listing = str(context.state / "python.json")
    compiling = _program(context.python, "-I", "pycompile.py")
    # Safe from the build folder, yet not from PYTHONPATH: the packing libraries may be there.
    packing = (*_program(sys.executable, "-P", "pypack.py"), listing, str(context.output))
    what = ("-", context.python) if found(context.folder) else (wheel_name(context.app),)
    return (
        BuildCommand(
            "python-compile", "Compiling Python", (*compiling, str(context.slots), listing)
        ),
        BuildCommand("python-wheel", "Packing a wheel", (*packing, *what)),
    )


def _program(python: str, safe_path: str, file: str) -> tuple[str, ...]:
    # Names of files are UTF-8 in rows and wheels, whatever the locale says.
    return (python, safe_path, "-X", "utf8", str(HERE / file))


def packages(context: BuildContext) -> tuple[Path, ...]:
    return tuple(sorted(context.output.glob("*.whl")))


def wheel_name(app: str) -> str:
    """Return the application's name as a distribution may be called."""
    return re.sub(r"[^a-z0-9]+", "-", app.lower()).strip("-") or "app"
