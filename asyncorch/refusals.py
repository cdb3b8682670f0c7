"""Which files did not come through, where and why: a list in the run's folder, and its head."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from asyncorch.quality.ledger import Ledger, Rejection
from asyncorch.safetext import safe

NAME = "refused.tsv"
_SHOWN = 5
_HEADER = "path\tphase\tstep\treason\n"


def write(path: Path, ledger: Ledger) -> None:
    """Write all of them, one a line, fields divided by tabs; nothing if there are none."""
    if not ledger.rejected:
        return
    with suppress(OSError), path.open("w", encoding="utf-8") as stream:
        stream.write(_HEADER)
        for rejection in _sorted(ledger):
            reason = rejection.reason or "errors"
            fields = (rejection.source, rejection.phase, rejection.step, reason)
            stream.write("\t".join(map(safe, fields)) + "\n")


def first(ledger: Ledger) -> tuple[str, ...]:
    """Return the first of them as lines for a person."""
    return tuple(
        f"{safe(r.source)}: {safe(_reason(r)) or 'errors'} ({r.step})"
        for r in _sorted(ledger)[:_SHOWN]
    )


def _reason(rejection: Rejection) -> str:
    """Return the reason without the name of the file, with which many tools begin their lines."""
    return rejection.reason.removeprefix(rejection.source).lstrip(": ")


def _sorted(ledger: Ledger) -> list[Rejection]:
    return sorted(ledger.rejected.values(), key=lambda rejection: rejection.source)
