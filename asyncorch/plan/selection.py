"""Which phases a run goes through, and why it adds some that its mode does not name.

A mode that starts in the middle stands on what earlier phases made. Where a named phase consumes
the outputs of an earlier one, as their globs tell, and those outputs are missing, of another
snapshot or of other steps, the earlier phase runs first. `--phase` never adds any.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from asyncorch.config import near
from asyncorch.errors import UsageError
from asyncorch.model import Phase
from asyncorch.plan.globs import fixed_part
from asyncorch.plan.pipeline import Pipeline


class Selection(Struct, frozen=True):
    """The phases to run in order; `added` says why for those that the mode does not name."""

    mode: str
    phases: tuple[str, ...]
    added: Mapping[str, str] = field(default_factory=dict)


def select(
    pipeline: Pipeline,
    *,
    mode: str,
    phases: tuple[str, ...],
    implied: Mapping[str, tuple[str, ...]],
    stale: Callable[[Phase], str | None],
) -> Selection:
    """Return what to run; `implied` are globs that a phase reads beside those of its steps.

    `stale` says why the outputs that a phase left do not serve, or None. Raises UsageError.
    """
    order = [phase.name for phase in pipeline.phases]
    if phases:
        _check("phase", phases, order)
        return Selection("custom", tuple(name for name in order if name in phases))
    _check("mode", (mode,), list(pipeline.modes))
    chosen = [name for name in order if name in pipeline.modes[mode]]
    added: dict[str, str] = {}
    for name in reversed(order):
        if name in chosen or name in added:
            continue
        consumers = [
            pipeline.phase(n) for n in (*chosen, *added) if order.index(n) > order.index(name)
        ]
        phase = pipeline.phase(name)
        if any(_consumes(consumer, phase, implied) for consumer in consumers):
            reason = stale(phase)
            if reason is not None:
                added[name] = reason
    in_order = {name: added[name] for name in order if name in added}
    return Selection(mode, tuple(n for n in order if n in chosen or n in added), in_order)


def _check(kind: str, names: tuple[str, ...], known: list[str]) -> None:
    for name in names:
        if name not in known:
            raise UsageError(f"unknown {kind} `{name}`", hint=near(name, known))


def _consumes(consumer: Phase, maker: Phase, implied: Mapping[str, tuple[str, ...]]) -> bool:
    read = [fixed_part(glob) for step in consumer.steps for glob in (*step.foreach, *step.inputs)]
    read += [fixed_part(glob) for glob in implied.get(consumer.name, ())]
    made = [_folder(output) for step in maker.steps for output in step.outputs]
    return any(_overlap(one, two) for one in read for two in made)


def _folder(output: str) -> str:
    """Return the fixed folder of an outputs pattern: braces are as open as wildcards."""
    return fixed_part(output.replace("{", "*").replace("}", "*"))


def _overlap(one: str, two: str) -> bool:
    if not one or not two:  # a glob without a fixed folder may read anything
        return True
    return f"{one}/".startswith(f"{two}/") or f"{two}/".startswith(f"{one}/")
