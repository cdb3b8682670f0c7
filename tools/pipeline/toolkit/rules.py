"""Rewriting rules in ast-grep's own YAML form, from tools/pipeline/rules/<language>/*.yml.

A rule without `fix` only reports, and is not for rewriting. What this reader does not know how
to do is an error before the first file, never a rule that is quietly half obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from toolkit.syntax import find_all, parse
from toolkit.tool import ToolError

FOLDER = Path(__file__).parent.parent / "rules"
CONFIG_KEYS = ("rule", "constraints", "utils", "transform")
BEYOND = ("rewriters", "files", "ignores")
ALIASES = {"js": "javascript", "jsx": "javascript", "ts": "typescript", "py": "python"} | {
    "c++": "cpp", "cs": "csharp", "golang": "go", "rs": "rust", "rb": "ruby", "kt": "kotlin",
    "sh": "bash", "ex": "elixir", "hs": "haskell",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A pattern, as ast-grep takes it, and the template of what comes in its place."""

    id: str
    config: dict[str, Any]
    fix: str


def rewrites(language: str, folder: Path = FOLDER) -> list[Rewrite]:
    """Read the language's rules, by file name and then as they stand in the file."""
    here = folder / language
    files = sorted([*here.glob("*.yml"), *here.glob("*.yaml")])
    return [rule for file in files for rule in _rules(file, language)]


def _rules(file: Path, language: str) -> Iterator[Rewrite]:
    import yaml  # noqa: PLC0415 (most languages have no rules)

    try:
        documents = list(yaml.safe_load_all(file.read_text("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ToolError(f"{file}: no YAML: {error}") from error
    for document in documents:
        if document is not None and (rule := _rule(document, file, language)):
            yield rule


def _rule(document: Any, file: Path, language: str) -> Rewrite | None:
    if not isinstance(document, dict) or not {"id", "language", "rule"} <= document.keys():
        raise ToolError(f"{file}: a rule needs `id`, `language` and `rule`")
    where = f"{file}: rule `{document['id']}`"
    named = str(document["language"]).lower()
    if ALIASES.get(named, named) != language:
        raise ToolError(f"{where} is for {named}, and stands in the folder of {language}")
    if beyond := [key for key in BEYOND if key in document]:
        raise ToolError(f"{where} uses `{beyond[0]}`, which is not supported here")
    fix = document.get("fix")
    if fix is None:
        return None
    if not isinstance(fix, str):
        raise ToolError(f"{where}: only a `fix` that is a string is supported here")
    config = {key: document[key] for key in CONFIG_KEYS if key in document}
    _try(config, language, where)
    return Rewrite(str(document["id"]), config, fix)


def _try(config: dict[str, Any], language: str, where: str) -> None:
    """Have ast-grep read the rule once, so that a mistake in it is found before any file."""
    try:
        find_all(parse("", language), config)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the binding's panics are BaseExceptions
        raise ToolError(f"{where}: {' '.join(str(error).split())}") from error
