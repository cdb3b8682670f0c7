"""What the transform changed, file by file: counts a rule, and where it is wanted a diff.

Several batches end at the same time, and a later run takes only some of the files. So both records
are kept by file: a batch replaces, under a lock, what is told of its own files, and what is told
of files that are gone goes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from toolkit.env import Environment
from toolkit.files import locked, put, staging
from toolkit.rows import row_name

RULES, DIFF = "analysis/transform-rules.json", "transformed.diff"
LOCK = ".transform.lock"
START = "diff --git "


def record_rules(counts: Mapping[str, Counter[str]], env: Environment) -> None:
    """Add to work/analysis/transform-rules.json: totals by rule, and each file's counts."""
    with locked(env.work / LOCK):
        files = {path: at for path, at in _counted(env.work / RULES).items()
                 if path not in counts and _is_there(path, env)}  # fmt: skip
        files |= {path: dict(sorted(at.items())) for path, at in counts.items() if at}
        total: Counter[str] = Counter()
        for each in files.values():
            total.update(each)
        made = {"rules": dict(sorted(total.items())), "files": dict(sorted(files.items()))}
        _put(f"{json.dumps(made, indent=1)}\n", RULES, env)


def record_diff(changes: Mapping[str, tuple[bytes, bytes]], env: Environment) -> None:
    """Add to work/transformed.diff, which `git apply` and `patch -p1` take."""
    new = {row_name(path): difference(path, *change) for path, change in changes.items()}
    with locked(env.work / LOCK):
        old = {name: part for name, part in _parts(env.work / DIFF)
               if name not in new and _is_there(name, env)}  # fmt: skip
        _put("".join(part for _, part in sorted((old | new).items())), DIFF, env)


def difference(path: str, before: bytes, after: bytes) -> str:
    """Make one file's part of a diff; empty where nothing changed."""
    if before == after:
        return ""
    name = row_name(path)
    lines = unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return f"{START}a/{name} b/{name}\n{''.join(map(_whole, lines))}"


def _lines(content: bytes) -> list[str]:
    lines = content.decode().split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _whole(line: str) -> str:
    return line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _parts(file: Path) -> Iterator[tuple[str, str]]:
    """Read a diff back. Only a part's first line begins with a letter: all others have a sign."""
    text = file.read_bytes().decode() if file.is_file() else ""
    for part in f"\n{text}".split(f"\n{START}")[1:]:
        names = part.partition("\n")[0]
        whole = part.removesuffix("\n")
        yield names[2 : len(names) // 2], f"{START}{whole}\n"


def _counted(file: Path) -> dict[str, dict[str, int]]:
    if not file.is_file():
        return {}
    found: dict[str, dict[str, int]] = json.loads(file.read_bytes())["files"]
    return found


def _is_there(path: str, env: Environment) -> bool:
    # A name that a row encodes is not looked for: told of once too often is no harm.
    return "%" in path or (env.validated / "sources" / path).is_file()


def _put(text: str, name: str, env: Environment) -> None:
    with staging(env.staging) as stage:
        put(text.encode(), env.work / name, root=env.work, stage=stage)
