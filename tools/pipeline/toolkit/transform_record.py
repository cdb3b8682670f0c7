"""What the transform changed, file by file: counts a rule, and where it is wanted a diff.

Several batches end at the same time, and a later run takes only some of the files. So both records
are kept by file: a batch replaces, under a lock, what is told of its own files.
"""

from __future__ import annotations

import fcntl
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import unified_diff
from pathlib import Path

from toolkit.files import put, staging
from toolkit.rows import row_name

RULES, DIFF = "transform-rules.json", "transformed.diff"
START = "diff --git "


def record_rules(counts: Mapping[str, Counter[str]], work: Path, tree: Path) -> None:
    """Add to work/transform-rules.json; whoever is gone from `tree` is forgotten."""
    with _locked(work):
        files = {path: counted for path, counted in _files(work / RULES).items()
                 if path not in counts and (tree / path).is_file()}  # fmt: skip
        files |= {path: dict(sorted(counted.items())) for path, counted in counts.items() if counted}
        total: Counter[str] = Counter()
        for counted in files.values():
            total.update(counted)
        made = {"rules": dict(sorted(total.items())), "files": dict(sorted(files.items()))}
        _put(json.dumps(made, indent=1) + "\n", RULES, work)


def record_diff(changes: Mapping[str, tuple[bytes, bytes]], work: Path, tree: Path) -> None:
    """Add to work/transformed.diff, which `git apply` and `patch -p1` take."""
    with _locked(work):
        parts = {path: part for path, part in _parts(work / DIFF)
                 if (tree / path).is_file()}  # fmt: skip
        parts |= {path: difference(path, *change) for path, change in changes.items()}
        _put("".join(parts[path] for path in sorted(parts)), DIFF, work)


def difference(path: str, before: bytes, after: bytes) -> str:
    """Make one file's part of a diff; empty where nothing changed."""
    if before == after:
        return ""
    name = row_name(path)
    old, new = (at.decode().split("\n") for at in (before, after))
    ends = [_ends(old), _ends(new)]
    lines = unified_diff(*ends, f"a/{name}", f"b/{name}", n=3)
    return f"{START}a/{name} b/{name}\n" + "".join(map(_whole, lines))


def _ends(lines: list[str]) -> list[str]:
    """Give each line its end back; only the last has none, or is none."""
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _parts(file: Path) -> Iterator[tuple[str, str]]:
    """Read a diff back: every line but a part's first begins with a sign, a blank or `@`."""
    text = file.read_text("utf-8") if file.is_file() else ""
    for part in f"\n{text}".split(f"\n{START}")[1:]:
        first = part.partition("\n")[0]
        name = first[: (len(first) - 1) // 2].removeprefix("a/")
        yield name, f"{START}{part}" if part.endswith("\n") else f"{START}{part}\n"
