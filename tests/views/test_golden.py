"""Journals replayed to text: what a person sees of a run, kept as files to look at.

UPDATE_GOLDEN=1 writes them anew. The journals come from stories.py; they also hold Progressed,
which a real journal lacks, so that there is something to see in a frame.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from asyncorch.events import Progressed, Stamped
from asyncorch.state import RunState
from asyncorch.views.frame import render
from asyncorch.views.journal import encode, read
from asyncorch.views.plain import PlainSink
from asyncorch.views.summary import summary_text
from tests.views.stories import crowded, failing, interrupted, passing
from tests.views.telling import Story

GOLDEN = Path(__file__).parents[1] / "golden"
STORIES: dict[str, Callable[[], Story]] = {
    "passing": passing,
    "failing": failing,
    "interrupted": interrupted,
    "crowded": crowded,
}
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))


def agree(name: str, text: str) -> None:
    path = GOLDEN / name
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def journal(name: str) -> list[Stamped]:
    return list(read(GOLDEN / f"{name}.jsonl"))


def plain(told: list[Stamped]) -> str:
    pieces: list[str] = []
    state = RunState()
    sink = PlainSink(pieces.append, color=False, state=state)
    for stamped in told:
        sink.tick(stamped.time)  # a heartbeat that is due comes before what ends the silence
        state.apply(stamped)
        sink(stamped)
    return "".join(pieces)


def frames(told: list[Stamped]) -> str:
    """Return the frame after each burst of progress, one second later, at 80 by 24."""
    state = RunState()
    shown: list[str] = []
    for number, stamped in enumerate(told):
        state.apply(stamped)
        following = told[number + 1].event if number + 1 < len(told) else None
        if isinstance(stamped.event, Progressed) and not isinstance(following, Progressed):
            rows = render(state, stamped.time + 1, 80, 24).plain.split("\n")
            shown.append("\n".join(row.rstrip() for row in rows))
    return "\n\n".join(shown) + "\n"


def summary(told: list[Stamped]) -> str:
    state = RunState()
    for stamped in told:
        state.apply(stamped)
    return summary_text(state)


@pytest.mark.parametrize("name", STORIES)
def test_the_journal_is_written_and_read_as_it_was(name: str) -> None:
    story = STORIES[name]()
    agree(f"{name}.jsonl", "".join(encode(stamped).decode("ascii") for stamped in story))
    assert journal(name) == story.told


@pytest.mark.parametrize("name", STORIES)
def test_the_plain_view_of_a_run(name: str) -> None:
    agree(f"{name}.plain.txt", plain(journal(name)))


@pytest.mark.parametrize("name", STORIES)
def test_the_frames_of_a_run(name: str) -> None:
    agree(f"{name}.live.txt", frames(journal(name)))


@pytest.mark.parametrize("name", STORIES)
def test_the_summary_of_a_run(name: str) -> None:
    agree(f"{name}.summary.txt", summary(journal(name)))
