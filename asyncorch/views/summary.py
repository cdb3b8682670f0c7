"""What a run came to: the block on the screen, and summary.json. Pure, but for the writing.

Both are derived from the run state alone, so a journal replayed gives the same summary.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from asyncorch.model import Artifacts, StepSummary
from asyncorch.state import RunState
from asyncorch.views.lines import how
from asyncorch.views.text import count, cut, finite, percent, safe

SUMMARY = "summary.json"
COLUMN = 30  # where the values stand
_WIDTH = 110  # columns for a line of a file and its reason
SMALL = 0.01  # below this two decimals would say nothing


def summary_dict(state: RunState) -> dict[str, Any]:
    """Return the content of summary.json."""
    run, ended = state.run, state.ended
    artifacts = _artifacts(state)
    return {
        "run": run.run if run else None,
        "app": run.app if run else None,
        "snapshot": run.snapshot if run else None,
        "mode": run.mode if run else None,
        "status": status(state),
        "exit": ended.exit if ended else None,
        "seconds": seconds(state),
        "artifacts": {
            "processed": artifacts.processed,
            "successful": artifacts.successful,
            "built": artifacts.built,
        },
        "rates": {
            "transformation": rate(artifacts.successful, artifacts.processed),
            "build": rate(artifacts.built, artifacts.processed),
        },
        "phases": [
            {
                "name": phase.name,
                "outcome": phase.outcome,
                "seconds": phase.seconds,
                "steps": [_step(step) for step in phase.steps],
            }
            for phase in state.phases.values()
        ],
        "metrics": finite(ended.metrics) if ended else {},
        "packages": list(state.build.packages) if state.build else [],
        "reports": list(ended.reports) if ended else [],
        "reason": ended.reason if ended else None,
        "concurrency": run.concurrency if run else None,
        "version": run.version if run else None,
        "user": run.user if run else None,
        "host": run.host if run else None,
        "content": run.content if run else None,
    }


def summary_text(state: RunState) -> str:
    """Return the block that a run ends with, whole lines."""
    artifacts = _artifacts(state)
    built = "n/a" if artifacts.built is None else artifacts.built
    judged = bool(artifacts.processed or state.gate)  # else nothing was counted
    counts = [
        _pair("Total Artifacts Processed", artifacts.processed if judged else "n/a"),
        _pair("Successful Transformations", artifacts.successful if judged else "n/a"),
        _pair("Artifacts Built", built),
    ]
    rates = [
        _rate("Transformation Success Rate", artifacts.successful, artifacts.processed),
        _rate("Build Success Rate", artifacts.built, artifacts.processed),
    ]
    end = [verdict(state), f"Total execution time: {seconds(state):.2f} seconds"]
    told = [_metrics(state), _refused(state), _where(state)]
    blocks = [["PIPELINE EXECUTION SUMMARY"], counts, rates, end, *told]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def verdict(state: RunState) -> str:
    """Return the one line that says how the run ended."""
    match status(state):
        case "passed":
            noun, errors = _errors(state)
            if not errors:
                return "✓ Pipeline completed successfully"
            return (
                f"✓ Pipeline completed, {errors} {noun if errors == 1 else noun + 's'} with errors"
            )
        case "failed":
            return f"✗ Pipeline failed: {_cause(state)}"
        case _:
            return "✗ Pipeline interrupted"


def write_summary(folder: Path, state: RunState) -> None:
    """Write summary.json whole or not at all."""
    part = folder / f".{SUMMARY}.part"
    text = json.dumps(summary_dict(state), default=str)  # json's own indent is ten times as slow
    with suppress(msgspec.DecodeError):  # names that are not UTF-8
        text = msgspec.json.format(text, indent=2)
    with part.open("w", encoding="ascii") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / SUMMARY)


def rate(part: int | None, whole: int) -> float | None:
    return part / whole if whole and part is not None else None


def status(state: RunState) -> str:
    """Return how the run ended; a run whose end is missing was killed."""
    return state.ended.status if state.ended else "interrupted"


def seconds(state: RunState) -> float:
    if state.ended:
        return state.ended.seconds
    return max(0.0, state.time - state.began) if state.began is not None else 0.0


def _artifacts(state: RunState) -> Artifacts:
    return state.ended.artifacts if state.ended else Artifacts()


def _step(step: StepSummary) -> dict[str, Any]:
    return {
        "name": step.name,
        "outcome": step.outcome,
        "exit": step.exit,
        "seconds": step.seconds,
        "log": step.log,
    }


def _errors(state: RunState) -> tuple[str, int]:
    """Return what did not come through: artifacts, or files where the gate phase did not run."""
    artifacts = _artifacts(state)
    if artifacts.processed:
        return "artifact", artifacts.processed - artifacts.successful
    return "file", sum(phase.closed.errors for phase in state.phases.values())


def _cause(state: RunState) -> str:
    """Return the root cause: the step that failed first, else the reason of the run."""
    first = state.first_failure
    if first is None:
        reasons = [phase.reason for phase in state.phases.values() if phase.reason]
        reason = (state.ended and state.ended.reason) or next(iter(reasons), "no reason given")
        return safe(reason)
    told = f"{first.phase}-{first.step} ({how(first.outcome, first.exit, first.reason)})"
    others = state.failed_steps - 1
    return safe(f"{told} and {count(others, 'other step')}" if others else told)


def _metrics(state: RunState) -> list[str]:
    metrics = state.ended.metrics if state.ended else {}
    return [_pair(name, _number(value)) for name, value in finite(metrics).items()]


def _number(value: float | str) -> float | str:
    if not isinstance(value, float):
        return value
    return f"{value:.2f}" if abs(value) >= SMALL or not value else f"{value:.3g}"


def _refused(state: RunState) -> list[str]:
    """Name the first files that did not come through, and where all are."""
    ended = state.ended
    if ended is None or not ended.refused:
        return []
    shown = [f"  {cut(line, _WIDTH)}" for line in ended.first_refused]
    more = ended.refused - len(shown)
    rest = (
        [f"  and {more:,} more: {ended.refused_list}"] if more > 0 else [f"  {ended.refused_list}"]
    )
    return [f"Did not come through ({ended.refused:,}):", *shown, *rest]


def _where(state: RunState) -> list[str]:
    """Return where everything is: the packages, the log that matters, the run's folder."""
    told = [_pair("Report", name) for name in (state.ended.reports if state.ended else ())]
    told += [_pair("Package", name) for name in (state.build.packages if state.build else ())]
    if state.first_failure and state.first_failure.log:
        told.append(_pair("Log of the failure", state.first_failure.log))
    if state.run:
        told.append(_pair("Logs", state.run.folder))
    return told


def _rate(label: str, part: int | None, whole: int) -> str:
    return _pair(label, percent(rate(part, whole)))


def _pair(label: str, value: float | str) -> str:
    return f"{safe(label) + ':':<{COLUMN - 1}} {safe(str(value))}"
