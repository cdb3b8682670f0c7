"""Check configuration that goes by lines: INI in its many forms, and Java's properties."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from toolkit.rows import Finding

# Always sections and keys; of the others only those that begin with a section.
INI = frozenset({".ini", ".desktop", ".service", ".gitconfig", ".editorconfig"})
SECTION = re.compile(r"\[[^\[\]]*\S[^\[\]]*\]|\[\[+[^\[\]]+\]\]+|\[[^\]]*\"[^\"]*\"\]")
KEY = re.compile(r"([^=:]*?)\s*[=:]")
PROPERTY = re.compile(r"((?:[^\\=:\s]|\\.)+)")
ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*(\\u(?![0-9A-Fa-f]{4}))")


def check_ini(text: str, path: str) -> list[Finding]:
    lines = [(number, line.rstrip()) for number, line in enumerate(text.split("\n"), start=1)]
    lines = [(number, line) for number, line in lines if line and line.lstrip()[0] not in "#;"]
    if PurePosixPath(path).suffix.lower() not in INI and not (lines and SECTION.match(lines[0][1])):
        return []
    return list(_ini(lines))


def _ini(lines: list[tuple[int, str]]) -> Iterator[Finding]:
    section, seen, goes_on = "", set[tuple[str, str]](), False
    for number, line in lines:
        before, goes_on = goes_on, line.endswith("\\")
        if before or line[0].isspace():
            continue  # a value goes on, or belongs to a form that indents its keys
        if line.startswith("["):
            section = line
            if not SECTION.match(line):
                yield Finding("a section needs a name between `[` and `]`", "ini", number, 1)
            continue
        key = KEY.match(line)
        name = key[1] if key else line
        if not name:
            yield Finding(f"no key before `{line[0]}`", "ini", number, 1)
        elif key and (section, name) in seen:
            message = f"the key `{name}` comes twice in one section"
            yield Finding(message, "ini-key", number, 1, note=True)
        seen.add((section, name))


def check_properties(text: str) -> list[Finding]:
    r"""Nearly every text is right here; a `\u` without four digits stops Java's own reader."""
    findings, seen, goes_on = [], set[str](), False
    for number, line in enumerate(text.splitlines(), start=1):
        start = line.lstrip()
        if not goes_on and (not start or start[0] in "#!"):
            continue
        if bad := ESCAPE.search(line):
            message = "`\\u` needs four hexadecimal digits"
            findings.append(Finding(message, "properties", number, bad.start(1) + 1))
        if not goes_on and (key := PROPERTY.match(start)):
            if key[1] in seen:
                message = f"the key `{key[1]}` comes twice"
                findings.append(Finding(message, "properties-key", number, 1, note=True))
            seen.add(key[1])
        goes_on = (len(line) - len(line.rstrip("\\"))) % 2 == 1
    return findings
