"""The journal is whole, survives every name and every end, and reads back as it was."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncorch.events import Event, Noted, Progressed, RowsSettled, RunEnded, Stamped, StepEnded
from asyncorch.model import Artifacts, Outcome, Row
from asyncorch.state import RunState
from asyncorch.views.journal import JournalSink, JsonLinesSink, decode, encode, read
from tests.views.stories import failing, interrupted, passing
from tests.views.telling import START, Story

NAME = os.fsdecode(b"B\xfcro|\n.java")
NAMES = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from([chr(c) for c in range(0xDC80, 0xDD00)])
)


def journalled(tmp_path: Path, story: Story) -> list[Stamped]:
    sink = JournalSink(tmp_path)
    for stamped in story:
        sink(stamped)
    sink.close()
    return list(read(tmp_path / "events.jsonl"))


def test_the_fixed_part_comes_first_and_reads_as_the_contract_says() -> None:
    line = encode(Story(phase="extract").start("ddl", "Extracting ddl").told[0])

    assert line.startswith(
        b'{"seq":1,"time":1763871234.0,"event":"step_started","phase":"extract","step":"ddl",'
    )
    assert line.endswith(b"}\n")


def test_the_end_of_a_step_has_outcome_exit_and_log() -> None:
    story = Story(phase="p").end("s", "S", Outcome.TIMED_OUT, -15, log="runlogs/x")
    data = json.loads(encode(story.told[0]))

    assert data["event"] == "step_ended"
    assert (data["outcome"], data["exit"], data["log"]) == ("timed out", -15, "runlogs/x")


def test_every_event_has_its_contracted_name() -> None:
    names = {json.loads(encode(stamped))["event"] for stamped in passing()}
    assert names >= {
        "run_started",
        "phase_started",
        "step_started",
        "batch_started",
        "batch_ended",
        "step_ended",
        "phase_ended",
        "run_ended",
    }


@pytest.mark.parametrize("story", [passing(), failing(), interrupted()])
def test_events_come_back_as_they_were(tmp_path: Path, story: Story) -> None:
    told = [stamped for stamped in story if not isinstance(stamped.event, Progressed)]
    assert journalled(tmp_path, story) == told


def test_a_replay_folds_to_the_same_state(tmp_path: Path) -> None:
    live, replayed = RunState(), RunState()
    for stamped in passing():
        live.apply(stamped)
    for stamped in journalled(tmp_path, passing()):
        replayed.apply(stamped)
    assert replayed == live


@given(NAMES)
def test_any_name_survives(name: str) -> None:
    stamped = Stamped(1, START, Noted(text=name, hint=name))
    line = encode(stamped)

    assert line.isascii()
    assert line.count(b"\n") == 1
    assert decode(line) == stamped


FLOATS = st.floats(allow_nan=False, allow_infinity=False)  # no clock says anything else
st.register_type_strategy(float, FLOATS)


def of_kind(kind: type[Event]) -> st.SearchStrategy[Event]:
    return st.builds(kind, **{n: st.from_type(h) for n, h in get_type_hints(kind).items()})


@given(st.one_of(*(of_kind(kind) for kind in get_args(Event) if kind is not RunEnded)))
def test_every_kind_of_event_round_trips(event: Event) -> None:
    stamped = Stamped(7, 12.5, event)
    again = decode(encode(stamped))
    assert again is not None
    assert encode(again) == encode(stamped)


def test_all_events_are_known_by_name() -> None:
    names = {kind.__name__ for kind in get_args(Event)}
    assert {"RunStarted", "StepRetried", "RowsSettled"} <= names


def test_figures_that_json_has_not_become_words() -> None:
    event = RunEnded(
        status="passed",
        exit=0,
        seconds=1.0,
        artifacts=Artifacts(),
        metrics={"bad": float("nan"), "good": 0.5},
    )
    line = encode(Stamped(1, START, event))

    assert b"NaN" not in line
    again = decode(line)
    assert again is not None
    assert isinstance(again.event, RunEnded)
    assert again.event.metrics == {"bad": "nan", "good": 0.5}


def test_fields_of_a_later_version_are_passed_over() -> None:
    line = encode(Stamped(1, START, Noted(text="x")))
    assert decode(line.replace(b'"text"', b'"colour": [1], "text"')) == decode(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{",
        b"[]",
        b"1",
        b"null",
        b"\xff\xfe",
        b'{"seq": 1, "time": 2}',
        b'{"seq": 1, "time": 2, "event": "brewed"}',
        b'{"seq": 1, "time": 2, "event": "noted"}',
        b'{"seq": "x", "time": 2, "event": "noted", "text": "a"}',
        b'{"seq": 1, "time": 2, "event": "noted", "text": 5}',
        b'{"seq": 1, "time": 2, "event": ["noted"], "text": "a"}',
        b'{"seq": 1, "time": 2, "event": "phase_ended", "phase": "p", "outcome": "odd"}',
        b'{"seq": 1, "time": 2, "event": "phase_ended", "phase": "p", "steps": [3]}',
        b'{"seq": 1, "time": 2, "event": "phase_ended", "phase": "p", "steps": 3}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_event_is_none(line: bytes) -> None:
    assert decode(line) is None


def test_a_journal_that_ends_in_the_middle_of_a_line_is_read_up_to_it(tmp_path: Path) -> None:
    whole = journalled(tmp_path, passing())
    path = tmp_path / "events.jsonl"
    path.write_bytes(path.read_bytes()[:-20])

    assert list(read(path)) == whole[:-1]


def test_progress_is_not_journalled_and_rows_have_a_file_of_their_own(tmp_path: Path) -> None:
    row = Row("a|b.java", 2, NAME)
    story = Story(phase="transform").show("sources", 1, 5)
    story.tell(RowsSettled(phase="transform", step="sources", rows=(row, Row("c", 0, "c"))))

    assert journalled(tmp_path, story) == []
    found = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert found == [
        {
            "phase": "transform",
            "step": "sources",
            "artifact": "a|b.java",
            "errors": 2,
            "source": NAME,
        },
        {"phase": "transform", "step": "sources", "artifact": "c", "errors": 0, "source": "c"},
    ]


def test_an_event_is_in_the_file_when_emit_returns(tmp_path: Path) -> None:
    sink = JournalSink(tmp_path)
    for number, stamped in enumerate(passing().told[:3]):
        sink(stamped)
        assert len(list(read(tmp_path / "events.jsonl"))) == number + 1
    sink.close()


def test_json_lines_are_the_journal_s_lines(tmp_path: Path) -> None:
    out = io.StringIO()
    sink = JsonLinesSink(out)
    for stamped in passing():
        sink(stamped)
    journalled(tmp_path, passing())
    assert out.getvalue().encode() == (tmp_path / "events.jsonl").read_bytes()


class Gone(io.StringIO):
    """A reader that has left."""

    tries = 0

    def write(self, _text: str) -> int:
        self.tries += 1
        raise BrokenPipeError


def test_json_lines_stop_when_the_reader_left() -> None:
    out = Gone()
    sink = JsonLinesSink(out)
    for stamped in passing():
        sink(stamped)
    assert out.tries == 1


@pytest.mark.slow
def test_a_closed_pipe_leaves_no_traceback_not_even_at_exit() -> None:
    program = (
        "import sys\n"
        "from asyncorch.events import Noted, Stamped\n"
        "from asyncorch.views.journal import JsonLinesSink\n"
        "sink = JsonLinesSink(sys.stdout)\n"
        "for n in range(5000):\n"
        "    sink(Stamped(n, 1.0, Noted(text='x' * 100)))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_events_without_optional_fields_read_with_their_defaults() -> None:
    line = (
        b'{"seq": 3, "time": 5, "event": "step_ended", "phase": "p", "step": "s", "title": "S", '
        b'"outcome": "passed", "exit": null, "seconds": 1, "log": null}'
    )
    stamped = decode(line)
    assert stamped is not None
    assert isinstance(stamped.event, StepEnded)
    assert stamped.event.tail == ()
