"""The build phase: lay work/build out, run the tool's commands as steps, carry what they made."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

import anyio.to_thread

from asyncorch.build.base import BuildCommand, BuildContext, BuildTool
from asyncorch.build.registry import choose
from asyncorch.build.workspace import prepare
from asyncorch.model import Built, Step
from asyncorch.phasebook import PhaseBook
from asyncorch.plan.globs import expand
from asyncorch.plan.scripts import python
from asyncorch.prepare import VALIDATED, Prepared
from asyncorch.quality import manifest
from asyncorch.quality.ledger import Ledger
from asyncorch.tables import Config


class Build:
    """The build of one run, in work/build."""

    def __init__(
        self,
        prepared: Prepared,
        ledger: Ledger,
        *,
        environ: Mapping[str, str],
        run_one: Callable[[Step], Awaitable[int]],
        judge: Callable[[Built], None],
    ) -> None:
        self._prepared, self._ledger = prepared, ledger
        self._environ, self._run_one, self._judge = environ, run_one, judge
        self._folder = prepared.project.work / "build"

    async def build(self, book: PhaseBook) -> bool:
        """Build with the tool of `[build]`; return False when it failed.

        Steps of the user's own in this phase are the build, unless `tool` names one beside them.
        """
        own_steps = bool(book.phase.steps)
        sources = await anyio.to_thread.run_sync(self._lay_out)
        wished = self._prepared.config.build.tool
        tool = None if own_steps and wished == "auto" else choose(wished, self._folder)
        if tool is None and not own_steps:
            return True
        book.open()
        passed, packages = (True, ()) if tool is None else await self._with(tool, book)
        errors = [row.artifact for item in book.judged for row in item.rows if row.errors]
        named = {sources.get(name, name) for name in errors} & set(sources.values())
        self._judge(Built(passed=passed, named=frozenset(named), packages=packages))
        return passed

    async def _with(self, tool: BuildTool, book: PhaseBook) -> tuple[bool, tuple[str, ...]]:
        context = BuildContext(
            folder=self._folder,
            app=self._prepared.app,
            slots=self._prepared.concurrency,
            python=python(self._prepared.project),
            path=self._environ.get("PATH", os.defpath),
        )
        lacking = tool.missing(context)
        if lacking is not None:
            book.reason = f"{tool.name} is not installed ({lacking})"
            return False, ()
        for command in tool.commands(context):
            if await self._run_one(self._step(book.phase.name, command)) != 0:
                return False, ()
        return True, carry(tool.packages(context), self._prepared.project.target / "packages")

    def _step(self, phase: str, command: BuildCommand) -> Step:
        return Step(
            phase=phase,
            name=command.name,
            command=command.argv,
            title=command.title,
            cwd="work/build",
            slots=self._prepared.concurrency,
            rows=True,
        )

    def _lay_out(self) -> dict[str, str]:
        prepared = self._prepared
        laid, sources = layout(
            prepared.config,
            prepared.project.root,
            self._ledger,
            prepared.snapshot.path if prepared.snapshot else None,
        )
        prepare(self._folder, laid)
        return sources


def layout(
    config: Config, root: Path, ledger: Ledger, originals: Path | None
) -> tuple[dict[str, Path], dict[str, str]]:
    """Return what work/build holds (path: file to copy), and which path is of which source.

    In order, the later over the earlier: the validated trees without what was rejected, the
    originals of what was not promoted (if wished), the promoted artifacts, the overlay.
    """
    laid: dict[str, Path] = {}
    for tree in VALIDATED:
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


def carry(packages: Iterable[Path], target: Path) -> tuple[str, ...]:
    """Copy what the build made to target/packages, each file atomically; return their names."""
    names = []
    for package in packages:
        target.mkdir(parents=True, exist_ok=True)
        fresh = target / f".{package.name}.new"
        shutil.copy2(package, fresh)
        os.replace(fresh, target / package.name)  # noqa: PTH105  # says what it does
        names.append(f"{target.parent.name}/{target.name}/{package.name}")
    return tuple(names)
