"""Names in braces: `{files}`, `{path}`, `{environment}`. Only known names are replaced.

All other braces stay as they are, so that awk, shell and templates keep theirs. In a command for
the shell every value is quoted; in a list it is not, since no shell sees it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

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


def output_namer(pattern: str, values: Mapping[str, str]) -> Callable[[Match], str]:
    """Return what names the output of each input file: the pattern is read once for thousands."""
    known = {name: value for name, value in values.items() if name not in OUTPUT_NAMES}
    # Words and names in turn, the names being those of the file.
    words = re.split(r"\{(" + "|".join(OUTPUT_NAMES) + r")\}", pattern)
    words[::2] = [fill(word, known) for word in words[::2]]
    if words[1::2] == ["path"]:
        before, _, after = words
        return lambda match: before + match.path + after
    if "dir" not in words[1::2]:
        return lambda match: _named(words, match)
    below = words.copy()
    for i in range(1, len(words), 2):  # a file without a folder leaves no empty one
        if words[i] == "dir":
            below[i], below[i + 1] = "none", words[i + 1].removeprefix("/")
    return lambda match: _named(words if "/" in match.path else below, match)


def _named(words: list[str], match: Match) -> str:
    folder, _, name = match.path.rpartition("/")
    dot = name.rfind(".")
    end = dot if 0 < dot < len(name) - 1 else len(name)
    own = {
        "path": match.path,
        "tree": match.tree,
        "dir": folder,
        "none": "",
        "name": name,
        "stem": name[:end],
        "suffix": name[end:],
    }
    return "".join([own[word] if i % 2 else word for i, word in enumerate(words)])
