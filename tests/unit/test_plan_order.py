"""A step is as urgent as the longest chain of those that cannot start before it."""

from __future__ import annotations

from asyncorch.model import Step
from asyncorch.plan.order import after
from tests.bench import step

SECONDS = {"a": 1.0, "b": 2.0, "c": 4.0, "d": 8.0}


def seconds(step: Step) -> float:
    return SECONDS[step.name]


def test_the_longest_chain_behind_a_step_counts() -> None:
    steps = [step("a"), step("b", needs=("a",)), step("c", needs=("a",)), step("d", needs=("b",))]

    assert after(steps, seconds) == {"a": 10.0, "b": 8.0, "c": 0.0, "d": 0.0}


def test_a_need_outside_of_the_phase_and_a_circle_do_no_harm() -> None:
    steps = [step("a", needs=("x",)), step("b", needs=("c",)), step("c", needs=("b", "b"))]

    assert after(steps, seconds) == {"a": 0.0, "b": 0.0, "c": 0.0}
