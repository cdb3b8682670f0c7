"""The live view on an emulated terminal: nothing torn, nothing left, nothing lost."""

from __future__ import annotations

import pytest
from rich.cells import chop_cells

from asyncorch.state import RunState
from asyncorch.views.lines import RULE, lines
from asyncorch.views.live import LiveView
from tests.views.screen import Screen
from tests.views.stories import bursting, crowded, failing, interrupted, passing
from tests.views.telling import START, Story

SIZES = [(80, 24), (120, 40), (40, 10)]
STORIES = {"passing": passing, "failing": failing, "interrupted": interrupted, "crowded": crowded}


def permanent(story: Story, width: int) -> list[str]:
    """Return the rows that the story's permanent lines take on a terminal of that width."""
    state = RunState()
    rows: list[str] = []
    for stamped in story:
        state.apply(stamped)
        for line in lines(stamped, state):
            text = RULE[:width] if line.text == RULE else line.words
            rows += [row.rstrip() for row in chop_cells(text, width) or [""]]
    return rows


def stripped(rows: list[str]) -> list[str]:
    while rows and not rows[-1]:
        rows = rows[:-1]
    return rows


def play(screen: Screen, story: Story) -> None:
    """Show a story event by event, a tick after each."""
    screen.view.start()
    for stamped in story:
        screen.play(stamped)
        screen.tick(stamped.time)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STORIES)
def test_after_the_end_only_the_permanent_lines_stand(name: str, size: tuple[int, int]) -> None:
    screen = Screen(*size)
    play(screen, STORIES[name]())
    assert not screen.cursor_is_shown
    screen.stop()
    expected = permanent(STORIES[name](), size[0])
    assert stripped(screen.history()) == stripped(expected)
    assert screen.cursor_is_shown
    assert screen.terminal.cursor.x == 0
    assert not any("━" in row or row.startswith("──") for row in screen.history())


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", STORIES)
def test_there_is_one_frame_and_it_stands_below_all_lines(name: str, size: tuple[int, int]) -> None:
    screen = Screen(*size)
    screen.view.start()
    for stamped in STORIES[name]():
        screen.play(stamped)
        rows = screen.tick(stamped.time)
        heads = [row for row in rows if row.startswith("Run    ")]
        assert len(heads) == 1
        assert not any(row.startswith("Run    ") for row in screen.history()[: -len(rows)])
        at = rows.index(heads[0])
        assert not any(row.startswith(("✓", "✗", "PHASE ", "=")) for row in rows[at:])
    screen.stop()


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_the_permanent_lines_above_the_frame_are_whole_at_every_moment(
    size: tuple[int, int],
) -> None:
    screen = Screen(*size)
    story = passing()
    screen.view.start()
    for number, stamped in enumerate(story):
        screen.play(stamped)
        screen.tick(stamped.time)
        expected = permanent(Story(told=story.told[: number + 1]), size[0])
        assert screen.history()[: len(expected)] == expected
    screen.stop()


def test_thirty_two_processes_on_ten_rows() -> None:
    screen = Screen(40, 10)
    play(screen, crowded(32))
    rows = screen.shown()

    assert stripped(rows)[-1] == "      …  and 28 more"
    assert sum("#" in row for row in rows) == 4
    screen.stop()


def test_hostile_output_is_shown_as_it_is() -> None:
    screen = Screen(120, 40)
    play(screen, crowded(5))
    text = "\n".join(screen.shown())

    assert ":smile: :warning:" in text
    assert "[/red] [bold]" in text
    assert "gone" in text
    assert "x" * 110 + "…" in text
    screen.stop()


@pytest.mark.slow
def test_two_thousand_steps_in_bursts_are_few_writes_and_no_line_is_lost() -> None:
    screen = Screen(80, 24)
    story = bursting(2000)
    screen.view.start()
    for number, stamped in enumerate(story):
        screen.play(stamped)
        if number % 400 == 0:
            screen.tick(stamped.time)
    screen.stop()

    assert stripped(screen.history()) == stripped(permanent(story, 80))
    assert screen.writes <= len(story.told) // 400 + 3


def test_a_narrower_window_that_wraps_leaves_nothing_of_the_frame() -> None:
    screen = Screen(120, 40, rewraps=True)
    play(screen, crowded(8))
    screen.narrow(50, 40)
    screen.tick(START + 4000)
    rows = screen.tick(START + 4000)

    assert sum(row.startswith("Run    ") for row in rows) == 1
    assert not any(row.startswith("──") for row in screen.stop())
    assert not any("Run    " in row or "Transforming" in row for row in screen.history())


def test_a_window_that_is_narrowed_just_before_the_end_is_left_clean() -> None:
    screen = Screen(120, 40, rewraps=True)
    play(screen, crowded(8))
    screen.narrow(50, 40)
    screen.stop()
    assert not any("Run    " in row or "Transforming" in row for row in screen.history())


def test_a_narrower_window_that_cuts_loses_no_line() -> None:
    screen = Screen(120, 40)
    play(screen, failing())
    expected = [row[:50].rstrip() for row in permanent(failing(), 120)]
    screen.resize(50, 40)
    for _ in range(2):
        rows = screen.tick(START + 4000)

    assert sum(row.startswith("Run    ") for row in rows) == 1
    assert rows[: len(expected)] == expected
    assert stripped(screen.stop()) == stripped(expected)


def test_a_wider_window_is_filled() -> None:
    screen = Screen(80, 24)
    play(screen, crowded(4))
    screen.resize(120, 24)
    for _ in range(2):
        rows = screen.tick(START + 4000)
    assert "─" * 120 in rows
    screen.stop()


def test_while_the_window_is_dragged_nothing_is_drawn() -> None:
    screen = Screen(120, 40)
    play(screen, crowded(4))
    before = screen.writes
    for width in range(119, 90, -1):
        screen.resize(width, 40)
        screen.tick(START + 4000)
    assert screen.writes == before
    screen.tick(START + 4000)
    assert screen.writes == before + 1
    screen.stop()


def test_nothing_is_written_when_nothing_changed() -> None:
    screen = Screen()
    play(screen, passing())
    now = passing().told[-1].time
    screen.tick(now + 0.5)
    before = screen.writes
    for tenth in range(1, 5):
        screen.tick(now + tenth / 10)
    assert screen.writes == before
    screen.tick(now + 1.6)
    assert screen.writes == before + 1
    screen.stop()


def test_a_slow_terminal_gets_fewer_frames() -> None:
    screen = Screen()
    times = iter(range(1000))
    screen.view = LiveView(screen.console, state=screen.state, stopwatch=lambda: float(next(times)))
    screen.view.start()
    drawn = 0
    for tick in range(100):
        screen.play(Story().tell(Story(phase="p").show("s").told[0].event).told[0])
        before = screen.writes
        screen.tick(START + tick / 10)
        drawn += screen.writes - before
    assert drawn <= 2
    screen.stop()


def test_what_code_prints_stands_above_the_frame_in_whole_lines() -> None:
    screen = Screen()
    play(screen, Story().run())
    for piece in ("half a ", "line\nand", " another [b]\n\x1b[2Jrest"):
        screen.view.print_above(piece)
    rows = screen.tick(START + 5)
    assert rows[1:3] == ["half a line", "and another [b]"]
    assert not any("rest" in row for row in rows)
    assert "rest" in screen.stop()


def test_stop_is_harmless_without_start_and_twice() -> None:
    screen = Screen()
    screen.stop()
    assert screen.stream.take() == ""
    screen.view.start()
    screen.view.start()
    screen.stop()
    screen.stop()
    assert screen.cursor_is_shown


def test_a_view_that_was_stopped_can_take_the_terminal_again() -> None:
    screen = Screen()
    told = passing().told
    screen.view.start()
    screen.play(*told[:4])
    screen.tick(START)
    screen.stop()
    assert screen.cursor_is_shown
    screen.view.start()
    screen.play(*told[4:])
    screen.tick(START + 100)
    assert not screen.cursor_is_shown
    screen.stop()
    assert stripped(screen.history()) == stripped(permanent(passing(), 80))


def test_a_terminal_that_is_gone_stops_the_drawing_and_nothing_else() -> None:
    screen = Screen()
    play(screen, Story().run())
    screen.stream.close()
    for stamped in passing():
        screen.state.apply(stamped)
        screen.view(stamped)
        screen.view.tick(stamped.time + 100)
    screen.view.stop()


def test_a_clock_that_is_set_back_does_not_stop_the_drawing() -> None:
    screen = Screen()
    play(screen, passing())
    before = screen.writes
    screen.tick(START - 86_400)
    assert screen.writes == before + 1
    screen.stop()
