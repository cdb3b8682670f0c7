"""Places of Python's 2-era that no converter can judge: a person must know what is meant.

Bytes or text, whole or true division, what order things have: each file is searched for what
such questions hang on. Many of these places are right as they are; none should go unread. And names
that Python 3 does not have any more, as far as no converter will have changed them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from toolkit import python2_names
from toolkit.patterns import Match, Rule
from toolkit.syntax import find_all, parse

MARKED_SHARE = 0.1  # from here on the whole tree is of the 2-era, what compiles today too
FUTURE_DIVISION = re.compile(r"(?m)^from[ \t]+__future__[ \t]+import[^#\n]*\bdivision\b")


class Place(NamedTuple):
    """A rule; files without a match of `hint` are not searched."""

    rule: Rule
    hint: re.Pattern[str]
    config: dict[str, Any]


def matches(text: str, path: str, *, converted: bool) -> Iterator[Match]:
    """Find the places; `converted`: fissix will change the names that it knows."""
    rules = [place for place in PLACES if place.hint.search(text)]
    root = parse(text, "python") if rules else None
    for rule, _, config in rules:
        if root is None or (rule is DIVISION and FUTURE_DIVISION.search(text)):
            continue
        if rule is NAME and converted:
            continue
        for node in find_all(root, {"rule": config}):
            start = node.range().start
            yield Match(rule, path, start.line + 1, start.column + 1)


def _rule(name: str, category: str, message: str) -> Rule:
    return Rule(f"python2-{name}", "built in", "python", message, category=category)


def _calls(*patterns: str) -> dict[str, Any]:
    return {"any": [{"pattern": pattern} for pattern in patterns]}


DIVISION = _rule(
    "division", "division", "two integers divide to an integer here, in Python 3 to a float"
)
NAME = _rule(
    "name",
    "names",
    "gone in Python 3; the file compiles, so fissix is not asked: PYTHON2=all asks it",
)
NAMES_HINT = re.compile(python2_names.HINT)
FLOAT = {"kind": "float"}
BINARY = {"kind": "string", "regex": r"""^['"][rwaU+]+b[+]?['"]$"""}
ANSWERED = rf"""^u['"]|code\(\s*['"](?:{python2_names.LOST_CODECS})['"]\s*\)$"""
PLACES = [
    Place(
        _rule("codec", "text", "encode and decode: is it bytes or text that comes in?"),
        re.compile(r"\.(?:en|de)code\b"),
        _calls("$X.encode($$$A)", "$X.decode($$$A)") | {"not": {"regex": ANSWERED}},
    ),
    Place(
        _rule("text-type", "text", "unicode, basestring and str in a test of types"),
        re.compile(r"\b(?:unicode|basestring|StringType|StringTypes|UnicodeType)\b|isinstance\("),
        {
            "any": [
                {"kind": "identifier",
                 "regex": "^(unicode|basestring|StringType|StringTypes|UnicodeType)$"},
                {"pattern": "isinstance($X, str)"},
            ]
        },
    ),
    Place(
        _rule("open", "text", "a file that is opened: text has an encoding in Python 3"),
        re.compile(r"\bopen\("),
        {"kind": "call", "has": {"field": "function", "regex": "^open$"},
         "not": {"has": {"kind": "argument_list", "has": BINARY}}},
    ),
    Place(
        _rule("wire", "text", "what comes from or goes to a socket or a pipe is bytes"),
        re.compile(r"\.(?:recv|send|sendall|sendto|communicate)\("),
        _calls("$X.recv($A)", "$X.send($A)", "$X.sendall($A)", "$X.sendto($$$A)",
               "$X.communicate($$$A)"),
    ),
    Place(
        _rule("buffer", "text", "StringIO takes text only in Python 3; bytes go to BytesIO"),
        re.compile(r"StringIO"),
        _calls("StringIO($$$A)", "$X.StringIO($$$A)"),
    ),
    Place(NAME, NAMES_HINT, python2_names.CHANGED),
    Place(
        _rule("gone", "names", "gone in Python 3, and no rule says what takes its place"),
        NAMES_HINT,
        python2_names.LOST,
    ),
    Place(
        DIVISION,
        re.compile(r"/"),
        {
            "any": [
                {"kind": "binary_operator",
                 "has": {"field": "operator", "regex": "^/$"},
                 "not": {"any": [{"has": FLOAT}, {"has": {"pattern": "float($X)"}},
                                 {"has": {"kind": "string"}}]}},
                {"kind": "augmented_assignment",
                 "has": {"field": "operator", "regex": "^/=$"},
                 "not": {"has": FLOAT}},
            ]
        },
    ),
    Place(
        _rule("comparison", "sorting", "cmp and __cmp__ are gone; unlike things no longer compare"),
        re.compile(r"\bcmp\b|__cmp__|__coerce__"),
        {
            "any": [
                {"kind": "call", "has": {"field": "function", "regex": "^cmp$"}},
                {"kind": "function_definition",
                 "has": {"field": "name", "regex": "^__(cmp|coerce)__$"}},
                {"kind": "keyword_argument", "has": {"field": "name", "regex": "^cmp$"}},
            ]
        },
    ),
    Place(
        _rule("sort-function", "sorting", "a function that compares becomes a key"),
        re.compile(r"\.sort\(\s*[^)\s]|\bsorted\("),
        {
            "any": [
                {"pattern": "$X.sort($F)", "not": {"has": {"kind": "argument_list",
                 "has": {"kind": "keyword_argument"}}}},
                {"pattern": "sorted($X, $F)", "not": {"has": {"kind": "argument_list",
                 "has": {"kind": "keyword_argument"}}}},
            ]
        },
    ),
    Place(
        _rule("list-of", "views", "keys, items, map, filter and zip give no list in Python 3"),
        re.compile(r"\.(?:keys|values|items)\(\)\s*(?:\[|\.sort)|\b(?:map|filter|zip)\("),
        {
            "any": [
                {"kind": "subscript", "has": {"field": "value", "regex":
                 r"^(?:.*\.(?:keys|values|items)\(\)|(?:map|filter|zip)\([^()]*\))$"}},
                {"pattern": "$X.keys().sort($$$A)"},
                {"pattern": "$X.items().sort($$$A)"},
                {"pattern": "$X.values().sort($$$A)"},
            ]
        },
    ),
    Place(
        _rule("protocol", "protocol", "a method that Python 3 does not call, or calls otherwise"),
        re.compile(r"__(?:unicode|[gs]etslice|delslice|div|rdiv|idiv|hex|oct|nonzero)__"),
        {"kind": "function_definition",
         "has": {"field": "name",
                 "regex": "^__(unicode|getslice|setslice|delslice|div|rdiv|idiv|hex|oct)__$"}},
    ),
]  # fmt: skip
