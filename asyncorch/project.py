"""The project folder's layout: where everything is, and nothing else."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct


class Project(Struct, frozen=True):
    """A project folder, absolute. The folders below it need not exist yet."""

    root: Path
    deliveries_folder: str = "deliveries"

    @property
    def config(self) -> Path:
        return self.root / "pipeline.toml"

    @property
    def local_config(self) -> Path:
        return self.root / "pipeline.local.toml"

    @property
    def deliveries(self) -> Path:
        return self.root / self.deliveries_folder

    @property
    def tools(self) -> Path:
        return self.root / "tools" / "pipeline"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def target(self) -> Path:
        return self.root / "target"

    @property
    def runlogs(self) -> Path:
        return self.root / "runlogs"


def pack() -> Path:
    """Return the folder of the tools that ship: inside the wheel, or this repository's own."""
    here = Path(__file__).resolve().parent
    inside = here / "pack"
    return inside if inside.is_dir() else here.parent / "tools" / "pipeline"
