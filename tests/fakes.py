"""Processes that follow a script: they pass the same contract as real ones (tests/contract)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import anyio
import anyio.lowlevel

from asyncorch.descendants import Family
from asyncorch.process import CannotStartError, Command


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
        self.family = Family(pid, None)
        self.signals: list[signal.Signals] = []
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

    def send(self, number: signal.Signals) -> None:
        self.signals.append(number)

    def has_left_others(self) -> bool:
        return False

    def release(self) -> None:
        self._spawner.running -= 1
