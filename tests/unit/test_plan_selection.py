"""A mode that starts in the middle adds what it stands on, and says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asyncorch.errors import UsageError
from asyncorch.model import Phase
from asyncorch.plan.pipeline import Pipeline
from asyncorch.plan.selection import Selection, select
from tests.bench import step

MODES = {
    "middle": ("transform", "build"),
    "last": ("build",),
    "full": ("extract", "validate", "analyze", "transform", "build"),
}


def phase(name: str, number: int, reads: str = "", makes: str = "") -> Phase:
    made = step("s", foreach=(reads,) if reads else (), outputs=(makes,) if makes else ())
    return Phase(name, number, name.upper(), name, (made,) if reads or makes else ())


PIPELINE = Pipeline(
    (
        phase("extract", 1, makes="work/extracted/**"),
        phase("validate", 2, "work/extracted/**/*", "work/validated/{path}"),
        phase("analyze", 3, "work/validated/**", "work/analysis/{name}.json"),
        phase("transform", 4, "work/validated/**/*.py", "work/transformed/{path}"),
        phase("build", 5),
    ),
    MODES,
)


def chosen(
    mode: str = "full", *phases: str, stale: Callable[[Phase], str | None] = lambda _: "missing"
) -> Selection:
    implied = {"build": ("work/transformed/**", "work/validated/config/**")}
    return select(PIPELINE, mode=mode, phases=phases, implied=implied, stale=stale)


def test_a_mode_is_its_phases_in_the_order_of_the_pipeline() -> None:
    pipeline = Pipeline(PIPELINE.phases, {"odd": ("build", "extract", "transform")})
    selection = select(pipeline, mode="odd", phases=(), implied={}, stale=lambda _: None)

    assert selection == Selection("odd", ("extract", "transform", "build"))


def test_what_a_mode_stands_on_and_is_missing_runs_first_and_says_why() -> None:
    selection = chosen("middle")

    assert selection.phases == ("extract", "validate", "transform", "build")
    assert selection.added == {"validate": "missing", "extract": "missing"}


def test_what_nobody_consumes_is_not_added() -> None:
    assert "analyze" not in chosen("middle").phases


def test_what_is_still_good_is_not_added() -> None:
    assert chosen("middle", stale=lambda _: None).phases == ("transform", "build")


def test_what_only_a_good_phase_stands_on_is_not_added() -> None:
    def stale(phase: Phase) -> str | None:
        return "missing" if phase.name == "extract" else None

    assert chosen("middle", stale=stale).phases == ("transform", "build")


def test_a_phase_may_consume_what_no_glob_of_its_own_says() -> None:
    selection = chosen("last", stale=lambda p: "gone" if p.name == "transform" else None)

    assert selection.phases == ("transform", "build")
    assert selection.added == {"transform": "gone"}


def test_added_phases_bring_those_that_they_stand_on_themselves() -> None:
    assert chosen("last").phases == ("extract", "validate", "transform", "build")


def test_the_reasons_come_in_the_order_in_which_the_phases_run() -> None:
    assert list(chosen("last").added) == ["extract", "validate", "transform"]


def test_phases_by_name_never_add_any() -> None:
    selection = chosen("full", "build", "validate")

    assert selection == Selection("custom", ("validate", "build"))


@pytest.mark.parametrize(
    ("mode", "phases", "message", "hint"),
    [
        ("ful", (), "unknown mode `ful`", "did you mean `full`?"),
        ("full", ("bild",), "unknown phase `bild`", "did you mean `build`?"),
    ],
)
def test_an_unknown_name_is_a_usage_error(
    mode: str, phases: tuple[str, ...], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as raised:
        chosen(mode, *phases)

    assert (raised.value.message, raised.value.hint) == (message, hint)


def test_what_a_later_phase_makes_is_not_added_for_an_earlier_one_that_reads_it() -> None:
    """It reads what the last run left: to run the later one first would turn the order round."""
    pipeline = Pipeline(
        (phase("a", 1, "work/report/**"), phase("b", 2, makes="work/report/{path}")), {"m": ("a",)}
    )

    selection = select(pipeline, mode="m", phases=(), implied={}, stale=lambda _: "missing")

    assert selection.phases == ("a",)


def test_a_folder_whose_name_only_begins_alike_is_another() -> None:
    pipeline = Pipeline(
        (phase("a", 1, makes="work/out/{path}"), phase("b", 2, "work/output/**")), {"m": ("b",)}
    )

    selection = select(pipeline, mode="m", phases=(), implied={}, stale=lambda _: "missing")

    assert selection.phases == ("b",)
