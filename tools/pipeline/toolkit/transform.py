"""Transform one file, and let nothing through that is worse than what came in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from toolkit.classify import classify
from toolkit.languages import GRAMMARS
from toolkit.origin import not_ours
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


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a file: how often each rule changed it, what a person should look at.

    `compiles` is for Python: whether this content is known to.
    """

    content: bytes
    rules: Counter[str] = field(default_factory=Counter)
    notes: list[Finding] = field(default_factory=list)
    compiles: bool = False


class Rejected(Exception):  # noqa: N818 (an answer about a file, not a fault of the tool)
    """Why a file has no transformed form."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(findings)
        self.findings = findings


def source(taken: Taken, content: bytes) -> Source:
    language = classify(taken.root, taken.path).language
    return Source(taken.path, taken.file, language, content)


def left_alone(given: Source) -> Made | None:
    """Leave what is not ours as it is, and say so; but Python must compile, whoever wrote it."""
    origin = not_ours(given.path, given.content)
    if not origin or (given.language == "python" and refused(given.content) is not None):
        return None
    return Made(given.content, notes=[Finding(f"left as it is: {origin}", "origin", note=True)])


def transform(given: Source, modern: Made | None, folders: tuple[Path, ...]) -> Made:
    """Make what becomes of the file, from what has been done with it already."""
    before = modern or Made(given.content)
    rules = rewrites(given.language, folders) if given.language in GRAMMARS else []
    made = _by_rules(given, before, rules)
    findings = _worse(given, before, made)
    if findings:
        raise Rejected([*before.notes, *findings])
    # An empty artifact is what a tool that died leaves behind: the gate would refuse it.
    return made if made.content or not given.content else replace(made, content=b"\n")


def _by_rules(given: Source, made: Made, rules: Sequence[Rewrite]) -> Made:
    if not rules:
        return made
    text = made.content.decode()
    bare = text.removeprefix(BOM)
    try:
        new, used = rewrite(bare, given.language, rules)
    except UnsettledError as error:
        message = f"the rules {error} find new matches in their own results"
        raise Rejected([Finding(message, "rules")]) from error
    if new == bare:
        return made
    content = (text[: len(text) - len(bare)] + new).encode()
    return replace(made, content=content, rules=made.rules + used)


def _worse(given: Source, before: Made, made: Made) -> list[Finding]:
    """Find what is wrong with the result. Python must compile, whatever state it came in."""
    if given.language == "python":
        return [] if before.compiles and made is before else _python_worse(given, made)
    if made.content == given.content or given.language not in GRAMMARS:
        return []
    old, new = (errors(parse(at.decode("utf-8-sig"), given.language))
                for at in (given.content, made.content))  # fmt: skip
    return new if len(new) > len(old) else []


def _python_worse(given: Source, made: Made) -> list[Finding]:
    refusal = refused(made.content)
    if refusal is None:
        return []
    found = finding_of(refusal)
    if refused(given.content) is None:
        found = replace(found, message=f"compiled before the transform: {found.message}")
    elif made.content != given.content:
        found = replace(found, message=f"as today's Python, too: {found.message}")
    return [found]
