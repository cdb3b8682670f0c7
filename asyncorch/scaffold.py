"""A new project's files: pipeline.toml, the tools that ship, a place for data, a class to extend.

What is there already is kept as it is. A file appears whole or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from msgspec import Struct

from asyncorch.errors import ProjectError
from asyncorch.project import pack

CONFIG = """\
# Every key is optional; `asyncorch schema` prints all of them, `asyncorch check` checks this file.
{name}orchestrator = "pipeline_orchestrator:Orchestrator"   # phases and seams in code

# concurrency = 8                  # processes at once; default: the CPUs this process may use
# env_files = [".env"]             # variables for every step, beside the table [env]

# [modes]                          # a name, and the phases it runs
# check = ["extract", "validate"]

# [steps.extract-ddl]              # refines tools/pipeline/extract-ddl.*, or adds a step
# run = ["sqlplus", "-S", "@export.sql"]
# timeout = "10m"
# retries = 2

[gate]
pattern = '\\|\\s*([^|]+?)\\s*\\|\\s*0\\s*\\|'   # names without an extension, too
# minimum = 0.90                   # the run fails below this success rate
"""
CLASS = '''\
"""This project's pipeline in code; pipeline.toml names the class, so `asyncorch run` uses it.

`python pipeline_orchestrator.py` opens the interactive workflow.
"""

from __future__ import annotations

from asyncorch import PipelineOrchestrator
from asyncorch.cli.main import interactive


class Orchestrator(PipelineOrchestrator):
    """A coroutine method `<name>_phase` is one more phase, which modes can name:

    async def deploy_phase(self, environment: str) -> bool:
        return await self.run_command(f"./deploy.sh {environment}", "Deploying") == 0
    """


def main() -> None:
    interactive()


if __name__ == "__main__":
    main()
'''
IGNORED = """\
/work/
/target/
/logs/
/runlogs/
__pycache__/
.env
pipeline.local.toml
"""
EXAMPLE = """\
#!/bin/sh
# The step `files` of phase extract. Any file tools/pipeline/<phase>-<name>.<extension> is a step,
# in any language: it runs in the project's folder, what it prints is its log, and an exit status
# other than 0 is a failure. The phases are extract, validate, analyze, transform and build.
set -eu
echo "application $ASYNCORCH_APP, snapshot ${ASYNCORCH_SNAPSHOT:-none}"
if [ -n "${ASYNCORCH_SNAPSHOT_DIR:-}" ]; then
    mkdir -p "$ASYNCORCH_WORK/extracted"
    cp -R "$ASYNCORCH_SNAPSHOT_DIR/." "$ASYNCORCH_WORK/extracted/"
    find "$ASYNCORCH_WORK/extracted" -type f
fi
"""
TEMPLATES = {
    "full": "the tools that ship: extract, validate, analyze, transform",
    "empty": "no tools but one example, a shell script",
}
NEEDED = {  # what the tools import, and the extra that brings it
    "ast_grep_py": "ast-grep-py",
    "charset_normalizer": "charset-normalizer",
    "fissix": "fissix",
    "ruff": "ruff",
    "yaml": "pyyaml",
}
EXTRA = "pip install 'asyncorch[tools]'"


class Written(Struct, frozen=True):
    """A file of the project, as seen from its folder; not new: it was there and was kept."""

    path: str
    new: bool


def write(root: Path, template: str) -> list[Written]:
    """Write a project into `root`, which need not exist. Raises ProjectError."""
    tools = _tools() if template == "full" else [("tools/pipeline/extract-files.sh", EXAMPLE, True)]
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / "deliveries").mkdir(exist_ok=True)
        return [_put(root, *file) for file in (*_own(root), *tools)]
    except OSError as error:
        where = os.fsdecode(error.filename) if error.filename else str(root)
        raise ProjectError(f"cannot be written: {error.strerror}", where=where) from error


def missing_packages(find: Callable[[str], object] = find_spec) -> list[str]:
    """Return the packages that the shipped tools need and this Python does not find."""
    return [package for module, package in NEEDED.items() if find(module) is None]


def _own(root: Path) -> Iterator[tuple[str, str, bool]]:
    name = root.name
    line = f"name = {json.dumps(name, ensure_ascii=False)}\n" if name.isprintable() else ""
    yield "pipeline.toml", CONFIG.replace("{name}", line), False
    yield "pipeline_orchestrator.py", CLASS, False
    yield ".gitignore", IGNORED, False


def _tools() -> Iterator[tuple[str, bytes, bool]]:
    """Yield the files of the pack in the order of their paths."""
    root = pack()
    for path in sorted(root.rglob("*")):
        below = path.relative_to(root)
        leftover = any(part.startswith((".", "__pycache__")) for part in below.parts)
        if path.is_file() and not leftover:
            yield f"tools/pipeline/{below}", path.read_bytes(), os.access(path, os.X_OK)


def _put(root: Path, name: str, content: str | bytes, executable: bool) -> Written:  # noqa: FBT001  # one caller, from a table
    place = root / name
    if os.path.lexists(place):
        return Written(name, new=False)
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    aside.write_bytes(content.encode() if isinstance(content, str) else content)
    if executable:
        mode = aside.stat().st_mode
        aside.chmod(mode | (mode & 0o444) >> 2)
    aside.rename(place)
    return Written(name, new=True)
