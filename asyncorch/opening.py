"""The first words of a run: what it is, what to know beforehand, and what an earlier one left."""

from __future__ import annotations

from asyncorch import __version__, orphans
from asyncorch import app as world
from asyncorch.app import OpenRun
from asyncorch.events import Noted, RunStarted
from asyncorch.prepare import Prepared
from asyncorch.redactor import Redactor, too_short
from asyncorch.settings import RunSettings


def announce(run: OpenRun, prepared: Prepared) -> None:
    """Emit RunStarted and the notes of what was found while preparing; from here on, masked."""
    secrets = prepared.environment.secrets
    if secrets:
        run.bus.redactor = Redactor(secrets.values())
    run.bus.emit(_started(run, prepared, prepared.wishes))
    short = [
        f"the value of the secret `{name}` is too short to be looked for: "
        "it is withheld, and not masked"
        for name in too_short(secrets)
    ]
    for warning in (*short, *prepared.warnings):
        run.bus.emit(Noted(text=warning, level="warning"))
    if prepared.earlier is not None:
        run.bus.emit(Noted(text=f"goes on with run {prepared.earlier.run}"))
    for phase, reason in prepared.selection.added.items():
        run.bus.emit(Noted(text=f"phase {phase} runs first: {reason}"))


def _started(run: OpenRun, prepared: Prepared, settings: RunSettings) -> RunStarted:
    user, host = world.user_and_host()
    earlier = prepared.earlier
    withheld = _withheld(run, prepared, settings)
    snapshot = prepared.snapshot.name if prepared.snapshot else None
    return RunStarted(
        run=run.folder.name,
        app=prepared.app,
        snapshot=snapshot,
        mode=prepared.selection.mode,
        phases=prepared.selection.phases,
        concurrency=prepared.concurrency,
        project=str(prepared.project.root),
        folder=f"{prepared.project.runlogs.name}/{run.folder.name}",
        version=__version__,
        user=user,
        host=host,
        content=prepared.content,
        env={n: v for n, v in settings.env.items() if f"--env {n}" not in withheld},
        params={n: v for n, v in settings.params.items() if f"--param {n}" not in withheld},
        withheld=withheld,
        resumed_from=earlier.run if earlier else None,
        origin=earlier.origin if earlier else run.folder.name,
        command=settings.command_line(
            snapshot=snapshot, app=prepared.app, secrets=prepared.config.secrets
        ),
    )


def _withheld(run: OpenRun, prepared: Prepared, settings: RunSettings) -> tuple[str, ...]:
    """Return what was said on the line and cannot be written down: it holds a secret."""
    told = [(f"--env {name}", value) for name, value in settings.env.items()]
    told += [(f"--param {name}", value) for name, value in settings.params.items()]
    secret = {f"--env {name}" for name in prepared.config.secrets}
    return tuple(f for f, value in told if f in secret or run.bus.masked(value) != value)


async def look_back(run: OpenRun, prepared: Prepared) -> None:
    """Say what was interrupted before, and end what still runs of it."""
    hint = None if prepared.earlier else "`asyncorch run --resume` would have gone on with it"
    for before in orphans.interrupted(prepared.project.runlogs, run.folder.name):
        ended = await orphans.end(before, prepared.config.grace)
        left = f"; {ended} of its processes still ran, and were ended" if ended else ""
        text = f"run {before.run} never ended{left}"
        run.bus.emit(Noted(text=text, level="warning", hint=hint))
        hint = None  # of the last one only
