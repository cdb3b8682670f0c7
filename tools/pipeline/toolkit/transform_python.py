"""Python of any age to today's: fissix where the compiler refuses a file, then ruff on all.

No file that compiled comes out as one that does not: what ruff would spoil stays as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from toolkit.modernize import Modern, modernize
from toolkit.python_syntax import RULE, refused
from toolkit.rows import Finding
from toolkit.transform import Made, Source

FISSIX = "fissix"
SPOILT = "left as it was: with ruff's fixes it would not compile"


@dataclass(frozen=True, slots=True)
class Options:
    """For which Python to write, by which of ruff's rules; `all_old`: fissix for every file."""

    target: str
    select: str
    all_old: bool = False


def modern_python(sources: Sequence[Source], stage: Path, options: Options) -> dict[str, Made]:
    """Give each Python file as the rules of the user's own are to find it."""
    today = {at.path: _today(at, options) for at in sources}
    texts = {path: made.content for path, made in today.items()}
    modern = modernize(texts, stage, target=options.target, select=options.select)
    return {path: _better(made, modern[path]) for path, made in today.items()}


def _today(given: Source, options: Options) -> Made:
    refusal = refused(given.content)
    if refusal is None and not options.all_old:
        return Made(given.content, compiles=True)
    from toolkit.fix_python2 import to_today  # noqa: PLC0415 (few files need fissix)

    found = to_today(given.content, str(given.file))
    if refusal is None and refused(found.content) is not None:
        return Made(given.content, compiles=True)
    changed = found.content != given.content
    return Made(found.content, Counter({FISSIX: 1} if changed else {}), found.notes,
                compiles=refusal is None or refused(found.content) is None)  # fmt: skip


def _better(made: Made, modern: Modern) -> Made:
    if modern.content == made.content:
        return made
    if made.compiles and refused(modern.content) is not None:
        told = Finding(SPOILT, RULE, note=True)
        return Made(made.content, made.rules, [*made.notes, told], compiles=True)
    return Made(modern.content, made.rules + modern.rules, made.notes, compiles=made.compiles)
