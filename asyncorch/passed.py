"""What a run remembers: of earlier runs, and of the one it goes on with by its journal's word.

The journal's word is good for steps that no contents speak for (see freshness), and only until a
step runs: what it makes may be what those behind it stand on.
"""

from __future__ import annotations

from asyncorch.freshness import can_be_fresh, whole_fingerprint
from asyncorch.freshstore import Store
from asyncorch.memory import Memory
from asyncorch.model import Row, Step
from asyncorch.prepare import Prepared
from asyncorch.quality.stamps import step_fingerprint


class Passed:
    """Knows steps again by their fingerprints."""

    def __init__(self, prepared: Prepared, memory: Memory) -> None:
        self._prepared, self._memory = prepared, memory
        self._fingerprints: dict[str, str] = {}

    def rows(self, step: Step) -> tuple[Row, ...] | None:
        """Return the rows of a step that stands; None: it must run, or contents speak for it."""
        earlier = self._prepared.earlier
        if earlier is None or step.foreach or can_be_fresh(step) or self._memory.has_run:
            return None
        if not self._memory.has_outputs(step):
            return None
        return earlier.rows_of(step.id, self.with_inputs(step))

    def fingerprint(self, step: Step) -> str:
        """Return a hash of all that the step says of itself."""
        if step.id not in self._fingerprints:
            prepared = self._prepared
            env = prepared.environment.that_matters(step)
            own = step_fingerprint(step, prepared.project.root, prepared.params, env)
            self._fingerprints[step.id] = own
        return self._fingerprints[step.id]

    def with_inputs(self, step: Step) -> str:
        """Return the same, of a step that nothing else remembers with what it reads."""
        own = self.fingerprint(step)
        if step.inputs and not can_be_fresh(step):
            return whole_fingerprint(own.encode(), self._memory.inputs(step)).hex()
        return own


def memory_of(
    prepared: Prepared, store: Store, *, run: str = "", force: bool = False, begun: float = 0.0
) -> Memory:
    """Return the memory of a run, or of one that is only planned (`run` is "")."""
    gate = prepared.config.gate
    return Memory(
        store,
        prepared.project.root,
        app=prepared.app,
        values=prepared.values,
        params=prepared.params,
        environment=prepared.environment,
        gate=lambda step: gate.source if step.phase == gate.after else None,
        force=force,
        origin=prepared.earlier.origin if prepared.earlier else run,
        begun=begun,
    )
