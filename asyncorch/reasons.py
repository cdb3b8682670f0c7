"""Why a step or a file of it would run, or why it need not: in words, for `asyncorch plan`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from asyncorch.freshness import WHOLE, can_be_fresh, whole_fingerprint
from asyncorch.freshstore import HASH, Result, Store
from asyncorch.memory import Memory
from asyncorch.model import Step
from asyncorch.work import FileNames

_SHOWN = 3  # of the things that have changed
NEW = "nothing is remembered of it"


class Outlook(Struct, frozen=True):
    """What a step would do: the files that would run and why, and those that need not."""

    run: Mapping[str, str] = field(default_factory=dict)  # file: why; "" is the whole step
    fresh: tuple[str, ...] = ()


class Reasons:
    """Compares what is with what is remembered; changes nothing."""

    def __init__(self, store: Store, memory: Memory, *, force: bool) -> None:
        self._store, self._memory, self._force = store, memory, force

    def of_whole(self, step: Step) -> Outlook:
        """Return what a step without a fan-out would do."""
        reason = self._general(step)
        if reason is None:
            self._look_up(step)
            content = whole_fingerprint(b"", self._memory.inputs(step))
            reason = self._of_result(step, WHOLE, content, ())
        return Outlook(fresh=(WHOLE,)) if reason is None else Outlook({WHOLE: reason})

    def of_files(self, step: Step, names: Mapping[str, FileNames]) -> Outlook:
        """Return what a fan-out would do with its files as they stand now."""
        general = self._general(step)
        if general is not None:
            return Outlook(dict.fromkeys(names, general))
        stands, _ = self._memory.of_files(step, names)
        changed = {f: n for f, n in names.items() if n.identity not in stands}
        contents = self._store.digests(list(changed))
        if changed:
            self._look_up(step)
        run = {
            file: self._of_result(step, of_file.identity, contents[file], of_file.outputs)
            or "several files have its name"
            for file, of_file in changed.items()
        }
        return Outlook(run, tuple(file for file in names if file not in changed))

    def _general(self, step: Step) -> str | None:
        if self._force:
            return "--force"
        if can_be_fresh(step):
            return None
        if step.foreach:
            return "it names neither `outputs` nor `uses`, so it runs each time"
        return "it does not name both `inputs` and `outputs`, so it runs each time"

    def _look_up(self, step: Step) -> None:
        shared = self._memory.shared(step)
        now = self._store.shared(step.id, shared.digest)
        self._known = self._store.everything(step.id)
        self._differences = {
            number: _difference(parts, shared.parts)
            for number, parts in self._store.parts(step.id).items()
            if number != now
        }

    def _of_result(
        self, step: Step, identity: str, content: bytes | None, outputs: tuple[str, ...]
    ) -> str | None:
        if identity not in self._known:
            return NEW
        number, result = self._known[identity]
        if number in self._differences:
            return self._differences[number]
        if content is None or not result.made.startswith(content):
            return "its content has changed" if step.foreach else "its inputs have changed"
        return next(self._of_outputs(result, outputs), None)

    def _of_outputs(self, result: Result, outputs: tuple[str, ...]) -> Iterator[str]:
        """Yield what is wrong with the files that a result stands on."""
        made = result.made
        hashes = [made[i : i + HASH].hex() for i in range(HASH, len(made), HASH)]
        stood = dict(zip(outputs, hashes, strict=False))
        stood |= json.loads(result.others or "{}")
        there = self._store.digests(list(stood))
        for output, digest in stood.items():
            now = there[output]
            if now is None and any(bytes.fromhex(digest)):
                yield "an output is gone"
            elif (now or bytes(HASH)).hex() != digest:
                yield "an output was changed"
        if not stood:
            yield "it has made no outputs"


def _difference(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return which of the things that all files of a step share have changed."""
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"changed: {shown}" if names else NEW
