"""Names in braces: `{files}`, `{path}`, `{environment}`. Only known names are replaced.

All other braces stay as they are, so that awk, shell and templates keep theirs. In a command for
the shell every value is quoted; in a list it is not, since no shell sees it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath

from asyncorch.plan.globs import Match

FILES = ("file", "files", "filelist")
OUTPUT_NAMES = ("path", "tree", "dir", "name", "stem", "suffix")
_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


def names_in(command: tuple[str, ...] | str) -> set[str]:
    """Return the names in braces that a command has, known or not."""
    text = command if isinstance(command, str) else "\0".join(command)
    return set(_NAME.findall(text))


def quoted_names(text: str) -> set[str]:
    """Return the names in braces that stand within quotes of a shell command.

    They are quoted when they are filled in: quotes around that would let a name become code.
    """
    found: set[str] = set()
    quote = ""
    i = 0
    while i < len(text):
        char = text[i]
        if char == "\\" and quote != "'":
            i += 2
            continue
        if char in "'\"" and quote in ("", char):
            quote = "" if quote else char
        elif quote and (name := _NAME.match(text, i)):
            found.add(name[1])
        i += 1
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace the names in braces that `values` knows."""
    return _NAME.sub(lambda match: values.get(match[1], match[0]), text)


def fill_command(
    command: tuple[str, ...] | str, values: Mapping[str, str], files: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Return the argv of one process: `files` stands for {files}, a lone file for {file}."""
    known = {**values, "file": files[0]} if files else dict(values)
    if isinstance(command, str):
        quoted = {name: shlex.quote(value) for name, value in known.items()}
        quoted["files"] = shlex.join(files)
        return ("/bin/sh", "-c", fill(command, quoted))
    argv: list[str] = []
    for word in command:
        if word == "{files}":
            argv += files
        else:
            argv.append(fill(word, known))
    return tuple(argv)


def fill_output(pattern: str, match: Match, values: Mapping[str, str]) -> str:
    """Return the file that an `outputs` pattern names for one input file."""
    path = PurePosixPath(match.path)
    folder = "" if str(path.parent) == "." else str(path.parent)
    own = {
        "path": match.path,
        "tree": match.tree,
        "dir": folder,
        "name": path.name,
        "stem": path.stem,
        "suffix": path.suffix,
    }
    if not folder:
        pattern = pattern.replace("{dir}/", "")
    return fill(pattern, {**values, **own})
