"""The plain view: lines as they come, a heartbeat in silence, and no trouble for the run."""

from __future__ import annotations

import io

import pytest

from asyncorch.state import RunState
from asyncorch.views.plain import HEARTBEAT, PlainSink
from tests.views.stories import crowded, failing, passing
from tests.views.telling import START, Story


def printed(story: Story, *, color: bool = False) -> str:
    out = io.StringIO()
    state = RunState()
    sink = PlainSink(out.write, color=color, state=state)
    for stamped in story:
        state.apply(stamped)
        sink(stamped)
    return out.getvalue()


def test_each_step_that_ends_leaves_its_literal_line() -> None:
    found = printed(passing()).splitlines()
    assert any(line.startswith("✓ Extracting source-files completed") for line in found)
    assert "PHASE 4: TRANSFORMATION" in found
    assert any(
        line.startswith("✗ Extracting ddl failed (exit 3)")
        for line in printed(failing()).splitlines()
    )


def test_without_colour_no_escape_is_written() -> None:
    for story in (passing(), failing(), crowded()):
        assert "\x1b" not in printed(story)


def test_colour_changes_no_word_and_is_always_closed() -> None:
    coloured = printed(failing(), color=True)
    assert "\x1b[31m✗ Extracting ddl failed (exit 3)\x1b[0m" in coloured
    assert "\x1b[32m✓\x1b[0m Extracting source-files completed" in coloured
    for line in coloured.splitlines():
        assert line.count("\x1b[") == 2 * line.count("\x1b[0m")
    plain = coloured
    for code in ("0", "1", "2", "31", "32", "33", "36"):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == printed(failing())


def test_after_half_a_minute_of_silence_comes_a_heartbeat() -> None:
    out = io.StringIO()
    state = RunState()
    sink = PlainSink(out.write, color=False, state=state)
    story = Story().run().open_phase("transform", "TRANSFORMATION", "sources")
    story.start("sources", "Transforming sources", 1790, 40)
    for batch in range(1, 6):
        story.spawn("sources", batch, 45).show("sources", batch, 40)
    for stamped in story:
        state.apply(stamped)
        sink(stamped)
    said = out.tell()

    sink.tick(START + HEARTBEAT - 1)
    assert out.tell() == said
    sink.tick(START + HEARTBEAT + 15)
    assert out.getvalue()[said:] == (
        "… 45 s: transform, 200 of 1,790 files, 5 running: "
        "sources 1 (0:45), sources 2 (0:45), sources 3 (0:45), …\n"
    )
    said = out.tell()
    sink.tick(START + HEARTBEAT + 16)
    assert out.tell() == said


def test_progress_alone_does_not_put_the_heartbeat_off() -> None:
    out = io.StringIO()
    state = RunState()
    sink = PlainSink(out.write, color=False, state=state)
    for stamped in Story().run().open_phase("extract", "E", "a").start("a", "A").spawn("a"):
        state.apply(stamped)
        sink(stamped)
    said = out.tell()
    for second in range(1, 40):
        story = Story(now=START + second, phase="extract").show("a", line="more")
        state.apply(story.told[0])
        sink(story.told[0])
        sink.tick(START + second)
    assert out.getvalue()[said:].count("\n") == 1


def test_a_clock_that_is_set_back_brings_no_flood() -> None:
    out = io.StringIO()
    state = RunState()
    sink = PlainSink(out.write, color=False, state=state)
    state.apply(Story().run().told[0])
    sink(Story().run().told[0])
    said = out.tell()
    for second in range(20):
        sink.tick(START - 3600 + second)
    assert out.tell() == said
    sink.tick(START - 3600 + HEARTBEAT + 1)
    assert out.getvalue()[said:].count("\n") == 1


def test_nothing_is_said_after_the_end() -> None:
    out = io.StringIO()
    state = RunState()
    sink = PlainSink(out.write, color=False, state=state)
    for stamped in passing():
        state.apply(stamped)
        sink(stamped)
    said = out.tell()
    sink.tick(START + 10_000)
    assert out.tell() == said


@pytest.mark.parametrize("error", [BrokenPipeError(), ValueError("closed")])
def test_a_reader_that_left_stops_the_writing_and_nothing_else(error: Exception) -> None:
    written: list[str] = []

    def write(text: str) -> None:
        written.append(text)
        raise error

    state = RunState()
    sink = PlainSink(write, color=False, state=state)
    for stamped in passing():
        state.apply(stamped)
        sink(stamped)
    assert len(written) == 1
