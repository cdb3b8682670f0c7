"""Rewriting rules in ast-grep's own YAML form, from tools/pipeline/rules/<language>/*.yml.

A rule without `fix` only reports, and is not for rewriting. What this reader does not know how
to do is an error before the first file, never a rule that is quietly half obeyed.

One thing is ours: `metadata: {imports-add: [...], imports-remove: [...]}`, whole import statements
that a file needs, or may no longer need, once the rule has changed it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from toolkit.syntax import find_all, parse
from toolkit.tool import ToolError

FOLDER = Path(__file__).parent.parent / "rules"
IMPORTS = ("imports-add", "imports-remove")
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
    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


def folders(more: str | None, project: Path) -> tuple[Path, ...]:
    """Where rules are: the pack's, then those of the user's, with `:` between their names."""
    named = [project / name for name in (more or "").split(os.pathsep) if name]
    if lost := [folder for folder in named if not folder.is_dir()]:
        raise ToolError(f"TRANSFORM_RULES names `{lost[0]}`, which is no folder")
    return (FOLDER, *named)


@cache
def rewrites(language: str, wanted: tuple[Path, ...] = (FOLDER,)) -> list[Rewrite]:
    """Read the language's rules, by file name and then as they stand in the file.

    Of two with one id the later counts, so a folder of the user's can change or silence one.
    """
    found: dict[str, Rewrite | None] = {}
    for folder in wanted:
        here = folder / language
        for file in sorted([*here.glob("*.yml"), *here.glob("*.yaml")]):
            found |= dict(_rules(file, language))
    return [rule for rule in found.values() if rule]


def _rules(file: Path, language: str) -> Iterator[tuple[str, Rewrite | None]]:
    import yaml  # noqa: PLC0415 (most languages have no rules)

    try:
        documents = list(yaml.safe_load_all(file.read_text("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ToolError(f"{file}: no YAML: {error}") from error
    for document in documents:
        if document is not None:
            yield _rule(document, file, language)


def _rule(document: Any, file: Path, language: str) -> tuple[str, Rewrite | None]:
    if not isinstance(document, dict) or not {"id", "language", "rule"} <= document.keys():
        raise ToolError(f"{file}: a rule needs `id`, `language` and `rule`")
    where = f"{file}: rule `{document['id']}`"
    named = str(document["language"]).lower()
    if ALIASES.get(named, named) != language:
        raise ToolError(f"{where} is for {named}, and stands in the folder of {language}")
    if beyond := [key for key in BEYOND if key in document]:
        raise ToolError(f"{where} uses `{beyond[0]}`, which is not supported here")
    fix = document.get("fix")
    name = str(document["id"])
    if fix is None:
        return name, None
    if not isinstance(fix, str):
        raise ToolError(f"{where}: only a `fix` that is a string is supported here")
    config = {key: document[key] for key in CONFIG_KEYS if key in document}
    _try(config, language, where)
    return name, Rewrite(name, config, fix, *_imports(document.get("metadata"), where))


def _imports(metadata: Any, where: str) -> Iterator[tuple[str, ...]]:
    for key in IMPORTS:
        found = metadata.get(key, []) if isinstance(metadata, dict) else []
        if not isinstance(found, list) or not all(isinstance(at, str) for at in found):
            raise ToolError(f"{where}: `{key}` needs a list of import statements")
        yield tuple(found)


def _try(config: dict[str, Any], language: str, where: str) -> None:
    """Have ast-grep read the rule once, so that a mistake in it is found before any file."""
    try:
        find_all(parse("", language), config)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the binding's panics are BaseExceptions
        raise ToolError(f"{where}: {' '.join(str(error).split())}") from error
