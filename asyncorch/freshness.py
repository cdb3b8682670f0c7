"""Which files of a step need not be run again: nothing that matters has changed since.

What matters is the command, the script and the program that runs it, the environment that the user
set, parameters, what the step `uses`, the libraries its script names, the application: the parts
that all files of a step share; and the file's own path and content. A result stands while all that
is the same and its outputs are still what was written. A step of the user's own that names neither
outputs nor uses is never taken for fresh; deaths and timeouts are never remembered.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

from msgspec import Struct

from asyncorch.freshstore import Store
from asyncorch.model import Step
from asyncorch.plan.globs import expand

WHOLE = ""  # the name under which a step without a fan-out keeps its result
_WORD = re.compile(r"[^\s'\"`|&;<>()=$]+")  # of a command for the shell


class Matters(Struct, frozen=True):
    """What fingerprints hold beside the step and its files."""

    app: str
    params: Mapping[str, str]
    env: Mapping[str, str]  # what the user set for this step: [env], env_files, --env, env_inputs


def can_be_fresh(step: Step) -> bool:
    """Say whether the step tells enough of itself to be left out at all."""
    if not step.foreach:
        return bool(step.inputs and step.outputs)
    return bool(step.outputs or step.uses)


def step_parts(step: Step, matters: Matters, store: Store, root: Path) -> dict[str, str]:
    """Return what all files of the step share: a hash for each thing that matters, by its name."""
    parts: dict[str, object] = {
        "its command": step.command,
        "`outputs`": step.outputs,
        "`rows`": step.rows,
        "`cwd`": step.cwd,
        "`fail_if`": step.fail_if,
        "the application": matters.app,
        "Python": sys.version,
    }
    parts |= {f"the parameter `{name}`": value for name, value in matters.params.items()}
    parts |= {f"the variable `{name}`": value for name, value in matters.env.items()}
    parts |= {f"the library `{name}`": _version(name) for name in step.libraries}
    words = _words(step)
    program = shutil.which(words[0], path=matters.env.get("PATH")) if words else None
    if program is not None:
        real = os.path.relpath(os.path.realpath(program), root)
        parts["its program"] = (program, store.digests([real])[real])
    files = {match.file for match in expand(str(root), step.uses)}
    files.update(_named(words, root, step.cwd))
    parts |= {f"`{file}`": digest for file, digest in store.digests(sorted(files)).items()}
    return {name: _short(value) for name, value in sorted(parts.items())}


def digest_of(parts: Mapping[str, str]) -> bytes:
    """Return one hash for all parts."""
    return blake2b(repr(sorted(parts.items())).encode(), digest_size=16).digest()


def whole_fingerprint(shared: bytes, files: Iterable[tuple[str, bytes | None]]) -> bytes:
    """Return the fingerprint of a step that reads all its inputs at once."""
    digest = blake2b(shared, digest_size=16)
    for path, content in files:
        digest.update(os.fsencode(path) + b"\0" + (content or b"-"))
    return digest.digest()


def _words(step: Step) -> list[str]:
    """Return the words of the command; of one for the shell, roughly."""
    if not isinstance(step.command, str):
        return [part for word in step.command for part in (word, word.partition("=")[2]) if part]
    return _WORD.findall(step.command)


def _named(words: list[str], root: Path, cwd: str) -> Iterator[str]:
    """Yield the project's files that the words name, as seen from the root or the step's folder."""
    for word in words:
        for name in {word, f"{cwd}/{word}" if cwd else word}:
            # not Path.is_file, which raises for names that no file can have
            if not word.startswith("/") and os.path.isfile(f"{root}/{name}"):  # noqa: PTH113  # see above
                yield name


def _short(value: object) -> str:
    return blake2b(repr(value).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # slow to load

    try:
        return version(library)
    except PackageNotFoundError:
        return ""
