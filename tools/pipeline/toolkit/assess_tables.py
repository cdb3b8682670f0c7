"""The tables of the assessment: rows of cells, the first row its head."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from toolkit.assessing import EFFORTS
from toolkit.rows import row_name

IN_REPORT = 40
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
    rows = [["effort", "files", "code", "of it tests"]]
    for effort in EFFORTS:
        at = told["efforts"][effort]
        rows.append([effort, n(at["files"]), n(at["code"]), n(at["tests"])])
    return rows


def folder_table(told: Assessment) -> list[list[str]]:
    head = ["folder", "files", "code", *EFFORTS, "places for a person", "high risk", "tested"]
    return [head] + [
        [
            code(at["folder"]),
            n(at["files"]),
            n(at["code"]),
            *(n(at["efforts"][effort]) for effort in EFFORTS),
            n(at["places"]),
            n(at["risks"]["high"]),
            n(at["tested"]),
        ]
        for at in told["folders"]
    ]


def twice_table(told: Assessment) -> list[list[str]]:
    return [["lines", "here", "and here"]] + [
        [
            n(at["code"]),
            f"{code(at['file'])}:{at['line']}-{at['end']}",
            f"{code(at['other'])}:{at['other_line']}",
        ]
        for at in told["twice"]
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
    return [["files", "among them"]] + [
        [n(len(group)), ", ".join(map(code, group[:5]))] for group in told["cycles"][:IN_REPORT]
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
    return [["question", "rule", "places", "files", "what to look for"]] + [
        [at["category"], at["id"], n(at["count"]), n(at["files"]), at["message"]]
        for at in told["person_rules"]
    ]


def rules_table(told: Assessment, fix: str) -> list[list[str]]:
    rules = [
        at
        for at in told["rules"]
        if not at["category"] and ((at["fix"] == "safe") == (fix == "safe"))
    ]
    return [["rule", "by", "places", "files", "what it says"]] + [
        [at["id"], at["engine"], n(at["count"]), n(at["files"]), at["message"]]
        for at in rules[:IN_REPORT]
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
