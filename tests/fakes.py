"""Fakes for engine tests: processes that follow a script, and what a phase needs around them.

`ScriptedSpawner` passes the same contract as the real spawners (tests/contract). Logs are real files.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel

from asyncorch.dispatch import Dispatcher
from asyncorch.events import Event
from asyncorch.job import Shop
from asyncorch.model import Batch, Halt, Phase, Step
from asyncorch.phase import Judged, Setting
from asyncorch.process import CannotStartError, Command
from asyncorch.runlog import RunFolder
from asyncorch.step import FileNames, Work
from asyncorch.tails import Tails


@dataclass(frozen=True, slots=True)
class Script:
    """What a process does: its pieces of output spread over its seconds, then its exit."""

    seconds: float = 0.0
    output: tuple[bytes, ...] = ()
    exit: int = 0
    stubborn: bool = False  # only KILL ends it
    refused: CannotStartError | None = None


Play = Script | Sequence[Script] | Callable[[tuple[str, ...]], Script]


class ScriptedSpawner:
    """Starts scripted processes; which script, the first word of the command says.

    A sequence is one script an attempt, the last for all further; a function is given the other
    words. Who has no script passes at once.
    """

    def __init__(self, **plays: Play) -> None:
        self._plays = plays
        self.started: list[tuple[str, ...]] = []
        self.running = self.most = 0
        self._pids: Iterator[int] = count(1 << 23)  # beyond any real one

    async def __call__(self, command: Command, log_fd: int) -> ScriptedProcess:
        script = self._script(command.argv)
        self.started.append(command.argv)
        await anyio.lowlevel.checkpoint()
        if script.refused is not None:
            raise script.refused
        self.running += 1
        self.most = max(self.most, self.running)
        return ScriptedProcess(script, log_fd, next(self._pids), self)

    def _script(self, argv: tuple[str, ...]) -> Script:
        play = self._plays.get(argv[0], Script())
        if isinstance(play, Script):
            return play
        if callable(play):
            return play(argv[1:])
        before = sum(1 for words in self.started if words[0] == argv[0])
        return play[min(before, len(play) - 1)]


class ScriptedProcess:
    def __init__(self, script: Script, log_fd: int, pid: int, spawner: ScriptedSpawner) -> None:
        self.pid = pid
        self._script, self._log_fd, self._spawner = script, log_fd, spawner
        self._exit: int | None = None

    async def wait(self) -> int:
        pieces = self._script.output
        for piece in pieces if self._exit is None else ():
            await anyio.sleep(self._script.seconds / (len(pieces) + 1))
            os.write(self._log_fd, piece)
        if self._exit is None:
            await anyio.sleep(self._script.seconds / (len(pieces) + 1))
            self._exit = self._script.exit
        return self._exit

    async def end(self, grace: float, hurry: anyio.Event) -> int:
        if self._exit is None and not self._script.stubborn:
            self._exit = -signal.SIGTERM
        if self._exit is None:
            with anyio.move_on_after(grace, shield=True):
                await hurry.wait()
            self._exit = -signal.SIGKILL
        return self._exit

    def has_left_others(self) -> bool:
        return False

    def release(self) -> None:
        self._spawner.running -= 1


@dataclass
class Bench:
    """A phase's surroundings: real logs in a folder, scripted processes, events in a list."""

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
