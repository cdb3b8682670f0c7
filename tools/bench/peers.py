"""asyncorch beside the runners that people would take instead: every figure, by one command.

    python tools/bench/peers.py [--quick] [--long] [--only WORK ...]

Peers are found on PATH, or beside this Python (`pip install asyncorch[bench]`); those that are
missing are skipped with a word. The figures go to docs/benchmarks.json, where `--only` replaces
those of the works that it names; the table and the picture in docs are made from that file.
`--quick` does everything in a small way and writes nothing. All takes about 20 minutes.
Leave the machine alone meanwhile: figures of a busy one say little.

    steps      1,000 and 10,000 steps of /bin/true, at -j 2 and -j 16
    batches    1,000 real files: automatic batches, xargs -n by hand, a process a file
    unchanged  nothing changed in 1,000, 10,000 and 100,000 files; 3 of 10,000 changed
    skew       200 steps of very different length
    output     one step that prints 1 GiB under the live view
    startup    --version, --help and completion
    memory     100,000 steps: peak memory
    demo       the demo's whole pipeline, and the same by a shell script (`--long`: all of it)
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from chart import svg
from contest import Work, compete
from goals import goals
from page import goal_table, put
from surroundings import machine, program, scratch, version
from works import batches, demo, memory, output, skew, startup, steps, unchanged

DOCS = Path(__file__).resolve().parents[2] / "docs"
WORKS: dict[str, Callable[..., Iterator[Work]]] = {
    "steps": steps.works,
    "batches": batches.works,
    "unchanged": unchanged.works,
    "skew": skew.works,
    "output": output.works,
    "startup": startup.works,
    "memory": memory.works,
    "demo": demo.works,
}
_PEERS = (
    *("make", "ninja", "xargs", "parallel", "just", "task"),
    *("doit", "snakemake", "luigi", "turbo"),
)


def main() -> None:
    given = _words().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what runs is ended, too
    begun = time.monotonic()
    about = f"{machine()}, working in {scratch()}"
    print(f"{about}\n{_who_is_there()}", flush=True)
    scores = _known() if not given.quick else {"works": {}}
    scores["machine"] = about
    folder = Path(tempfile.mkdtemp(prefix="asyncorch-bench-", dir=scratch()))
    try:
        for work in _works(given.only or list(WORKS), quick=given.quick, long=given.long):
            done = compete(work, folder / work.name, lambda text: print(text, flush=True))
            done["made"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
            scores["works"][work.name] = done
            if not given.quick:
                _write(scores)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n" + "\n".join(goal_table(goals(scores["works"]))))
    print(f"\nall took {time.monotonic() - begun:.0f} s")


def _words() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--quick", action="store_true", help="small sizes; nothing is written")
    words.add_argument("--long", action="store_true", help="all of the demo's shell script")
    words.add_argument("--only", action="append", choices=WORKS, metavar="WORK", help="repeatable")
    return words


def _works(names: list[str], *, quick: bool, long: bool) -> Iterator[Work]:
    makers = WORKS | {"demo": partial(demo.works, long=long)}
    for name in names:
        yield from makers[name](quick=quick)


def _who_is_there() -> str:
    there = [f"{name} {version(name)}".strip() for name in _PEERS if program(name)]
    missing = [name for name in _PEERS if not program(name)]
    return f"peers: {', '.join(there)}; not on this machine: {', '.join(missing) or 'none'}"


def _known() -> dict[str, Any]:
    """Return the scores of earlier runs, of which this one replaces those that it makes."""
    path = DOCS / "benchmarks.json"
    scores: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {"works": {}}
    return scores


def _write(scores: dict[str, Any]) -> None:
    """Write the scores, and what is made from them, so that a run cut off has left its part."""
    order = {name: number for number, name in enumerate(_order())}
    scores["works"] = dict(sorted(scores["works"].items(), key=lambda item: order[item[0]]))
    (DOCS / "benchmarks.json").write_text(json.dumps(scores, indent=1) + "\n")
    (DOCS / "benchmarks.svg").write_text(svg(list(scores["works"].values())))
    put(DOCS / "benchmarks.md", scores)


def _order() -> Iterator[str]:
    return (work.name for work in _works(list(WORKS), quick=False, long=False))


if __name__ == "__main__":
    main()
