"""Scripts in tools/pipeline/ are steps: `<phase>-<name>.<any extension>`, without configuration.

A script may carry how it wants to be run in an inline block of PEP 723, in its table
`[tool.asyncorch]`, with the keys of a `[steps.X]` table; pipeline.toml refines that. Scripts with a
run bit are started by their first line, others by their extension. A script that nothing can run is
an error, and never left out in silence.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from asyncorch.config import near, parse_step
from asyncorch.errors import ConfigError
from asyncorch.project import Project
from asyncorch.tables import StepTable

_LEFTOVER = re.compile(
    r"[.#].*|.*~|.*\.(?:bak|orig|rej|swp|swo|tmp|pyc|md|txt|toml)", re.IGNORECASE
)
_OPEN = re.compile(rb"(?m)^(?P<lead>#|//|--|%|;|') /// script[ \t]*\r?$")
_LIBRARY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HEADER_BYTES = 16384


class Script(Struct, frozen=True):
    """A script that is a step: its file (as seen from the project), how to start it, its header."""

    phase: str
    name: str
    file: str
    command: tuple[str, ...]
    table: StepTable
    libraries: tuple[str, ...]
    root: Path

    def command_from(self, cwd: str) -> tuple[str, ...]:
        """Return the command as seen from a folder of the project; "" is the project itself."""
        if not cwd:
            return self.command
        return (*self.command[:-1], str(self.root / self.file))


def discover(
    project: Project, phases: Sequence[str], interpreters: Mapping[str, str]
) -> tuple[dict[str, Script], list[str]]:
    """Return the scripts by `<phase>-<name>`, and warnings about files that look like one.

    Raises ConfigError for a script that nothing can run, for two of one name, and for a header
    that does not fit.
    """
    scripts: dict[str, Script] = {}
    warnings = []
    for path in _candidates(project.tools):
        phase = split_phase(path.stem, phases)
        if phase is None:
            head, dash, _ = path.stem.partition("-")
            if not dash and (meant := _almost(path.stem, phases)):
                warnings.append(
                    f"tools/pipeline/{path.name} is no step: a step is called `{meant}-<name>`"
                )
            if dash:
                hint = near(head, phases)
                warnings.append(
                    f"tools/pipeline/{path.name} is no step: no phase `{head}` ({hint})"
                )
            continue
        script = _script(project, path, phase, interpreters)
        key = f"{phase}-{script.name}"
        if key in scripts:
            other = Path(scripts[key].file).name
            raise ConfigError(
                f"two scripts for step `{key}`: {other} and {path.name}",
                where="tools/pipeline",
                hint="rename or remove one of them",
            )
        scripts[key] = script
    return scripts, warnings


def _almost(stem: str, phases: Sequence[str]) -> str | None:
    """Return the phase that a name without a dash begins with: transform_orders, extract."""
    return next((p for p in phases if re.fullmatch(rf"{re.escape(p)}(?:[_. ].*)?", stem)), None)


def split_phase(key: str, phases: Sequence[str]) -> str | None:
    """Return the phase that `<phase>-<name>` belongs to, the longest that fits, or None."""
    fits = [p for p in phases if key.startswith(f"{p}-") and len(key) > len(p) + 1]
    return max(fits, key=len, default=None)


def python(project: Project) -> str:
    """Return the interpreter for .py scripts: of the project's .venv, else the one that runs us."""
    own = project.root / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def _candidates(folder: Path) -> list[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where="tools/pipeline") from error
    named = (entry for entry in entries if not _LEFTOVER.fullmatch(entry.name))
    # A link that leads nowhere was meant to be a script: it is told, not left out.
    return [Path(e.path) for e in named if e.is_file() or (e.is_symlink() and not e.is_dir())]


def _script(project: Project, path: Path, phase: str, interpreters: Mapping[str, str]) -> Script:
    file = path.relative_to(project.root).as_posix()
    if any(char <= " " or char == "\x7f" for char in path.name):
        hint = "rename it: its name becomes the step's"
        raise ConfigError(
            "a script's name has no spaces or control characters", where=file, hint=hint
        )
    head = _head(path, file)
    command = _command(project, path, file, head, interpreters)
    header = _header(head, file)
    table = parse_step(_own_table(header, file), f"{file}, [tool.asyncorch]")
    name = path.stem[len(phase) + 1 :]
    return Script(phase, name, file, command, table, _libraries(header), project.root)


def _head(path: Path, file: str) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEADER_BYTES)
    except OSError as error:
        hint = "give it back its read permission"
        raise ConfigError(f"cannot be read: {error.strerror}", where=file, hint=hint) from error


def _command(
    project: Project, path: Path, file: str, head: bytes, interpreters: Mapping[str, str]
) -> tuple[str, ...]:
    suffix = path.suffix.removeprefix(".")
    by_kernel = head.startswith((b"#!", b"\x7fELF", b"\xcf\xfa\xed\xfe"))
    if os.access(path, os.X_OK) and by_kernel:
        return (f"./{file}",)
    if suffix in interpreters:
        return (*_words(interpreters[suffix], suffix), file)
    if suffix == "py":
        return (python(project), file)
    if suffix == "sh":
        return ("sh", file)
    raise ConfigError(
        "nothing is known that runs this script",
        where=file,
        hint=f"give it a first line such as `#!/usr/bin/env perl` and a run bit (chmod +x {file}), "
        f'or name its interpreter in pipeline.toml: `[interpreters]` {suffix or "ext"} = "…"',
    )


def _words(text: str, suffix: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        where = "pipeline.toml, [interpreters]"
        raise ConfigError(f"`{suffix}`: {str(error).lower()}", where=where) from error


def _header(head: bytes, file: str) -> dict[str, Any]:
    opened = _OPEN.search(head)
    if opened is None:
        return {}
    lead = opened["lead"].decode()
    lines = []
    for line in head[opened.end() :].decode(errors="replace").splitlines()[1:]:
        if line.rstrip() == f"{lead} ///":
            break
        if not line.startswith(lead):
            raise ConfigError("the block `/// script` is not closed", where=file)
        lines.append(line.removeprefix(lead).removeprefix(" "))
    else:
        raise ConfigError("the block `/// script` is not closed", where=file)
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the block `/// script` is not TOML: {error}", where=file) from error


def _own_table(header: dict[str, Any], file: str) -> dict[str, Any]:
    tool = header.get("tool", {})
    table = tool.get("asyncorch", {}) if isinstance(tool, dict) else None
    if not isinstance(table, dict):
        raise ConfigError("`tool.asyncorch` is no table", where=file)
    return table


def _libraries(header: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of a script's dependencies, as PEP 508 writes them first."""
    wanted = header.get("dependencies", [])
    names = [_LIBRARY.match(word) for word in wanted if isinstance(word, str)]
    return tuple(name[0] for name in names if name)
