"""What a build stands on, and what it leaves: the layout of work/build, and target/packages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from asyncorch.config import Config
from asyncorch.plan.globs import expand
from asyncorch.quality import manifest
from asyncorch.quality.ledger import Ledger


def layout(
    config: Config, root: Path, trees: Iterable[str], ledger: Ledger, originals: Path | None
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return what work/build holds (path: file to copy), and which path is of which source.

    In order, the later over the earlier: the validated trees without what was rejected, the
    originals of what was not promoted (if wished), the promoted artifacts, the overlay.
    """
    laid: dict[str, Path] = {}
    for tree in trees:
        for match in expand(str(root), (f"{tree}/**",)):
            if match.path not in ledger.rejected:
                laid[match.path] = root / match.file
    target = root / config.gate.target
    entries = manifest.read(target)
    prefix = f"{config.build.sources.strip('/')}/" if config.build.sources else ""
    if config.build.unpromoted == "original" and originals is not None:
        promoted = {entry.source for entry in entries.values()}
        missing = sorted(ledger.processed - promoted)
        laid.update({f"{prefix}{s}": originals / s for s in missing if (originals / s).is_file()})
    laid.update({f"{prefix}{name}": target / name for name in entries})
    if config.build.overlay:
        overlay = config.build.overlay.rstrip("/")
        matches = expand(str(root), (f"{overlay}/**",))
        laid.update({match.path: root / match.file for match in matches})
    return laid, {f"{prefix}{name}": entry.source for name, entry in entries.items()}


def named_sources(
    artifacts: Iterable[str], sources: Mapping[str, str], successful: Collection[str]
) -> set[str]:
    """Return the sources that the build's error rows name, whichever name they use."""
    return {sources.get(name, name) for name in artifacts} & set(successful)


def carry(packages: Iterable[Path], target: Path) -> tuple[str, ...]:
    """Copy what the build made to target/packages, each file atomically; return their names."""
    names = []
    for package in packages:
        target.mkdir(parents=True, exist_ok=True)
        fresh = target / f".{package.name}.new"
        shutil.copy2(package, fresh)
        os.replace(fresh, target / package.name)  # noqa: PTH105  # says what it does
        names.append(package.name)
    return tuple(names)
