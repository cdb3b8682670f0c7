"""Check JSON as its standard has it, and with comments where a file's own reader takes them."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from toolkit.config_text import at_offset
from toolkit.config_yaml import check_yaml
from toolkit.rows import Finding
from toolkit.syntax import find_all, parse

RULE = "json"
COMMENTED = re.compile(
    r"(?i)^(?:[tj]sconfig.*\.json|.*\.(?:jsonc|code-workspace)|\.(?:eslintrc|babelrc|swcrc|jshintrc"
    r"|jscsrc)(?:\.json)?|devcontainer\.json|language-configuration\.json)$"
)
COMMENTED_FOLDERS = frozenset({".vscode", ".devcontainer", "vscode"})
MAYBE_YAML = frozenset({".eslintrc", ".babelrc", ".prettierrc", ".stylelintrc"})
# A string, which is kept, or a comment, or a comma before a bracket: both go.
EXTRAS = re.compile(
    r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[\]}])', re.DOTALL
)


def check_json(text: str, path: str) -> list[Finding]:
    pure = PurePosixPath(path)
    if pure.suffix == ".json5":
        return []
    findings = _check(text)
    if findings and (COMMENTED.match(pure.name) or COMMENTED_FOLDERS & set(pure.parts[:-1])):
        findings = _check(EXTRAS.sub(_blank, text))
    if findings and pure.name in MAYBE_YAML:
        findings = check_yaml(text)
    return findings


def _check(text: str) -> list[Finding]:
    repeated: set[str] = set()

    def pairs(found: list[tuple[str, Any]]) -> None:
        counts = Counter(key for key, _ in found)
        repeated.update(key for key, count in counts.items() if count > 1)

    try:
        json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return [Finding(error.msg, RULE, error.lineno, error.colno)]
    except _ConstantError as error:
        offset = max(0, text.find(str(error)))
        return [at_offset(text, offset, f"`{error}` is not in the standard of JSON", RULE)]
    except RecursionError:
        return [Finding("brackets nested too deep", RULE)]
    except ValueError as error:  # an integer of more digits than Python reads
        return [Finding(str(error).partition(";")[0], RULE)]
    return _repetitions(text, repeated) if repeated else []


def _repetitions(text: str, keys: set[str]) -> list[Finding]:
    """Find where a key comes once more in one object; most readers take the last one."""
    seen: set[tuple[int, str]] = set()
    findings = []
    for pair in find_all(parse(text, "json"), {"rule": {"kind": "pair"}}):
        key, parent = pair.field("key"), pair.parent()
        if key is None or parent is None or (name := json.loads(key.text())) not in keys:
            continue
        if (at := (parent.range().start.index, name)) in seen:
            message = f"the key `{name}` comes twice in one object"
            start = key.range().start.index
            findings.append(at_offset(text, start, message, "json-key", note=True))
        seen.add(at)
    return findings


class _ConstantError(Exception):
    """NaN or Infinity, which Python reads and the standard does not know."""


def _refuse(name: str) -> None:
    raise _ConstantError(name)


def _blank(found: re.Match[str]) -> str:
    """Keep strings, and of anything else the place that it takes, so that lines stay right."""
    return found[1] or re.sub(r"[^\n]", " ", found[0])
