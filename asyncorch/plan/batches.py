"""How the files of a fan-out are packed into processes.

Automatic batches follow factoring (Hummel, Schonberg and Flynn, "Factoring: a method for scheduling
parallel loops", CACM 35(8), 1992): each round hands out half of the work that is left in as many
equal batches as there are slots. The first batches are long, so that starting a process costs
little; the last are short, so that all slots end together. Work is measured in bytes plus a fixed
share a file. No batch is longer than the kernel takes as arguments.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from asyncorch.errors import ConfigError
from asyncorch.model import Batch

SHELL_LIMIT = 128 * 1024 - 1  # one argument, which a command for the shell is (MAX_ARG_STRLEN)
_FILE_SHARE = 4096  # a file's cost beside its bytes: opening, parsing, writing
_SMALLEST = 64  # files: below that, starting an interpreter outweighs the work


def argument_limit(env: Mapping[str, str]) -> int:
    """Return how many bytes of arguments a process started with this environment may have."""
    # Each string costs its bytes, a NUL and a pointer; the kernel wants some room for itself.
    used = sum(len(os.fsencode(k)) + len(os.fsencode(v)) + 10 for k, v in env.items())
    return max(4096, os.sysconf("SC_ARG_MAX") - used - 8192)


def pack(
    files: Sequence[str],
    *,
    slots: int,
    size: int | None,
    limit: int,
    weights: Sequence[int] | None = None,
) -> list[Batch]:
    """Return the files in batches, in their order, numbered from 1.

    `size` fixes the files a batch; None packs for `slots` processes at a time. `limit` is in bytes
    of arguments, as `cost` counts them. Raises ConfigError when a single name is too long.
    """
    batches: list[Batch] = []
    start = 0
    ends = _fixed(len(files), size) if size else _factored(len(files), slots, weights)
    for end in ends:
        while start < end:
            stop = _fitting(files, start, end, limit)
            batches.append(Batch(len(batches) + 1, tuple(files[start:stop])))
            start = stop
    return batches


def cost(file: str) -> int:
    """Return what a file takes of the argument limit; quotes are counted for the shell's sake."""
    return len(os.fsencode(file)) + 9 + 2 + 4 * file.count("'")


def _fixed(count: int, size: int) -> list[int]:
    return [*range(size, count, size), count] if count else []


def _factored(count: int, slots: int, weights: Sequence[int] | None) -> list[int]:
    work = [_FILE_SHARE + (weights[i] if weights else 0) for i in range(count)]
    left = sum(work)
    # With few files all of them are spread, however dear a start is: each may take minutes.
    smallest = max(1, min(_SMALLEST, count // (2 * slots)))
    mean = left / count if count else 0
    ends: list[int] = []
    start = 0
    while start < count:
        share = left / (2 * slots)
        for _ in range(slots):
            end, taken = start, 0.0
            while end < count and (
                taken + work[end] / 2 < share
                or (end - start < smallest and taken < smallest * mean)
            ):
                taken += work[end]
                end += 1
            if end > start:
                ends.append(end)
                left -= int(taken)
                start = end
    return ends


def _fitting(files: Sequence[str], start: int, end: int, limit: int) -> int:
    room = limit
    for i in range(start, end):
        room -= cost(files[i])
        if room < 0:
            if i == start:
                raise ConfigError("a file's name is too long for a command line", where=files[i])
            return i
    return end
