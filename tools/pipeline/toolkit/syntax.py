"""Find syntax errors with ast-grep's grammars: ERROR nodes, and tokens that had to be made up."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from toolkit.rows import Finding

os.environ.setdefault("RUST_BACKTRACE", "0")
if TYPE_CHECKING:
    from ast_grep_py import Config, SgNode

# C is read before its preprocessor, whose macros no grammar knows (two in three of the headers
# of a Linux system have such an "error"); and HTML's and CSS's own standards say how to read
# on after any error. What is found there is told, and counts for nothing.
LENIENT = frozenset({"c", "cpp", "css", "html"})
RULE = "syntax"
READERS = {"bash": ("bash", "-n"), "javascript": ("node", "--check"), "php": ("php", "-l")}
BROKEN = {"any": [{"kind": "ERROR"}, {"regex": "^$"}]}
# Nodes that are rightly empty; every other empty leaf stands for a token that is missing.
EMPTY = frozenset({"heredoc_body", "heredoc_content", "raw_text"})
SHOWN = 40


def parse(text: str, language: str) -> SgNode:
    from ast_grep_py import SgRoot  # noqa: PLC0415 (not needed for Python files)

    return SgRoot(text, language).root()


def find_all(root: SgNode, config: Mapping[str, Any]) -> list[SgNode]:
    """Find what matches a rule in ast-grep's form, as it came out of YAML or stands in a table."""
    return root.find_all(cast("Config", config))


def errors(root: SgNode) -> list[Finding]:
    """Where the text does not fit its grammar, in order."""
    return [_finding(node) for node in find_all(root, {"rule": BROKEN}) if _is_error(node)]


def own_program_takes(file: Path, language: str) -> bool:
    """Whether the language's own program, which only reads here, takes what the grammar did not.

    The grammars are good, not perfect: three in a hundred good shell scripts fail theirs. Where
    the program is not installed, the grammar has the last word.
    """
    name, *words = READERS.get(language, ("",))
    program = shutil.which(name) if name else None
    if program is None:
        return False
    command = [program, *words, str(file)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode == 0


def _is_error(node: SgNode) -> bool:
    if node.kind() == "ERROR":
        return True
    return node.parent() is not None and node.is_leaf() and node.kind() not in EMPTY


def _finding(node: SgNode) -> Finding:
    start = node.range().start
    if node.kind() == "ERROR":
        message = f"cannot make sense of `{_short(node.text())}`"
    else:
        message = f"`{node.kind()}` is missing"
    return Finding(message, RULE, start.line + 1, start.column + 1)


def _short(text: str) -> str:
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"
