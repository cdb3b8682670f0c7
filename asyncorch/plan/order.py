"""Which of the steps that wait goes first: the one with the longest work before and behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asyncorch.model import Step


def after(steps: Sequence[Step], seconds: Callable[[Step], float]) -> dict[str, float]:
    """Return for each step how long those take, one after the other, that cannot start before it.

    Of several that need a step the longest counts; a circle, which the plan forbids, counts once.
    """
    needed_by: dict[str, list[Step]] = {step.name: [] for step in steps}
    open_needs = {step.name: 0 for step in steps}
    for step in steps:
        for need in set(step.needs) & needed_by.keys():
            needed_by[need].append(step)
            open_needs[step.name] += 1
    order: list[Step] = [step for step in steps if not open_needs[step.name]]
    for step in order:  # grows while it is gone through
        for other in needed_by[step.name]:
            open_needs[other.name] -= 1
            if not open_needs[other.name]:
                order.append(other)
    behind = dict.fromkeys(needed_by, 0.0)
    for step in reversed(order):
        chains = (seconds(other) + behind[other.name] for other in needed_by[step.name])
        behind[step.name] = max(chains, default=0.0)
    return behind
