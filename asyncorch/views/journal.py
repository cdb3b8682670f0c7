"""The journal: every event as one JSON line, and back. It is the truth about a run.

A line is written whole, by one write to a descriptor opened for appending, before emit returns:
what the runner did until it was killed is there. At the end of each phase, before anything is
promoted and at the end of the run it is on the disk, too. Rows go to rows.jsonl beside it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from json.encoder import encode_basestring_ascii as _quoted
from pathlib import Path
from typing import Any, TextIO, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from asyncorch.events import (
    Event,
    GateJudged,
    PhaseEnded,
    Progressed,
    RowsSettled,
    RunEnded,
    Stamped,
)
from asyncorch.model import Outcome, Row
from asyncorch.packed import open_either
from asyncorch.views.text import finite

JOURNAL = "events.jsonl"
ROWS = "rows.jsonl"


class JournalSink:
    """Write a run's journal and rows into its folder, which exists."""

    def __init__(self, folder: Path) -> None:
        self._journal = _open(folder / JOURNAL)
        self._rows = _open(folder / ROWS)

    def __call__(self, stamped: Stamped) -> None:
        event = stamped.event
        if isinstance(event, RowsSettled):
            _write(self._rows, _row_lines(event))
        elif not isinstance(event, Progressed):
            _write(self._journal, encode(stamped))
            if isinstance(event, PhaseEnded | GateJudged | RunEnded):
                os.fsync(self._rows)  # the rows first: the journal may speak only of what is there
                os.fsync(self._journal)

    def close(self) -> None:
        os.close(self._journal)
        os.close(self._rows)


class JsonLinesSink:
    """Write the journal's lines to a stream; a reader that left is no failure."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream

    def __call__(self, stamped: Stamped) -> None:
        if self._stream is None or isinstance(stamped.event, Progressed | RowsSettled):
            return
        try:
            self._stream.write(encode(stamped).decode("ascii"))
            self._stream.flush()
        except (OSError, ValueError):
            _point_nowhere(self._stream)
            self._stream = None


def encode(stamped: Stamped) -> bytes:
    """Return the line of an event, in ASCII; names that are not UTF-8 survive as JSON escapes."""
    event = stamped.event
    kind, time = _name(type(event)), round(stamped.time, 6)
    head = f'{{"seq":{stamped.seq},"time":{time},"event":"{kind}"'
    return f"{head},{_fields(event)}\n".encode("ascii")


def _fields(event: Event) -> str:
    """Return the fields as JSON without the brace before them."""
    if not isinstance(event, RunEnded):  # its figures are the user's
        with suppress(UnicodeEncodeError, TypeError):
            fast = _FAST.encode(event)
            if fast.isascii():
                return fast[1:].decode("ascii")
    plain = asdict(event)
    if isinstance(event, RunEnded):
        plain["metrics"] = finite(event.metrics)
    return _THOROUGH.encode(plain)[1:]


def decode(line: bytes) -> Stamped | None:
    """Return the event of a line; None for one that is cut off, damaged or not known here."""
    try:
        data = json.loads(line)
        kind = _kinds()[data["event"]]
        return Stamped(int(data["seq"]), float(data["time"]), _build(kind, data))
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def read(path: Path) -> Iterator[Stamped]:
    """Yield the events of a journal, also of a run that was killed while it wrote."""
    with open_either(path) as journal:
        yield from _known(journal)


def _known(journal: Iterable[bytes]) -> Iterator[Stamped]:
    return (stamped for stamped in map(decode, journal) if stamped is not None)


def _open(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _write(descriptor: int, data: bytes) -> None:
    """Write everything; only a full disk or a signal makes it more than one write."""
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, data[written:])


def _row_lines(event: RowsSettled) -> bytes:
    """Return a line for each row; written out, since there are thousands."""
    place = f'{{"phase": {_quoted(event.phase)}, "step": {_quoted(event.step)}, "artifact": '
    lines = [
        f'{place}{_quoted(artifact)}, "errors": {errors}, "source": {_quoted(source)}'
        + (f', "reason": {_quoted(reason)}}}\n' if reason else "}\n")
        for artifact, errors, source, reason in event.rows
    ]
    return "".join(lines).encode("ascii")


def _point_nowhere(stream: TextIO) -> None:
    """Let what the stream still holds go nowhere: Python flushes it again at its exit."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # closed, or not a file
        return


def _plain(value: Any) -> Any:
    """Return what JSON has a form for: of a struct its fields."""
    if isinstance(value, Mapping):
        return dict(value)
    return asdict(value) if isinstance(value, Struct) else str(value)


_FAST = msgspec.json.Encoder()
_THOROUGH = json.JSONEncoder(default=_plain, separators=(",", ":"))


@cache
def _name(kind: type) -> str:
    """Return `step_started` for StepStarted."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


@cache
def _kinds() -> Mapping[str, type]:
    return {_name(kind): kind for kind in get_args(Event)}


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _build(kind: type, data: Mapping[str, Any]) -> Any:
    """Return the struct from its fields; those that it does not know are passed over."""
    hints = _hints(kind)
    return kind(**{name: _revive(hints[name], data[name]) for name in hints if name in data})


def _revive(hint: Any, value: Any) -> Any:
    """Return the value as the type that a field declares; TypeError where it cannot be that."""
    if hint is Outcome:
        return Outcome(value)
    if hint is Row:
        return Row(*value)
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _build(hint, value)
    if get_origin(hint) is tuple:
        return tuple(_revive(get_args(hint)[0], item) for item in value)
    return _checked(hint, value)


def _checked(hint: Any, value: Any) -> Any:
    allowed = get_origin(hint) if get_origin(hint) is Mapping else hint
    if not isinstance(value, allowed | int if allowed is float else allowed):
        raise TypeError(f"{value!r} is not {hint}")
    return value
