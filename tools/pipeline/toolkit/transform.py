"""Transform one file, and let nothing through that is worse than what came in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from toolkit.classify import classify
from toolkit.languages import GRAMMARS
from toolkit.python_syntax import finding_of, refused
from toolkit.rewrite import UnsettledError, rewrite
from toolkit.rows import Finding
from toolkit.rules import Rewrite, rewrites
from toolkit.syntax import errors, parse
from toolkit.trees import Taken

BOM = "\ufeff"


class Source(NamedTuple):
    """A source file of the batch, read once."""

    path: str
    file: Path
    language: str
    content: bytes


class Rejected(Exception):  # noqa: N818 (an answer about a file, not a fault of the tool)
    """Why a file has no transformed form."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings)
        self.findings = findings


def source(taken: Taken, content: bytes) -> Source:
    language = classify(taken.root, taken.path).language
    return Source(taken.path, taken.file, language, content)


def transform(given: Source, modern: bytes, applied: Counter[str]) -> bytes:
    """Make what becomes of the file, from its `modern` content on; count the rules applied."""
    made = _by_rules(given, modern, applied)
    findings = _worse(given, made)
    if findings:
        raise Rejected(findings)
    return made


@cache
def rules_for(language: str) -> list[Rewrite]:
    return rewrites(language) if language in GRAMMARS else []


def _by_rules(given: Source, content: bytes, applied: Counter[str]) -> bytes:
    rules = rules_for(given.language)
    if not rules:
        return content
    text = content.decode()
    bare = text.removeprefix(BOM)
    try:
        made, used = rewrite(bare, given.language, rules)
    except UnsettledError as error:
        message = f"the rules {error} find new matches in their own results"
        raise Rejected([Finding(message, "rules")]) from error
    applied.update(used)
    return (text[: len(text) - len(bare)] + made).encode()


def _worse(given: Source, made: bytes) -> list[Finding]:
    """Find what is wrong with the result. Python must compile, whatever state it came in."""
    if given.language == "python":
        return _python_worse(given.content, made)
    if made == given.content or given.language not in GRAMMARS:
        return []
    before, after = (errors(parse(at.decode("utf-8-sig"), given.language))
                     for at in (given.content, made))  # fmt: skip
    return after if len(after) > len(before) else []


def _python_worse(before: bytes, made: bytes) -> list[Finding]:
    refusal = refused(made)
    if refusal is None:
        return []
    found = finding_of(refusal)
    if refused(before) is None:
        found = replace(found, message=f"compiled before the transform: {found.message}")
    return [found]
