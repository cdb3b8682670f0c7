"""Reading what a run left, as an outsider would: plain JSON, and no code of the package."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Event = dict[str, Any]
_ENDS = {
    "run_started": "run_ended",
    "phase_started": "phase_ended",
    "step_started": "step_ended",
    "batch_started": "batch_ended",
}
_IDENTITY = ("phase", "step", "batch", "attempt")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """runlogs/<run>/."""

    path: Path

    @property
    def events(self) -> list[Event]:
        """Return the journal; every line of it must be JSON."""
        return [json.loads(line) for line in (self.path / "events.jsonl").read_bytes().splitlines()]

    def of(self, kind: str, **fields: object) -> list[Event]:
        """Return the events of a kind that have these fields."""
        found = [event for event in self.events if event["event"] == kind]
        return [e for e in found if all(e[name] == value for name, value in fields.items())]

    def only(self, kind: str, **fields: object) -> Event:
        found = self.of(kind, **fields)
        assert len(found) == 1, found
        return found[0]

    @property
    def outcomes(self) -> dict[str, str]:
        """Return how each step ended, by `phase-step`, as summary.json says."""
        return {
            f"{phase['name']}-{step['name']}": step["outcome"]
            for phase in self.summary["phases"]
            for step in phase["steps"]
        }

    @property
    def summary(self) -> dict[str, Any]:
        summary: dict[str, Any] = json.loads((self.path / "summary.json").read_bytes())
        return summary

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / "rows.jsonl").read_bytes().splitlines()]

    @property
    def notes(self) -> list[str]:
        return [event["text"] for event in self.of("noted")]

    def logs(self, step: str = "") -> list[Path]:
        return sorted(self.path.glob(f"{step}*.log"))

    def output(self, step: str) -> bytes:
        """Return what the one process of a step wrote, between the log's header and footer."""
        (log,) = self.logs(f"{step}_")
        return output_of(log)


def output_of(log: Path) -> bytes:
    """Return a log's text without header and footer; a newline lent by the footer stays."""
    _, _, rest = log.read_bytes().partition(b"# ----\n")
    return rest.rpartition(b"# ----\n")[0]


def check_journal(events: list[Event]) -> None:
    """Check what holds for every journal: order, numbers, and an end for every start."""
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert all(isinstance(event["time"], float) for event in events)
    kinds = Counter(event["event"] for event in events)
    assert kinds["run_started"] == kinds["run_ended"] == 1
    assert events[-1]["event"] == "run_ended"
    for start, end in _ENDS.items():
        opened = [_identity(event) for event in events if event["event"] == start]
        closed = [_identity(event) for event in events if event["event"] == end]
        missing = Counter(opened) - Counter(closed)
        assert not missing, f"{start} without {end}: {missing}"
        more = Counter(closed) - Counter(opened)
        assert end == "phase_ended" or not more, f"{end} without {start}: {more}"


def most_at_once(events: list[Event]) -> int:
    """Return how many processes ran at once at the most, replayed from the journal."""
    running = most = 0
    for event in events:
        running += (event["event"] == "batch_started") - (event["event"] == "batch_ended")
        most = max(most, running)
    assert running == 0
    return most


def overlap(events: list[Event], phase: str, one: str, other: str) -> bool:
    """Say whether two steps of a phase ran at the same time."""
    spans: dict[str, tuple[int, int]] = {}
    for name in (one, other):
        times = [e["seq"] for e in events if e.get("step") == name and e["phase"] == phase]
        spans[name] = (min(times), max(times))
    return spans[one][0] < spans[other][1] and spans[other][0] < spans[one][1]


def check_phases_in_turn(events: list[Event]) -> None:
    """Check that no phase starts, and no step of it, before all of the one before have ended."""
    open_steps: set[tuple[str, str]] = set()
    current = None
    for event in events:
        kind = event["event"]
        if kind == "phase_started":
            assert not open_steps
            assert current is None
            current = event["phase"]
        elif kind == "step_started":
            assert event["phase"] == current
            open_steps.add((event["phase"], event["step"]))
        elif kind == "step_ended":
            open_steps.discard((event["phase"], event["step"]))
        elif kind == "phase_ended":
            assert not open_steps
            current = None


def _identity(event: Event) -> tuple[Any, ...]:
    return tuple(event.get(name) for name in _IDENTITY)
