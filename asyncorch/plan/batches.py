"""How the files of a fan-out are packed into processes.

Automatic batches follow factoring (Hummel, Schonberg and Flynn, "Factoring: a method for scheduling
parallel loops", CACM 35(8), 1992): each round hands out half of the work that is left in as many
equal batches as there are slots. The first batches are long, so that starting a process costs
little; the last are short, so that all slots end together. The heaviest files go first, so that
none is left for the end. Batches of a fixed number of files are dealt to equal weight. No batch is
longer than the kernel takes as arguments.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator, Mapping, Sequence

from asyncorch.errors import ConfigError
from asyncorch.model import Batch

SHELL_LIMIT = 128 * 1024 - 1  # one argument, which a command for the shell is (MAX_ARG_STRLEN)
_SMALLEST = 64  # files: below that, starting an interpreter outweighs the work
_SHORTEST = 0.5  # seconds: the same, where it is known what files take


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
    weights: Sequence[float] | None = None,
    in_seconds: bool = False,
) -> list[Batch]:
    """Return the files in batches, numbered from 1, the heaviest first.

    `size` fixes the files a batch; None packs for `slots` processes at a time. `limit` is in bytes
    of arguments, as `cost` counts them. Raises ConfigError when a single name is too long.
    """
    work = weights or [1.0] * len(files)
    order = sorted(range(len(files)), key=lambda i: -work[i])  # equals stay in their order
    if size:
        parts = _dealt(order, work, size)
    else:
        parts = _factored(order, work, slots, in_seconds=in_seconds)
    batches: list[Batch] = []
    for part in parts:
        for fitting in _fitting([files[i] for i in part], limit):
            batches.append(Batch(len(batches) + 1, tuple(fitting)))
    return batches


def cost(file: str) -> int:
    """Return what a file takes of the argument limit; quotes are counted for the shell's sake."""
    return len(os.fsencode(file)) + 9 + 2 + 4 * file.count("'")


def _dealt(order: list[int], work: Sequence[float], size: int) -> list[list[int]]:
    """Deal the files to as few batches as there can be, each to the one that has least so far."""
    if len({work[i] for i in order}) < 2:  # noqa: PLR2004  # all are alike: as they come
        return [order[i : i + size] for i in range(0, len(order), size)]
    hands: list[tuple[float, int, list[int]]] = [
        (0.0, number, []) for number in range(-(-len(order) // size))
    ]
    full: list[tuple[float, int, list[int]]] = []
    for i in order:
        taken, number, files = hands[0]
        files.append(i)
        if len(files) == size:
            full.append(heapq.heappop(hands))
        else:
            heapq.heapreplace(hands, (taken + work[i], number, files))
    dealt = [sorted(files) for _, _, files in (*full, *hands)]
    dealt.sort(key=lambda files: (-sum(work[i] for i in files), files))
    return dealt


def _factored(
    order: list[int], work: Sequence[float], slots: int, *, in_seconds: bool
) -> list[list[int]]:
    count, left = len(order), sum(work)
    if in_seconds:
        smallest, least = 1, min(_SHORTEST, left / slots)
    else:
        # With few files all of them are spread, however dear a start is: each may take minutes.
        smallest = max(1, min(_SMALLEST, count // (2 * slots)))
        least = smallest * left / count if count else 0.0
    parts: list[list[int]] = []
    start = 0
    while start < count:
        share = left / (2 * slots)
        for _ in range(slots):
            end, taken = start, 0.0
            while end < count and (
                end == start
                or taken + work[order[end]] / 2 < share
                or ((end - start < smallest or in_seconds) and taken < least)
            ):
                taken += work[order[end]]
                end += 1
            if end > start:
                parts.append(order[start:end])
                left -= taken
                start = end
    return parts


def _fitting(files: list[str], limit: int) -> Iterator[list[str]]:
    """Yield the files in as many parts as the limit asks for."""
    start, room = 0, limit
    for i, file in enumerate(files):
        needed = cost(file)
        if needed > limit:
            raise ConfigError("a file's name is too long for a command line", where=file)
        if needed > room:
            yield files[start:i]
            start, room = i, limit
        room -= needed
    yield files[start:]
