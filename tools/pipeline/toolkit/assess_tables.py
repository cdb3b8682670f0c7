"""The tables of the assessment: rows of cells, the first row its head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from toolkit.assessing import EFFORTS, MAY
from toolkit.rows import row_name

IN_REPORT, FEW = 40, 20
Assessment = Mapping[str, Any]


def language_table(told: Assessment, limit: int) -> list[list[str]]:
    head = [
        "language",
        "files",
        "code",
        "functions",
        "complex",
        "twice",
        "tests",
        "not ours",
        "rules",
    ]
    return [head] + [
        [
            at["language"],
            n(at["files"]),
            n(at["code"]),
            n(at["functions"]),
            n(at["complex_functions"]),
            f"{100 * at['duplicated'] // max(1, at['code'])} %",
            n(at["tests"]),
            n(at["not_ours"]),
            "yes" if at["rules"] else "no",
        ]
        for at in told["languages"][:limit]
    ]


def effort_table(told: Assessment) -> list[list[str]]:
    rows = [["effort", "files", "code", "of it tests", "places for a person", "in tests"]]
    for effort in EFFORTS:
        at = told["efforts"][effort]
        numbers = (at[key] for key in ("files", "code", "tests", "places", "test_places"))
        rows.append([effort, *map(n, numbers)])
    return rows


def folder_table(folders: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    head = ["folder", "files", "code", "of it tests", *EFFORTS]
    head += ["places for a person", "in tests", "high risk", "reached by tests"]
    return [head] + [
        [
            code(at["folder"]),
            n(at["files"]),
            n(at["code"]),
            n(at["test_code"]),
            *(n(at["efforts"][effort]) for effort in EFFORTS),
            n(at["places"]),
            n(at["test_places"]),
            n(at["risks"]["high"]),
            f"{n(at['tested'])} of {n(at['testable'])}",
        ]
        for at in folders[:IN_REPORT]
    ]


def twice_table(told: Assessment) -> list[list[str]]:
    return [["lines", "here", "and here"]] + [
        [
            n(at["code"]),
            f"{code(at['file'])}:{at['line']}-{at['end']}",
            f"{code(at['other'])}:{at['other_line']}",
        ]
        for at in told["twice"][:FEW]
    ]


def wave_table(told: Assessment) -> list[list[str]]:
    head = ["wave", "files", "code", *EFFORTS, "largest cycle", "start with"]
    return [head] + [
        [
            str(at["wave"]),
            n(at["files"]),
            n(at["code"]),
            *(n(at["efforts"][effort]) for effort in EFFORTS),
            n(at["largest_cycle"]),
            ", ".join(map(code, at["start_with"])),
        ]
        for at in told["waves"]
    ]


def cycle_table(told: Assessment) -> list[list[str]]:
    head = ["files", "imports among them", "to cut", "for example"]
    return [head] + [
        [
            n(at["files"]),
            n(at["imports"]),
            n(len(at["cut"])),
            ", ".join(f"{code(one)} imports {code(other)}" for one, other in at["cut"][:3]),
        ]
        for at in told["cuts"][:FEW]
    ]


def file_table(files: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    return [["file", "effort", "risk", "wave", "why"]] + [
        [
            code(at["path"]),
            at["effort"],
            at["risk"],
            str(at["wave"] or ""),
            "; ".join(at["reasons"]),
        ]
        for at in list(files)[:IN_REPORT]
    ]


def person_table(told: Assessment) -> list[list[str]]:
    return [["question", "rule", "places", "of them in tests", "files", "what to look for"]] + [
        [at["category"], at["id"], n(at["count"]), n(at["tests"]), n(at["files"]), at["message"]]
        for at in told["person_rules"]
    ]


def rules_table(told: Assessment, kind: str) -> list[list[str]]:
    """Tabulate what changes (`safe`), what must be looked at (`must`), what could be (`may`)."""
    found = [at for at in told["rules"] if not at["category"] and _kind(at) == kind]
    return [["rule", "by", "places", "files", "what it says"]] + [
        [at["id"], at["engine"], n(at["count"]), n(at["files"]), at["message"]]
        for at in found[:IN_REPORT]
    ]


def _kind(rule: Mapping[str, Any]) -> str:
    if rule["fix"] == "safe":
        return "safe"
    hint = rule["severity"] in MAY or rule["fix"] == "unsafe" or rule["engine"] == "ruff"
    return "may" if hint else "must"


def gone_table(told: Assessment) -> list[list[str]]:
    return [["module", "left in Python", "files", "in its place"]] + [
        [code(at["name"]), at["since"], n(at["files"]), at["instead"]] for at in told["gone"]
    ]


def level_table(told: Assessment) -> list[list[str]]:
    return [["file", "key", "level"]] + [
        [code(at["file"]), at["key"], code(at["level"])] for at in told["levels"][:IN_REPORT]
    ]


def suffix_table(told: Assessment) -> list[list[str]]:
    return [["kind", "names that end in"]] + [
        [kind, ", ".join(f"`{suffix}` {n(count)}" for suffix, count in list(found.items())[:FEW])]
        for kind, found in told["suffixes"].items()
        if found
    ]


def uncovered_table(told: Assessment) -> list[list[str]]:
    found = [at for at in told["languages"] if not at["rules"]]
    return [["language", "files", "code"]] + [
        [at["language"], n(at["files"]), n(at["code"])] for at in found
    ]


def external_table(told: Assessment) -> list[list[str]]:
    return [["library", "imports", "files", "languages"]] + [
        [code(at["name"]), n(at["imports"]), n(at["files"]), ", ".join(at["languages"])]
        for at in told["external"][:IN_REPORT]
    ]


def rejected_table(told: Assessment) -> list[list[str]]:
    return [["file", "why"]] + [
        [code(path), " ".join(why.split())]
        for path, why in list(told["rejected"].items())[:IN_REPORT]
    ]


def left_out_table(told: Assessment) -> list[list[str]]:
    return [["reason", "count"]] + [[why, n(count)] for why, count in told["left_out"].items()]


def code(path: str) -> str:
    return f"`{row_name(path)}`"


def n(number: int) -> str:
    return f"{number:,}"
