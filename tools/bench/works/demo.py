"""The demo's whole pipeline, beside the shell script that people have for such work today.

The script runs the same tools one after another, one file a process. Where `--long` does not ask
for all of it, it takes every so many files of each step that works file by file, in a project that
has been run before, and `estimated` says what all files would have taken.
"""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from contest import Command, Contender, Work, prepared
from measuring import PROGRAM
from projects import OURS, running

NAME = "demo"
SCRIPT = "sh, one after another"
_SAMPLE = 60  # files of each step
_PHASES = ("extract", "validate", "analyze", "transform")
_BLOCK = re.compile(r"^# /// script$(.+?)^# ///$", re.MULTILINE | re.DOTALL)
_MAKE = (*PROGRAM, "demo", ".")
_SNAPSHOT = "snapshot-2"
_ONCE = """\
begun=$(date +%s.%N)
{command} >logs/script.log 2>&1
echo "$begun $(date +%s.%N) 1 1" >>times
"""
_A_FILE = """\
find {folders} -type f | sort >files
all=$(wc -l <files)
every=$(({sample} ? (all + {sample} - 1) / {sample} : 1))
awk "(NR - 1) % $every == 0" files >taken
begun=$(date +%s.%N)
while read -r file; do {command} "$file" >>logs/script.log 2>&1 </dev/null; done <taken
echo "$begun $(date +%s.%N) $all $(wc -l <taken)" >>times
"""


def works(*, quick: bool, long: bool) -> Iterator[Work]:
    sample = 0 if long else 5 if quick else _SAMPLE
    yield Work(
        NAME,
        "the demo's whole pipeline, -j 2",
        [
            Contender(OURS, _ours),
            Contender(SCRIPT, partial(_script, sample=sample), figures=_estimated),
        ],
        rounds=1,
    )


def _ours(folder: Path) -> Command:
    prepared((*_MAKE, "--dry-run"), folder)
    return running("-j", "2")


def _script(folder: Path, sample: int) -> Command:
    prepared((*_MAKE, "-j", "2", *(() if sample else ("--dry-run",))), folder)
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "rejected").touch()
    (folder / "times").write_text("")
    tools = (tool for phase in _PHASES for tool in _in_order(folder, phase))
    parts = [_part(path, about, sample) for path, about in tools]
    compiling = f"{shlex.quote(sys.executable)} -m compileall -q -f work/transformed"
    parts.append(_ONCE.format(command=compiling))
    (folder / "all.sh").write_text("".join(parts))
    return Command(("sh", "all.sh"), _environment(folder))


def _in_order(folder: Path, phase: str) -> list[tuple[Path, dict[str, Any]]]:
    """Return the phase's tools and what each says of itself, those first that need nobody."""
    found = [
        (path, _about(path)) for path in sorted((folder / "tools/pipeline").glob(f"{phase}-*"))
    ]
    return sorted(found, key=lambda tool: bool(tool[1].get("needs")))


def _about(path: Path) -> dict[str, Any]:
    block = _BLOCK.search(path.read_text())
    text = re.sub("^# ?", "", block[1], flags=re.MULTILINE) if block else ""
    about: dict[str, Any] = tomllib.loads(text).get("tool", {}).get("asyncorch", {})
    return about


def _part(path: Path, about: dict[str, Any], sample: int) -> str:
    command = shlex.join((sys.executable, f"tools/pipeline/{path.name}"))
    if "foreach" not in about:
        return _ONCE.format(command=command)
    globs = about["foreach"] if isinstance(about["foreach"], list) else [about["foreach"]]
    folders = " ".join(glob.partition("/*")[0] for glob in globs)
    return _A_FILE.format(command=command, folders=folders, sample=sample)


def _environment(folder: Path) -> dict[str, str]:
    """Return what the tools are promised, as the script's author would export it."""
    places = {
        "PROJECT": folder,
        "SNAPSHOT": _SNAPSHOT,
        "SNAPSHOT_DIR": folder / "deliveries" / _SNAPSHOT,
        "APP": "demo",
        "WORK": folder / "work",
        "TARGET": folder / "target",
        "RUN_ID": "script",
        "LOG_DIR": folder / "logs",
        "REJECTED": folder / "rejected",
    }
    return {f"ASYNCORCH_{name}": str(value) for name, value in places.items()}


def _estimated(folder: Path) -> dict[str, float]:
    """Return what the script would have taken with all files, and how many it took of them."""
    lines = [line.split() for line in (folder / "times").read_text().splitlines()]
    times = [tuple(float(word) for word in line) for line in lines]
    return {
        "estimated": sum((end - begun) * of / max(1, taken) for begun, end, of, taken in times),
        "processes": sum(taken for _, _, _, taken in times),
        "processes of the whole": sum(of for _, _, of, _ in times),
    }
