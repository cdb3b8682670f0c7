"""Going on with a run that was interrupted or failed: what it was asked for, and what it did.

    steps without a fan-out    one that passed stands while what it says of itself is the same
    fan-outs                   file by file, from what is remembered of each (see memory)
    what comes after           once a step has run, the word of the journal is old: behind it stands
                               only what is known by the contents of its files
    code in phase methods      is called again; the commands it runs stand like steps
    the build tool             runs again: its folder is laid out anew

All is told by the run's journal and rows, so it is true of a runner that was killed, too. Rows that
are missing (a power cut) only make their step run again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from asyncorch.errors import UsageError
from asyncorch.events import RunEnded, RunStarted, StepEnded
from asyncorch.model import Outcome, Row
from asyncorch.packed import open_either
from asyncorch.rundirs import newest_first
from asyncorch.settings import RunSettings
from asyncorch.views.journal import JOURNAL, ROWS, read

_ANEW = "`asyncorch run` begins anew"
Steps = Mapping[str, tuple[str, tuple[Row, ...]]]  # by step: its fingerprint, and its rows


class Earlier(Struct, frozen=True):
    """The run that this one goes on with."""

    run: str
    origin: str  # the first of them, when it was itself a resumed one
    content: str = ""  # the fingerprint of its snapshot
    passed: Steps = field(default_factory=dict)

    def rows_of(self, step: str, fingerprint: str) -> tuple[Row, ...] | None:
        """Return the rows of a step that has passed as it is now; None when it must run."""
        before, rows = self.passed.get(step, ("", ()))
        return rows if before and before == fingerprint else None


def take_up(settings: RunSettings, runlogs: Path) -> tuple[RunSettings, Earlier]:
    """Return the wishes of the run that `settings.resume` names ("": the last), and what it did.

    Raises UsageError when there is no such run, it has passed, or the wishes contradict it.
    """
    name = settings.resume or ""
    folders = newest_first(runlogs)
    wanted = [folder for folder in folders if not name or folder.name == name]
    if name and folders and not wanted:
        hint = f"the last is {folders[0].name}: `asyncorch run PROJECT --resume`"
        raise UsageError(f"no run `{name}` in {runlogs.name}/", hint=hint)
    for folder in wanted:
        started, ended, passed = _history(folder)
        has_passed = ended is not None and ended.status == "passed"
        if started is not None and not has_passed:
            rows = _with_rows(folder, passed)
            origin = started.origin or folder.name
            return _merged(settings, started), Earlier(folder.name, origin, started.content, rows)
        if name:
            what = "passed: nothing to resume" if has_passed else "had not begun"
            raise UsageError(f"run {name} {what}", hint=_ANEW)
    raise UsageError(f"no run in {runlogs.name}/ to go on with", hint=_ANEW)


def checked(earlier: Earlier, content: str, *, remembers: bool) -> tuple[Earlier, tuple[str, ...]]:
    """Return what still stands of the run, and a warning if nothing does by its word alone.

    `content` is the snapshot's fingerprint now; `remembers`: work/ has the records of a run.
    """
    if earlier.content != content:
        why = "the snapshot has changed since"
    elif not remembers:
        why = "what it left in work/ is gone"
    else:
        return earlier, ()
    return replace(earlier, passed={}), (f"run {earlier.run}: {why}, so its steps run again",)


def _history(folder: Path) -> tuple[RunStarted | None, RunEnded | None, dict[str, StepEnded]]:
    started, ended, passed = None, None, {}
    for stamped in read(folder / JOURNAL):
        event = stamped.event
        if isinstance(event, RunStarted):
            started = event
        elif isinstance(event, RunEnded):
            ended = event
        elif isinstance(event, StepEnded) and event.fingerprint:
            if event.outcome in (Outcome.PASSED, Outcome.FRESH):
                passed[f"{event.phase}-{event.step}"] = event
            else:
                passed.pop(f"{event.phase}-{event.step}", None)
    return started, ended, passed


def _with_rows(folder: Path, passed: Mapping[str, StepEnded]) -> Steps:
    rows = _rows(folder, {step for step, event in passed.items() if event.rows})
    return {
        step: (event.fingerprint, rows.get(step, ()))
        for step, event in passed.items()
        if len(rows.get(step, ())) == event.rows
    }


def _rows(folder: Path, wanted: set[str]) -> dict[str, tuple[Row, ...]]:
    """Return the last row of each artifact, by step."""
    found: dict[str, dict[str, Row]] = {step: {} for step in wanted}
    if wanted:
        with suppress(OSError), open_either(folder / ROWS) as lines:
            for line in lines:
                with suppress(ValueError, TypeError, KeyError):  # a line that was cut off
                    told = json.loads(line)
                    step = f"{told.pop('phase')}-{told.pop('step')}"
                    if step in found:
                        row = Row(**told)
                        found[step].pop(row.artifact, None)
                        found[step][row.artifact] = row
    return {step: tuple(rows.values()) for step, rows in found.items()}


def _merged(settings: RunSettings, started: RunStarted) -> RunSettings:
    phases = started.phases if started.mode == "custom" else ()
    mode = None if phases else started.mode
    _agree("--snapshot", settings.snapshot, started.snapshot)
    _agree("--app", settings.app, started.app)
    _agree("--mode", settings.mode, started.mode)
    if settings.phases:
        _agree("--phase", " ".join(settings.phases), " ".join(phases))
    for flag, wished, before in (
        ("--env", settings.env, started.env),
        ("--param", settings.params, started.params),
    ):
        for name, value in wished.items():
            if name in before:
                _agree(f"{flag} {name}", value, before[name])
    for flag in started.withheld:
        kind, _, name = flag.partition(" ")
        if name not in (settings.env if kind == "--env" else settings.params):
            hint = "what holds a secret is written down nowhere"
            raise UsageError(f"give {flag} again, as it was given to run {started.run}", hint=hint)
    if settings.force:
        raise UsageError("--resume and --force contradict each other", hint="leave one of them out")
    return replace(
        settings,
        snapshot=started.snapshot,
        app=started.app,
        mode=mode,
        phases=phases,
        env={**settings.env, **started.env},
        params={**settings.params, **started.params},
    )


def _agree(flag: str, wished: str | None, before: str | None) -> None:
    if wished is not None and wished != before:
        hint = "leave it out, or begin anew without `--resume`"
        raise UsageError(f"{flag} `{wished}`: the run to resume had `{before}`", hint=hint)
