"""npm: package.json with a build script; dependencies first, then the build, then a package.

A package.json without name or version is an application that npm cannot pack: it is built only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asyncorch.build.base import BuildCommand, BuildContext, has_file, lacks

name = "npm"

QUIET = ("--no-audit", "--no-fund")


def found(folder: Path) -> bool:
    scripts = _manifest(folder).get("scripts")
    return isinstance(scripts, dict) and bool(scripts.get("build"))


def missing(context: BuildContext) -> str | None:
    return lacks(context, "npm", "install Node.js with npm (Debian: `apt install nodejs npm`)")


def commands(context: BuildContext) -> tuple[BuildCommand, ...]:
    build = BuildCommand("npm-build", "Building with npm", ("npm", "run", "build"))
    return (*_install(context.folder), build, *_pack(context))


def packages(context: BuildContext) -> tuple[Path, ...]:
    return tuple(sorted(context.output.glob("*.tgz")))


def _install(folder: Path) -> tuple[BuildCommand, ...]:
    argv: tuple[str, ...]
    if has_file(folder, "package-lock.json", "npm-shrinkwrap.json"):
        argv = ("npm", "ci", *QUIET)
    elif _needs_packages(_manifest(folder)):
        # No lock file of the build's own making: the next build would take it for the project's.
        argv = ("npm", "install", "--no-package-lock", *QUIET)
    else:
        return ()
    return (BuildCommand("npm-install", "Installing with npm", argv),)


def _needs_packages(manifest: Mapping[str, Any]) -> bool:
    kinds = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
    return any(manifest.get(kind) for kind in (*kinds, "workspaces"))


def _pack(context: BuildContext) -> tuple[BuildCommand, ...]:
    manifest = _manifest(context.folder)
    if not (manifest.get("name") and manifest.get("version")):
        return ()
    # Its scripts would run the build a second time.
    argv = ("npm", "pack", "--ignore-scripts", "--pack-destination", str(context.output))
    return (BuildCommand("npm-pack", "Packing with npm", argv),)


def _manifest(folder: Path) -> dict[str, Any]:
    """Return package.json, empty when there is none that npm would take."""
    try:
        manifest = json.loads((folder / "package.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
