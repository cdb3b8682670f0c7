"""A frame fits, whatever runs and whatever it says, and keeps its columns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from asyncorch.model import Outcome
from asyncorch.state import RunState
from asyncorch.views.frame import render
from tests.views.stories import crowded, failing, interrupted, passing
from tests.views.telling import START, Story


def folded(story: Story, until: int | None = None) -> RunState:
    state = RunState()
    for stamped in story.told[:until]:
        state.apply(stamped)
    return state


def frame(state: RunState, now: float, width: int = 80, height: int = 24) -> list[str]:
    return render(state, now, width, height).plain.split("\n")


def fan_out(batches: int = 2, concurrency: int = 2) -> Story:
    story = Story().run(concurrency=concurrency)
    story.open_phase("transform", "TRANSFORMATION", "sources")
    story.start("sources", "Transforming sources", 1790, 40)
    for batch in range(1, batches + 1):
        story.spawn("sources", batch, 45).show("sources", batch, 9, 1, f"line {batch}")
    return story


@pytest.mark.parametrize(
    "size", [(80, 24), (120, 40), (40, 10), (200, 60), (20, 5), (1, 1), (5, 3)]
)
@pytest.mark.parametrize("story", [passing(), failing(), interrupted(), crowded()])
def test_a_frame_is_never_taller_or_wider_than_the_terminal(
    story: Story, size: tuple[int, int]
) -> None:
    width, height = size
    state = RunState()
    for stamped in story:
        state.apply(stamped)
        lines = frame(state, stamped.time + 1.5, width, height)
        assert len(lines) <= max(height - 1, 1)
        assert all(cell_len(line) <= width for line in lines)
        assert all(line.isprintable() for line in lines)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.integers(1, 250), st.integers(1, 80), st.integers(1, 64), st.floats(-1e6, 1e6))
def test_any_terminal_will_do(width: int, height: int, processes: int, after: float) -> None:
    lines = frame(folded(fan_out(processes, processes)), START + after, width, height)
    assert len(lines) <= max(height - 1, 1)
    assert all(cell_len(line) <= width for line in lines)


def test_the_head_says_what_where_and_how_long() -> None:
    lines = frame(folded(fan_out()), START + 67)

    assert lines[0] == "─" * 80
    assert lines[1].startswith("shop · snapshot-2 · full · 20251123-041354-shop ")
    assert lines[1].endswith(" 1:07")
    assert "phase 4 of 5" in lines[2]
    assert lines[3].endswith("TRANSFORMATION")
    assert lines[4].startswith("          18 of 1,790 files · ")


def test_rate_and_estimate_appear_as_they_form() -> None:
    story = fan_out()
    for batch in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12):
        story.spawn("sources", batch, 45).reap("sources", batch, 45)
    assert "about 29 s left · 99.57% ok" in frame(folded(story), START + 10)[4]


def test_each_process_has_a_line_of_its_own_and_one_for_its_output_where_there_is_room() -> None:
    lines = frame(folded(fan_out()), START + 7)
    assert lines[6:] == [
        "   0:07  Transforming sources #1        9/45  1 error  ",
        "         line 1",
        "   0:07  Transforming sources #2        9/45  1 error  ",
        "         line 2",
    ]


def test_with_many_processes_the_output_stands_beside_them() -> None:
    lines = frame(folded(fan_out(12, 12)), START + 7)
    assert lines[6] == "   0:07  Transforming sources #1        9/45  1 error    line 1"
    assert len(lines) == 18


def test_those_that_do_not_fit_are_counted() -> None:
    lines = frame(folded(crowded(32)), START + 3725, 40, 10)
    assert len(lines) == 9
    assert lines[-1] == "      …  and 28 more"
    assert lines[4].startswith("1:02:05  ")


def test_a_process_keeps_its_line_while_others_end() -> None:
    story = fan_out(4, 4)
    before = frame(folded(story), START + 7)
    after = frame(folded(story.reap("sources", 2, 45)), START + 7)
    third = next(line for line in before if "#3" in line)

    assert before.index(third) == after.index(third)
    assert after[8] == "      -  idle"


def test_columns_stand_still_as_numbers_grow() -> None:
    early, late = fan_out(), fan_out()
    late.show("sources", 1, 45, 12, "a much longer line of output").spawn("sources", 1000, 45)
    first, second = (frame(folded(story), START + 7) for story in (early, late))

    assert len(first[6]) == len(second[6])
    assert first[6].index("/45") == second[6].index("/45")
    assert first[4].index(" of ") == second[4].index(" of ")


def test_failures_show_in_the_counters() -> None:
    story = Story().run().open_phase("extract", "EXTRACTION", "a", "b", "c")
    story.start("a", "A").spawn("a").reap("a").end("a", "A", Outcome.FAILED, 3)
    assert frame(folded(story), START)[4] == "       1 of 3 steps · 1 failed"


def test_between_phases_only_the_head_stands() -> None:
    state = folded(Story().run())
    assert len(frame(state, START + 1)) == 4


def test_a_step_without_rows_shows_its_output_and_no_empty_numbers() -> None:
    story = Story().run(concurrency=8).open_phase("extract", "EXTRACTION", "ddl")
    story.start("ddl", "Extracting ddl").spawn("ddl").show("ddl", line="connecting")
    line = frame(folded(story), START + 1)[6]
    assert line.split() == ["0:01", "Extracting", "ddl", "connecting"]


def test_a_second_attempt_is_named() -> None:
    story = Story().run().open_phase("extract", "EXTRACTION", "ddl")
    story.start("ddl", "Extracting ddl").spawn("ddl", attempt=2)
    assert "Extracting ddl attempt 2" in frame(folded(story), START + 1)[6]


def test_meaning_does_not_hang_on_colour() -> None:
    state = folded(fan_out())
    lines = frame(state, START + 7)
    assert lines[3].count("━") < lines[2].count("━")
    assert "─" in lines[3]
