"""Which tools of a step are too old for a jobserver that is a named pipe.

GNU make takes it since 4.4 (4.3 stops with an error), ninja since 1.13; cargo's older versions pass
over it.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from asyncorch.model import Step
from asyncorch.process import first_line

_WORD = re.compile(r"[^\s;&|()'\"`]+")
_KINDS = {"make": "make", "gmake": "make", "gnumake": "make", "ninja": "ninja", "cargo": "cargo"}
_SINCE = {"make": (4, 4), "ninja": (1, 13)}
_VERSION = re.compile(r"(?:GNU Make )?(\d+)\.(\d+)")


def too_old(step: Step, env: Mapping[str, str], root: Path, known: dict[str, str]) -> str | None:
    """Return what is wrong with a tool that the step calls, or None.

    Of a script we do not know what it calls: the make that it would find decides. `known` keeps
    what programs have said of themselves.
    """
    text = step.command if isinstance(step.command, str) else "\n".join(step.command)
    named = [word for word in _WORD.findall(text) if _name(word) in _KINDS]
    for word in named or ["make"]:
        kind = _KINDS[_name(word)]
        line = _says(word, env, root / step.cwd, known) if kind in _SINCE else None
        if line is not None and (complaint := _complaint(kind, line)) is not None:
            return complaint
    return None


def _complaint(kind: str, line: str) -> str | None:
    version = _VERSION.match(line)
    if version is None:
        return f"this {kind} does not say its version"
    if (int(version[1]), int(version[2])) >= _SINCE[kind]:
        return None
    return f"{kind} {version[1]}.{version[2]} is older than {'.'.join(map(str, _SINCE[kind]))}"


def _name(word: str) -> str:
    return word.rpartition("/")[2]


def _says(word: str, env: Mapping[str, str], cwd: Path, known: dict[str, str]) -> str | None:
    named = str(cwd / word) if "/" in word else word
    program = shutil.which(named, path=env.get("PATH", os.defpath))
    if program is None:
        return None
    if program not in known:
        known[program] = first_line((program, "--version"), env)
    return known[program]
