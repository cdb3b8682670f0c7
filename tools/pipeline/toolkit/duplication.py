"""Find code that stands in more than one place: windows of equal lines, whatever their layout.

Comments, blank lines and lines without a word do not count, so neither do licences and brackets.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

WINDOW = 10  # lines of code that are equal by more than chance
WORD = re.compile(rb"[\w\x80-\xff]")
LETTERS = frozenset(string.ascii_letters.encode())  # what most lines begin with
Lines = Sequence[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of a file that stand in another place as well."""

    file: str
    line: int
    end: int
    code: int
    other: str
    other_line: int


class Duplicates:
    """Takes the lines of each file, and tells at the end what is there more than once."""

    def __init__(self) -> None:
        self._windows: dict[str, list[int]] = {}
        self._lines: dict[str, list[int]] = {}

    def add(self, path: str, code: Lines) -> None:
        """Take a file's lines of code, each without white space."""
        worded = [at for at in code if at[1][0] in LETTERS or WORD.search(at[1])]
        hashes = [hash(text) for _, text in worded]
        self._lines[path] = [line for line, _ in worded]
        self._windows[path] = list(
            map(hash, zip(*(hashes[at:] for at in range(WINDOW)), strict=False))
        )

    def find(self) -> tuple[dict[str, int], list[Block]]:
        """Count the lines of code of each file that stand elsewhere too; and the blocks of them."""
        counts: Counter[int] = Counter()
        for windows in self._windows.values():
            counts.update(windows)
        places = self._places({window for window, count in counts.items() if count > 1})
        shares: dict[str, int] = {}
        blocks: list[Block] = []
        for path, windows in self._windows.items():
            runs = list(_runs([window in places for window in windows]))
            shares[path] = sum(end - start for start, end in runs)
            blocks += (
                self._block(path, start, end, places)
                for start, end in runs
                if places[windows[start]] != (path, start)  # of copies, not of the first
            )
        return shares, sorted(blocks, key=lambda at: (-at.code, at.file, at.line))

    def _places(self, repeated: set[int]) -> Mapping[int, tuple[str, int]]:
        """Find the first place of each window."""
        places: dict[int, tuple[str, int]] = {}
        for path, windows in self._windows.items():
            for at, window in enumerate(windows):
                if window in repeated:
                    places.setdefault(window, (path, at))
        return places

    def _block(
        self, path: str, start: int, end: int, places: Mapping[int, tuple[str, int]]
    ) -> Block:
        other, at = places[self._windows[path][start]]
        lines = self._lines[path]
        other_line = self._lines[other][at]
        return Block(path, lines[start], lines[end - 1], end - start, other, other_line)


def _runs(marks: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Give start and end, in lines of code, of each stretch of windows that are marked."""
    start = None
    for at, marked in enumerate([*marks, False]):
        if marked and start is None:
            start = at
        elif not marked and start is not None:
            yield start, at + WINDOW - 1
            start = None
