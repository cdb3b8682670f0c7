"""How far a run is, and how long the phase that runs may take: derived from the run state.

Nothing is known of the phases to come, so the estimate speaks of the running phase alone, and is
None as long as the past says too little.
"""

from __future__ import annotations

from asyncorch.state import PhaseState, RunState

SURE_SHARE = 0.02  # an estimate from less than this, or from less time, is a guess
SURE_SECONDS = 2.0
MANY = 3  # times the concurrency: so many steps say something about the rest


def share_of_phase(state: RunState, phase: PhaseState) -> float | None:
    """Return how much of a phase is done, each step weighing the same; None: not known."""
    if phase.outcome is not None:
        return 1.0
    if not phase.declared:
        return None
    done: float = phase.ended
    for (name, step), opened in state.steps.items():
        if name == phase.name and opened.count.files:
            done += state.count_step(step, opened).done / opened.count.files
    return min(1.0, done / phase.total)


def share_of_run(state: RunState) -> float:
    """Return how much of the run is done, each phase weighing the same."""
    if state.ended:
        return 1.0
    last = state.last_phase
    if last is None:
        return 0.0
    return (state.place - 1 + (share_of_phase(state, last) or 0.0)) / state.places


def seconds_left(state: RunState, now: float) -> float | None:
    """Return an estimate for the phase that runs.

    What its processes took in earlier runs says it at once; where that is not known, all files
    weigh the same, once every step has started, since only then all files are known; else many
    steps say it by their number.
    """
    phase = state.phase
    if phase is None:
        return None
    running = [
        (process.expected, now - process.started)
        for process in state.running.values()
        if process.phase == phase.name and process.expected is not None
    ]
    left = phase.outlook.left(state.run.concurrency if state.run else 1, running)
    if left is not None:
        return left
    done, total = _measure(state, phase)
    elapsed = now - phase.started
    if elapsed < SURE_SECONDS or not SURE_SHARE * total <= done < total or not done:
        return None
    return elapsed * (total - done) / done


def _measure(state: RunState, phase: PhaseState) -> tuple[int, int]:
    """Return what is done and what there is to do; nothing done where neither is a measure."""
    count = state.count(phase)
    if count.files and phase.seen >= phase.total:
        return count.done, count.files
    concurrency = state.run.concurrency if state.run else 1
    if phase.total >= MANY * concurrency:
        return phase.ended, phase.total
    return 0, 0
