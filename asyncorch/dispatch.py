"""Who may run now: slots and named limits, given at once or not at all.

What waits is served by weight, the longest work first, and by age. What fits is started; the first
in line keeps what it waits for: nobody behind it takes a slot while it lacks slots, nor a limit
that it lacks. So nothing starves, a step that takes four slots included.

Where slots are shared with other programs, a process that has been started waits for its turn: see
asyncorch/tokens.py.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from itertools import count
from typing import NamedTuple

from msgspec import Struct, field

from asyncorch.model import Step
from asyncorch.tokens import Pool

_AT_ONCE = nullcontext()


class Claim(Struct, frozen=True):
    """What one process needs: slots, and one of each limit it names."""

    slots: int = 1
    limits: tuple[str, ...] = ()


class _Waiting(NamedTuple):
    """Sorts as it is served; no two have the same age."""

    lightness: float
    age: int
    owner: object
    start: Callable[[], None]


class Dispatcher(Struct):
    """Hands out `slots` and `limits`; `start` callbacks are called from submit and release."""

    slots: int
    limits: Mapping[str, int] = field(default_factory=dict)
    pool: Pool | None = None  # what is shared with programs beside ours
    _taken: dict[str, int] = field(default_factory=dict)
    _slots_taken: int = 0
    # Only the heads of equal claims compete, so that ten thousand waiting cost nothing.
    _queues: dict[Claim, list[_Waiting]] = field(default_factory=dict)
    _ages: Callable[[], int] = field(default_factory=lambda: count().__next__)
    _pumping: bool = False

    def submit(
        self,
        claim: Claim,
        start: Callable[[], None],
        owner: object = None,
        weight: float = 0.0,
    ) -> None:
        """Call `start` as soon as the claim can be met; the caller releases it at the end."""
        fair = Claim(min(claim.slots, self.slots), tuple(sorted(set(claim.limits))))
        queue = self._queues.setdefault(fair, [])
        heapq.heappush(queue, _Waiting(-weight, self._ages(), owner, start))
        self._pump()

    def release(self, claim: Claim) -> None:
        """Give back what a claim took."""
        self._slots_taken -= min(claim.slots, self.slots)
        for limit in set(claim.limits):
            self._taken[limit] -= 1
        self._pump()

    def turn(self, step: Step) -> AbstractAsyncContextManager[None]:
        """Wait, and hold, what a started process has to take from those that we share with."""
        return _AT_ONCE if self.pool is None else self.pool.turn(step)

    def withdraw(self, owners: Collection[object]) -> None:
        """Forget what these owners have submitted and what has not started."""
        for claim, queue in list(self._queues.items()):
            kept = [waiting for waiting in queue if waiting.owner not in owners]
            heapq.heapify(kept)
            if kept:
                self._queues[claim] = kept
            else:
                del self._queues[claim]
        self._pump()

    @property
    def running_slots(self) -> int:
        return self._slots_taken

    def _pump(self) -> None:
        if self._pumping:  # a start callback submitted more: the loop below will see it
            return
        self._pumping = True
        try:
            while (claim := self._next()) is not None:
                self._grant(claim)
        finally:
            self._pumping = False

    def _next(self) -> Claim | None:
        kept: set[str] = set()  # limits that somebody before them waits for
        for claim in sorted(self._queues, key=lambda claim: self._queues[claim][0][:2]):
            if claim.slots > self.slots - self._slots_taken:
                return None
            full = {name for name in claim.limits if self._taken.get(name, 0) >= self._most(name)}
            if not full and not kept.intersection(claim.limits):
                return claim
            kept.update(claim.limits)
        return None

    def _grant(self, claim: Claim) -> None:
        queue = self._queues[claim]
        waiting = heapq.heappop(queue)
        if not queue:
            del self._queues[claim]
        self._slots_taken += claim.slots
        for limit in claim.limits:
            self._taken[limit] = self._taken.get(limit, 0) + 1
        waiting.start()

    def _most(self, limit: str) -> int:
        return self.limits.get(limit, 1)
