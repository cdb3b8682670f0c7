"""Judge Python: valid if this interpreter compiles it, or if it is valid Python of the 2-era."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from typing import NamedTuple

from toolkit.rows import Finding

RULE = "python-syntax"
# What the compiler raises at text that it cannot take; the last two at text nested too deep.
REFUSALS = (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError)


class Verdict(NamedTuple):
    """What is wrong (None: nothing), and the dialect if it is not today's Python."""

    finding: Finding | None = None
    dialect: str | None = None


def judge(data: bytes) -> Verdict:
    refusal = refused(data)
    if refusal is None:
        return Verdict()
    # The compiler also refuses what parses well today (a misplaced `from __future__`). That is
    # wrong in both eras, though the 2-era grammar, which is only a grammar, would take it.
    if _raised(parses, data) is not None and _is_python2(data, refusal):
        return Verdict(dialect="python2")
    return Verdict(finding_of(refusal))


def _is_python2(data: bytes, refusal: Exception) -> bool:
    from toolkit.python2 import is_python2  # noqa: PLC0415 (few files need fissix)

    return is_python2(data, refusal)


def refused(data: bytes) -> Exception | None:
    """Why this interpreter does not compile the file, or None if it does."""
    return _raised(compiles, data)


def compiles(data: bytes) -> None:
    compile(data, "<file>", "exec", dont_inherit=True, optimize=0)


def parses(data: bytes) -> None:
    ast.parse(data)


def finding_of(refusal: Exception) -> Finding:
    if isinstance(refusal, SyntaxError):
        return Finding(str(refusal.msg), RULE, refusal.lineno or 0, max(1, refusal.offset or 1))
    return Finding(str(refusal) or type(refusal).__name__, RULE)


def _raised(try_it: Callable[[bytes], None], data: bytes) -> Exception | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            try_it(data)
        except REFUSALS as error:
            return error
    return None
