"""A made-up project, and the shipped tools run in it as the runner runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACK = Path(__file__).parents[2] / "tools" / "pipeline"
ROW = re.compile(r"\| (.*) \| (\d+) \|")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ASYNCORCH_")}


@dataclass(frozen=True, slots=True)
class Done:
    """How a tool ended, and what it said."""

    status: int
    lines: list[str]
    errors: str

    @property
    def rows(self) -> dict[str, int]:
        found = [ROW.fullmatch(line) for line in self.lines]
        return {row[1]: int(row[2]) for row in found if row}

    def said(self, words: str) -> bool:
        return any(words in line for line in self.lines)


@dataclass(frozen=True, slots=True)
class Pack:
    """A project folder and the tools, by default this repository's own."""

    root: Path
    tools: Path = PACK

    def deliver(self, files: Mapping[str, str | bytes], snapshot: str = "s1") -> Path:
        folder = self.root / "deliveries" / snapshot
        folder.mkdir(parents=True, exist_ok=True)
        self.write(files, folder)
        return folder

    def write(self, files: Mapping[str, str | bytes], folder: Path) -> None:
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def validated(self, files: Mapping[str, str | bytes], tree: str = "sources") -> None:
        self.write(files, self.root / "work" / "validated" / tree)

    def extracted(self, files: Mapping[str, str | bytes], tree: str = "sources") -> None:
        self.write(files, self.root / "work" / "extracted" / tree)

    def run(self, tool: str, *words: str, **env: str) -> Done:
        script = str(self.tools / f"{tool}.py")
        done = subprocess.run(
            [sys.executable, script, *words],
            cwd=self.root,
            env=CLEAN | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        return Done(done.returncode, done.stdout.decode().splitlines(), done.stderr.decode())

    def extract(self, **env: str) -> list[Done]:
        kinds = ("source-files", "config-files", "data-files", "metadata")
        return [self.run(f"extract-{kind}", **env) for kind in kinds]

    def fan_out(self, tool: str, *folders: str, **env: str) -> Done:
        """Run a tool on every file below folders of work/, all in one batch."""
        names = [f"work/{at}/{path}" for at in folders for path in self.files(f"work/{at}")]
        assert names, folders
        return self.run(tool, *names, **env)

    def files(self, folder: str) -> dict[str, bytes]:
        """Return path and content of every file, and of links what they point at."""
        root = self.root / folder
        found = sorted(path for path in root.rglob("*") if not path.is_dir() or path.is_symlink())
        return {
            str(path.relative_to(root)): str(path.readlink()).encode()
            if path.is_symlink()
            else path.read_bytes()
            for path in found
        }

    def stamps(self, folder: str = "work") -> dict[str, tuple[int, int]]:
        """Return what would change if a file were written anew."""
        found = [path for path in (self.root / folder).rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}

    def inventory(self) -> dict[str, dict[str, Any]]:
        found = json.loads((self.root / "work/extracted/inventory.json").read_bytes())
        return {record["path"]: record for record in found["files"]}
