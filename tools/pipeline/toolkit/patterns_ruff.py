"""What ruff would change in Python: the transform's own selection, in check mode."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from toolkit.modernize import OPTIONS, ruff, staged
from toolkit.patterns import Match, Rule

CHECK = "--no-fix --quiet --output-format=json"
SYNTAX = "invalid-syntax"


def ruff_matches(
    texts: Mapping[str, bytes], stage: Path, *, target: str, select: str
) -> Iterator[Match]:
    """Find what ruff would change. It changes nothing in a file that it cannot read."""
    if not texts:
        return
    paths = {file.name: path for path, file in staged(texts, stage).items()}
    found = json.loads(ruff(stage, f"{OPTIONS} {CHECK}", target=target, select=select))
    unread = {at["filename"] for at in found if at["code"] in (None, SYNTAX)}
    for at in found:
        if at["filename"] not in unread:
            place = at["location"]
            path = paths[Path(at["filename"]).name]
            yield Match(_rule(at), path, place["row"], place["column"])


def _rule(found: dict[str, object]) -> Rule:
    fix = found["fix"]
    applies = fix["applicability"] if isinstance(fix, dict) else "none"
    return Rule(
        id=str(found["code"]),
        engine="ruff",
        language="python",
        message=_named(str(found["url"] or "")) or str(found["message"]),
        fix=applies if applies in ("safe", "unsafe") else "none",
        url=str(found["url"] or ""),
    )


def _named(url: str) -> str:
    """Say what the rule is about, as the end of its address has it; a message is of one place."""
    return url.rstrip("/").rpartition("/")[2].replace("-", " ")
