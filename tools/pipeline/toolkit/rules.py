"""Rules in ast-grep's own YAML form, from tools/pipeline/rules/<language>/*.yml.

A rule with a `fix` rewrites, one without only reports. What this reader does not know how to do
is an error before the first file, never a rule that is quietly half obeyed. The analysis and the
transform read the same folders, here.

One thing is ours: `metadata: {imports-add: [...], imports-remove: [...]}`, whole import statements
that a file needs, or may no longer need, once the rule has changed it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.patterns import Rule
from toolkit.syntax import find_all, parse
from toolkit.tool import ToolError

FOLDER = Path(__file__).parent.parent / "rules"
OPTIONAL = FOLDER / "optional"  # rewritten by these only where TRANSFORM_RULES names the folder
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


class Known(NamedTuple):
    """A rule: what it is about, what it looks for, and how it rewrites that, if it does."""

    rule: Rule
    config: dict[str, Any]
    rewrite: Rewrite | None


def folders(more: str | None, project: Path) -> tuple[Path, ...]:
    """Where rules are: the pack's, then those of the user's, with `:` between their names."""
    named = [project / name for name in (more or "").split(os.pathsep) if name]
    if lost := [folder for folder in named if not folder.is_dir()]:
        raise ToolError(f"TRANSFORM_RULES names `{lost[0]}`, which is no folder")
    return (FOLDER, *named)


def rewrites(language: str, wanted: tuple[Path, ...] = (FOLDER,)) -> list[Rewrite]:
    """Give the rules of a language that change something."""
    return [known.rewrite for known in rules_of(language, wanted) if known.rewrite]


@cache
def rules_of(language: str, wanted: tuple[Path, ...] = (FOLDER,)) -> list[Known]:
    """Read the language's rules, by file name and then as they stand in the file.

    Of two with one id the later counts, so a folder of the user's can change or silence one.
    """
    found: dict[str, Known] = {}
    for folder in wanted:
        for file in _files(folder / language):
            found |= {known.rule.id: known for known in _read(file, language)}
    return list(found.values())


def optional_rules(language: str, wanted: tuple[Path, ...]) -> list[Known]:
    """Read the optional rules that are not among the wanted ones: a change nobody asked for."""
    asked = {known.rule.id for known in rules_of(language, wanted)}
    unasked = [at for at in rules_of(language, (OPTIONAL,)) if at.rule.id not in asked]
    return [at._replace(rule=at.rule._replace(fix="unsafe")) for at in unasked]


def languages(wanted: tuple[Path, ...]) -> set[str]:
    """Name the languages that there are rules for."""
    return {here.name for folder in wanted for here in folder.glob("*/") if _files(here)}


def _files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])


def _read(file: Path, language: str) -> Iterator[Known]:
    import yaml  # noqa: PLC0415 (most languages have no rules)

    try:
        documents = list(yaml.safe_load_all(file.read_text("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ToolError(f"{file}: no YAML: {error}") from error
    for document in documents:
        if document is not None:
            yield _known(document, file, language)


def _known(document: Any, file: Path, language: str) -> Known:
    if not isinstance(document, dict) or not {"id", "language", "rule"} <= document.keys():
        raise ToolError(f"{file}: a rule needs `id`, `language` and `rule`")
    where = f"{file}: rule `{document['id']}`"
    named = str(document["language"]).lower()
    if ALIASES.get(named, named) != language:
        raise ToolError(f"{where} is for {named}, and stands in the folder of {language}")
    if beyond := [key for key in BEYOND if key in document]:
        raise ToolError(f"{where} uses `{beyond[0]}`, which is not supported here")
    fix = document.get("fix")
    if fix is not None and not isinstance(fix, str):
        raise ToolError(f"{where}: only a `fix` that is a string is supported here")
    config = {key: document[key] for key in CONFIG_KEYS if key in document}
    _try(config, language, where)
    about = _about(document, language)
    add, drop = _imports(document.get("metadata"), where)
    return Known(about, config, None if fix is None else Rewrite(about.id, config, fix, add, drop))


def _about(document: dict[str, Any], language: str) -> Rule:
    name = str(document["id"])
    return Rule(
        id=name,
        engine="ast-grep",
        language=language,
        message=" ".join(str(document.get("message") or name).split()),
        fix="none" if document.get("fix") is None else "safe",
        severity=str(document.get("severity", "warning")),
        url=str(document.get("url") or ""),
    )


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
