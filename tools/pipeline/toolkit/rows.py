"""Rows: what a tool says of each file, in the one form that the runner reads.

A row is said only after the output it speaks of is in place under its final name, and leaves
at once, so that a tool that is killed has told of everything it finished.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import quote_from_bytes

# A name with one of these could break the row, or the screen of whoever reads it.
UNSAFE = re.compile(r"[|\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
SAFE = "/!#$&'()*+,:;=?@[]^_`{}~"
SHOWN = 20  # findings of one file that anyone would read
KEPT = 200  # findings of one file that are written down


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a file; line and column count from 1, 0 means the whole file.

    A note is worth knowing, and no error.
    """

    message: str
    rule: str
    line: int = 0
    column: int = 0
    note: bool = False


@dataclass(slots=True)
class Rows:
    """Says rows, and remembers what was found in which file."""

    failed: int = field(default=0, init=False)
    found: dict[str, list[Finding]] = field(default_factory=dict, init=False)

    def judged(self, path: str, findings: Iterable[Finding]) -> None:
        """Reject the file for its errors, or pass it with its notes."""
        found = list(findings)
        errors = [at for at in found if not at.note]
        self.noted(path, [at for at in found if at.note])
        if errors:
            self.rejected(path, errors)
        else:
            self.passed(path)

    def passed(self, path: str) -> None:
        self._remember(path, [])
        self.say(f"| {row_name(path)} | 0 |")

    def rejected(self, path: str, findings: Iterable[Finding]) -> None:
        """Say what is wrong with the file, then its row."""
        found = list(findings)
        self._remember(path, found)
        self.failed += 1
        told = [tell(path, finding) for finding in found[:SHOWN]]
        if len(found) > SHOWN:
            told.append(f"{row_name(path)}: and {len(found) - SHOWN} more")
        self.say("\n".join([*told, f"| {row_name(path)} | {max(1, len(found))} |"]))

    def noted(self, path: str, findings: Iterable[Finding]) -> None:
        """Say what was found in a file that passes all the same; its row comes apart."""
        found = [replace(finding, note=True) for finding in findings]
        self._remember(path, found)
        told = [f"note: {tell(path, finding)}" for finding in found[:SHOWN]]
        if len(found) > SHOWN:
            told.append(f"note: {row_name(path)}: and {len(found) - SHOWN} more")
        if told:
            self.say("\n".join(told))

    def say(self, text: str) -> None:
        # One write a message, in UTF-8 whatever the locale says, and no waiting in a buffer.
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
        sys.stdout.buffer.flush()

    def _remember(self, path: str, findings: list[Finding]) -> None:
        kept = self.found.setdefault(path, [])
        kept += findings[: KEPT - len(kept)] if len(kept) < KEPT else []

    @property
    def status(self) -> int:
        return 1 if self.failed else 0


def row_name(path: str) -> str:
    """Give the path as a row carries it: itself, or encoded where it could not be read back."""
    name = os.fsencode(path)
    try:
        text = name.decode("utf-8")  # which the locale may not know
    except UnicodeDecodeError:
        return quote_from_bytes(name, safe=SAFE)
    return quote_from_bytes(name, safe=SAFE) if UNSAFE.search(text) else text


def tell(path: str, finding: Finding) -> str:
    place = f":{finding.line}:{finding.column}" if finding.line else ""
    message = CONTROL.sub("\N{REPLACEMENT CHARACTER}", " ".join(finding.message.split()))
    return f"{row_name(path)}{place}: {message} [{finding.rule}]"
