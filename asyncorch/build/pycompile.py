"""Compile every Python source below the working folder and print a row for each.

    python -I pycompile.py PROCESSES LISTING

A program of its own for any Python from 3.8: it runs under the interpreter that the project is for
and imports nothing but the standard library. LISTING becomes a JSON list of the files that may be
packed: all but links, caches, the sources that do not compile and the names no wheel can hold.

Exit status: 0, also when files have errors; 1 when there are sources and none of them compiles.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import quote

LEFT_OUT = {"__pycache__", ".git", ".hg", ".svn"}
CHUNK = 16


def main(processes: str, listing: str) -> int:
    """Compile the working folder with so many processes and write the listing."""
    files = list(walk("."))
    sources = [path for path in files if path.endswith(".py")]
    rejected = {path for path in files if not fits(path)}
    # No strict=True: Python 3.9 does not know it, and both are of one length by their making.
    for path, complaint in zip(sources, complaints(sources, int(processes))):  # noqa: B905  as said
        if complaint is not None:
            rejected.add(path)
            say(printable(complaint))
        say(row(path, errors=complaint is not None))
    packed = [path for path in files if path not in rejected]
    Path(listing).write_text(json.dumps(packed, indent=0), encoding="ascii")
    return 1 if sources and rejected.issuperset(sources) else 0


def walk(root: str) -> Iterator[str]:
    """Yield the regular files below a folder in the order of their names, links left out."""
    with os.scandir(root) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = os.path.normpath(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in LEFT_OUT:
                yield from walk(path)
        elif entry.is_file(follow_symlinks=False) and not entry.name.endswith((".pyc", ".pyo")):
            yield path


def complaints(sources: list[str], processes: int) -> Iterator[str | None]:
    """Yield the compiler's word on each source, in order; None where it has none."""
    if processes == 1 or len(sources) <= CHUNK:
        yield from map(complain, sources)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(complain, sources, chunksize=CHUNK)


def complain(path: str) -> str | None:
    """Return `path:line: message` when a source cannot be built."""
    if not fits(path):
        return f"{path}:1: a wheel cannot hold this name"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{path}:{error.lineno or 1}: {error.msg}"
    except (ValueError, OverflowError, RecursionError, MemoryError, OSError) as error:
        return f"{path}:1: {str(error) or type(error).__name__}"
    return None


def fits(path: str) -> bool:
    """Tell whether a wheel's list of files, UTF-8 with a file a line, can hold the name."""
    return not any(char < " " or "\ud800" <= char <= "\udfff" for char in path)


def row(path: str, *, errors: int) -> str:
    """Return a row; a name that would not stand in one is percent-encoded."""
    if "|" in path or "%" in path or path != path.strip() or path != printable(path):
        path = quote(os.fsencode(path))
    return f"| {path} | {errors:d} |"


def printable(text: str) -> str:
    """Return text on one line: what does not print, or is not UTF-8, is escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def say(line: str) -> None:
    sys.stdout.buffer.write(line.encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
