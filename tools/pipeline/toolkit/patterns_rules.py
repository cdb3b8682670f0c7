"""What the YAML rules in tools/pipeline/rules/ find, those too that only report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.patterns import Match, Rule
from toolkit.rules import ALIASES, CONFIG_KEYS, FOLDER
from toolkit.syntax import find_all, parse
from toolkit.tool import ToolError


class Finder(NamedTuple):
    """A rule, and its pattern as ast-grep takes it."""

    rule: Rule
    config: dict[str, Any]


def finders(folder: Path = FOLDER) -> dict[str, list[Finder]]:
    """Read all rules, by language."""
    found: dict[str, list[Finder]] = {}
    for file in sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")]):
        if "examples" not in file.parts:
            for finder in _read(file):
                found.setdefault(finder.rule.language, []).append(finder)
    return found


def rule_matches(text: str, path: str, language: str, rules: list[Finder]) -> Iterator[Match]:
    root = parse(text, language)
    for rule, config in rules:
        try:
            nodes = find_all(root, config)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # the binding's panics are BaseExceptions
            raise ToolError(f"rule `{rule.id}`: {' '.join(str(error).split())}") from error
        for node in nodes:
            start = node.range().start
            yield Match(rule, path, start.line + 1, start.column + 1)


def _read(file: Path) -> Iterator[Finder]:
    import yaml  # noqa: PLC0415 (not to be paid for --help)

    try:
        documents = list(yaml.safe_load_all(file.read_text("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ToolError(f"{file}: no YAML: {error}") from error
    for document in documents:
        if isinstance(document, dict) and {"id", "language", "rule"} <= document.keys():
            named = str(document["language"]).lower()
            config = {key: document[key] for key in CONFIG_KEYS if key in document}
            yield Finder(_rule(document, ALIASES.get(named, named)), config)


def _rule(document: dict[str, Any], language: str) -> Rule:
    name = str(document["id"])
    return Rule(
        id=name,
        engine="ast-grep",
        language=language,
        message=" ".join(str(document.get("message") or name).split()),
        fix="safe" if "fix" in document else "none",
        severity=str(document.get("severity", "warning")),
        url=str(document.get("url") or ""),
    )
