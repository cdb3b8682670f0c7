"""A journal that was cut off, damaged or made up is read as far as it can be, and never raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from asyncorch.events import BatchStarted, Noted, RunStarted, Stamped
from asyncorch.views.journal import _kinds, decode, encode, read

STARTED = RunStarted(
    run="r",
    app="a",
    snapshot=None,
    mode="full",
    phases=("extract",),
    concurrency=1,
    project="/p",
    folder="runlogs/r",
    version="1",
    command="asyncorch run",
)
BATCH = BatchStarted(phase="p", step="s", batch=0, attempt=1, files=0, pid=7, log="l")
NOTE = Noted(text="é\udcff")
LINES = [encode(Stamped(1, 1.5, STARTED)), encode(Stamped(2, 1.5, BATCH))]
LINES.append(encode(Stamped(3, 1.5, NOTE)))
KINDS: dict[str, Any] = dict(_kinds())
FIELDS = sorted({name for kind in KINDS.values() for name in kind.__struct_fields__})

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
documents = st.fixed_dictionaries(
    {
        "seq": st.integers() | values,
        "time": st.floats() | values,
        "event": st.sampled_from(sorted(KINDS)) | values,
    },
    optional=dict.fromkeys(FIELDS, values),
)


@given(st.binary(max_size=200))
def test_any_bytes_are_events_or_nothing(line: bytes) -> None:
    assert decode(line) is None or isinstance(decode(line), Stamped)


@given(documents)
def test_any_document_is_an_event_or_nothing(document: dict[str, object]) -> None:
    line = json.dumps(document).encode()
    assert decode(line) is None or isinstance(decode(line), Stamped)


@given(st.sampled_from(LINES), st.data())
def test_a_line_with_damage_is_an_event_or_nothing(line: bytes, draw: st.DataObject) -> None:
    at = draw.draw(st.integers(0, len(line) - 1))
    wrong = draw.draw(st.binary(max_size=3))
    cut = draw.draw(st.integers(at, len(line)))

    for damaged in (line[:at], line[:at] + wrong + line[cut:]):
        assert decode(damaged) is None or isinstance(decode(damaged), Stamped)


@given(st.lists(st.sampled_from(LINES) | st.binary(max_size=30), max_size=12))
def test_whole_lines_are_read_whatever_stands_between_them(
    tmp_path_factory: object, parts: list[bytes]
) -> None:
    lines = [part.replace(b"\n", b"") + b"\n" for part in parts]
    path = Path(tmp_path_factory.mktemp("j"), "events.jsonl")  # type: ignore[attr-defined]  # pytest's
    path.write_bytes(b"".join(lines))

    found = list(read(path))

    assert [encode(one) for one in found if encode(one) in LINES] == [
        x for x in lines if x in LINES
    ]
