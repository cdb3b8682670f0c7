"""Tokens: one byte in a pipe for each process that may run, shared with makes, ninjas and cargos.

Who takes a token gives that very byte back, however its process ends. As the server we own the
pipe, and recount it whenever nobody else can hold a token: what a killed child has kept comes back.
As the client of a make that runs us, we own one slot, that of ourselves, and borrow all others.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import anyio

from asyncorch.model import Step

_TOKEN = b"+"
_OWN = b""  # the slot that whoever started us has given us: no byte stands for it


class Pool:
    """The tokens in a pipe; `reader` must not block.

    `shares` says which steps get to know the pipe: they start with one token and take more
    themselves. `slots` is how many tokens there are, `borrowed` that the pipe is somebody else's.
    """

    def __init__(
        self,
        reader: int,
        writer: int,
        *,
        slots: int,
        shares: Callable[[Step], bool],
        borrowed: bool = False,
    ) -> None:
        self._reader, self._writer = reader, writer
        self._slots, self._shares, self._borrowed = slots, shares, borrowed
        self._own = [_OWN] if borrowed else []
        self._own_is_back = anyio.Event()
        self._out: list[bytes] = []  # what our processes hold
        self._sharing = 0  # processes that may hold tokens we do not know of
        self._turn = anyio.Lock(fast_acquire=True)  # who comes first is not overtaken
        self._recount()

    @asynccontextmanager
    async def turn(self, step: Step) -> AsyncIterator[None]:
        """Hold the tokens of one of the step's processes."""
        shares = self._shares(step)
        held: list[bytes] = []
        try:
            await self._take(held, 1 if shares else min(step.slots, self._slots))
            self._sharing += shares
            try:
                yield
            finally:
                self._sharing -= shares
        finally:
            self._give(held)
            if shares:
                self._recount()

    def close(self) -> None:
        """Close the pipe; no process of ours runs any more, so nothing is out."""
        for descriptor in {self._reader, self._writer}:  # of a named pipe they are one
            os.close(descriptor)

    async def _take(self, held: list[bytes], count: int) -> None:
        async with self._turn:
            while len(held) < count:
                token = self._own.pop() if self._own else self._read()
                if token is not None:
                    held.append(token)
                    self._out.append(token)
                elif held and self._borrowed:
                    return  # two who each keep some and wait for more would wait for ever
                else:
                    await self._until_some_may_be_there()

    def _give(self, tokens: list[bytes]) -> None:
        for token in tokens:
            self._out.remove(token)
            if token == _OWN:
                self._own.append(token)
                self._own_is_back.set()
                self._own_is_back = anyio.Event()
            else:
                with suppress(OSError):  # the make that lent it is gone
                    os.write(self._writer, token)
        tokens.clear()

    def _read(self) -> bytes | None:
        try:
            return os.read(self._reader, 1) or None
        except BlockingIOError:
            return None

    async def _until_some_may_be_there(self) -> None:
        back = self._own_is_back  # taken now: it is another one as soon as it has been set
        async with anyio.create_task_group() as tasks:

            async def own() -> None:
                await back.wait()
                tasks.cancel_scope.cancel()

            tasks.start_soon(own)
            await anyio.wait_readable(self._reader)
            tasks.cancel_scope.cancel()

    def _recount(self) -> None:
        """Put into our own pipe what nobody holds, unless others may hold some unknown to us."""
        if self._borrowed or self._sharing:
            return
        while self._read() is not None:
            pass
        os.write(self._writer, _TOKEN * (self._slots - len(self._out)))
