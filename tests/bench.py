"""What a phase needs around it in a test: real logs, scripted processes, a list of events."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asyncorch.dispatch import Dispatcher
from asyncorch.events import Event
from asyncorch.job import Shop
from asyncorch.model import Batch, Halt, Phase, Step
from asyncorch.phase import Setting
from asyncorch.runlog import RunFolder
from asyncorch.tails import Tails
from asyncorch.telling import Judged
from asyncorch.work import FileNames, Work
from tests.fakes import ScriptedSpawner


@dataclass
class Bench:
    """One phase's surroundings; `of` picks the events of a kind."""

    folder: Path
    spawner: ScriptedSpawner
    events: list[Event] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    def shop(self, **changes: Any) -> Shop:
        words: dict[str, Any] = {"emit": self.events.append, "spawn": self.spawner}
        words |= {"folder": RunFolder(self.folder, "run"), "shown_folder": "runlogs/run"}
        words |= {"root": str(self.folder), "tails": Tails(self.events.append), "now": lambda: 0.0}
        words |= {"env_of": lambda _: {}, "in_snapshot": lambda _: False}
        return Shop(**(words | changes))

    def setting(self, *, slots: int = 2, halt: Halt = Halt.SOON, **changes: Any) -> Setting:
        limits = changes.pop("limits", {})
        words: dict[str, Any] = {"shop": self.shop(), "dispatcher": Dispatcher(slots, limits)}
        words |= {"halt": halt, "make_ready": work_of, "values": lambda *_: {}}
        return Setting(**(words | {"settle": self.judged.append} | changes))

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def step(name: str, **changes: Any) -> Step:
    return Step(**({"phase": "p", "name": name, "command": (name,)} | changes))


def phase(*steps: Step | str, sequential: bool = False) -> Phase:
    made = tuple(step(item) if isinstance(item, str) else item for item in steps)
    return Phase("p", 1, "P", "Doing", made, sequential=sequential)


def work_of(step: Step) -> Work:
    """Make a step ready; one that fans out takes its `foreach` as the names of its files."""
    if not step.foreach:
        return Work(step, (Batch(0),))
    size = step.batch or len(step.foreach)
    parts = [step.foreach[i : i + size] for i in range(0, len(step.foreach), size)]
    batches = tuple(Batch(i, part) for i, part in enumerate(parts, 1))
    return Work(step, batches, {file: FileNames(file) for file in step.foreach})


def rows(*artifacts: str, errors: int = 0) -> bytes:
    return b"".join(f"| {name} | {errors} |\n".encode() for name in artifacts)
