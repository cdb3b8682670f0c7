"""Python of any age to today's: fissix where the compiler refuses a file, then ruff on all.

No file that compiled comes out as one that does not: what ruff would spoil stays as it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from toolkit.limit import TooLong
from toolkit.modernize import Modern, modernize
from toolkit.python_syntax import RULE, refused
from toolkit.rows import Finding
from toolkit.transform import Made, Source
from toolkit.wanted import Wanted

FISSIX = "fissix"
TOO_LONG = "fissix took longer than {:g} s (PYTHON2_SECONDS)"
SPOILT = "left as it was: with ruff's fixes it would not compile"


def modern_python(sources: Sequence[Source], stage: Path, wanted: Wanted) -> dict[str, Made]:
    """Give each Python file as the rules of the user's own are to find it."""
    today = {at.path: _today(at, wanted) for at in sources}
    texts = {path: made.content for path, made in today.items()}
    modern = modernize(texts, stage, target=wanted.target, select=wanted.select)
    return {path: _better(made, modern[path]) for path, made in today.items()}


def _today(given: Source, wanted: Wanted) -> Made:
    refusal = refused(given.content)
    if refusal is None and not wanted.all_old:
        return Made(given.content, compiles=True)
    from toolkit.fix_python2 import to_today  # noqa: PLC0415 (few files need fissix)

    try:
        found = to_today(given.content, str(given.file), seconds=wanted.seconds)
    except TooLong:
        told = Finding(TOO_LONG.format(wanted.seconds), FISSIX, note=refusal is None)
        return Made(given.content, notes=[told], compiles=refusal is None)
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
