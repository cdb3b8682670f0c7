"""Which files of a step need not be run again: nothing that matters has changed since.

What matters is in a fingerprint: the command, the script and the program that runs it, the
environment that the user set, parameters, what the step `uses`, the libraries its script names, the
application, and the file's own path and content. A result stands while its fingerprint is the same
and its outputs are still what was written. A step of the user's own that names neither outputs nor
uses is never taken for fresh; deaths and timeouts are never remembered.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from asyncorch.freshstore import Result, Store
from asyncorch.model import Row, Step
from asyncorch.plan.globs import expand

WHOLE = ""  # the name under which a step without a fan-out keeps its result


@dataclass(frozen=True, slots=True)
class Matters:
    """What fingerprints hold beside the step and its files."""

    app: str
    params: Mapping[str, str]
    env: Mapping[str, str]  # what the user set for this step: [env], env_files, --env, env_inputs


def can_be_fresh(step: Step) -> bool:
    """Say whether the step tells enough of itself to be left out at all."""
    if not step.foreach:
        return bool(step.inputs and step.outputs)
    return bool(step.outputs or step.uses)


def step_fingerprint(step: Step, matters: Matters, store: Store, root: Path) -> bytes:
    """Return the part of the fingerprint that all files of the step share."""
    digest = blake2b(digest_size=16)
    words = step.command.split() if isinstance(step.command, str) else step.command
    parts: list[object] = [
        step.command,
        step.outputs,
        step.rows,
        step.cwd,
        step.fail_if,
        matters.app,
    ]
    parts += [sorted(matters.params.items()), sorted(matters.env.items()), sys.version]
    parts.append(_program(words[0]) if words else None)
    used = [match.file for match in expand(str(root), step.uses)]
    named = [w for w in words if not w.startswith("/") and (root / w).is_file()]
    parts.append(sorted(store.digests([*used, *named]).items()))
    parts.append([_version(name) for name in step.libraries])
    digest.update(repr(parts).encode("utf-8", "surrogateescape"))
    return digest.digest()


def file_fingerprint(shared: bytes, path: str, content: bytes | None) -> bytes:
    digest = blake2b(shared, digest_size=16)
    digest.update(os.fsencode(path) + b"\0" + (content or b"-"))
    return digest.digest()


def whole_fingerprint(shared: bytes, files: Iterable[tuple[str, bytes | None]]) -> bytes:
    """Return the fingerprint of a step that reads all its inputs at once."""
    digest = blake2b(shared, digest_size=16)
    for path, content in files:
        digest.update(os.fsencode(path) + b"\0" + (content or b"-"))
    return digest.digest()


def standing(
    store: Store, step: str, wanted: Mapping[str, bytes], *, needs_rows: bool
) -> dict[str, tuple[Row, ...]]:
    """Return the files whose last result still stands, with their rows.

    `wanted` maps identities to fingerprints as they are now.
    """
    results = store.results(step)
    same = {
        file: results[file]
        for file, fingerprint in wanted.items()
        if file in results and results[file].fingerprint == fingerprint
    }
    outputs = store.digests([path for result in same.values() for path in result.outputs])
    return {
        file: result.rows
        for file, result in same.items()
        if (result.rows or not needs_rows)
        and all(_hex(outputs[path]) == digest for path, digest in result.outputs.items())
    }


def remember(
    store: Store,
    step: str,
    made: Mapping[str, tuple[bytes, Sequence[Row], Sequence[str]]],
) -> None:
    """Keep the results of files: fingerprint, rows, and the paths of their outputs."""
    paths = [path for _, _, outputs in made.values() for path in outputs]
    digests = store.digests(paths)
    results = {
        file: Result(fingerprint, tuple(rows), {path: _hex(digests[path]) for path in outputs})
        for file, (fingerprint, rows, outputs) in made.items()
    }
    store.record(step, results)


def _hex(digest: bytes | None) -> str:
    return digest.hex() if digest is not None else ""


def _program(word: str) -> tuple[str, int, int] | None:
    path = shutil.which(word)
    if path is None:
        return None
    info = os.stat(path)  # noqa: PTH116  # a word from a command
    return (path, info.st_size, info.st_mtime_ns)


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # slow to load

    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return library
