"""How much faster the fan-out phases are on two slots than on one.

    python tools/bench/fanout.py [--rounds 5]

A project is made from the running Python's standard library and the tools that ship, and its
phases validate and transform are run at -j 1 and at -j 2 in turn, thread pools below the steps
pinned to one thread in both. Seconds are those of each phase in summary.json.
Leave the machine alone meanwhile: figures of a busy one say nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sysconfig
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from measuring import run
from surroundings import machine

PHASES = ("validate", "transform")
PACK = Path(__file__).resolve().parents[1] / "pipeline"
PINNED = dict.fromkeys(
    ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
NOT_TAKEN = shutil.ignore_patterns("site-packages", "dist-packages", "__pycache__")
COLUMNS = (*PHASES, "together")
Seconds = tuple[float, ...]  # of each column
Times = dict[int, list[Seconds]]  # by slots, one a round


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--rounds", type=int, default=5, help="default: 5")
    given = words.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="asyncorch-bench-") as folder:
        project = make(Path(folder) / "library")
        timed(project, 2)  # warms the disk's cache, and is not counted
        times: Times = {1: [], 2: []}
        for number in range(given.rounds):
            for slots in (1, 2) if number % 2 else (2, 1):
                times[slots].append(timed(project, slots))
                told(f"round {number + 1}, -j {slots}", times[slots][-1])
    show(times)


def make(root: Path) -> Path:
    """Make the project, and extract its sources."""
    snapshot = root / "deliveries" / "library"
    shutil.copytree(sysconfig.get_path("stdlib"), snapshot, symlinks=True, ignore=NOT_TAKEN)
    shutil.copytree(PACK, root / "tools" / "pipeline", ignore=NOT_TAKEN)
    run(root, "--phase", "extract")
    return root


def timed(project: Path, slots: int) -> Seconds:
    """Run both phases and return the seconds of each, and of both together."""
    phases = (word for phase in PHASES for word in ("--phase", phase))
    run(project, *phases, "-j", str(slots), "--force", env=PINNED)
    summary = json.loads((project / "runlogs" / "latest" / "summary.json").read_bytes())
    seconds = {phase["name"]: phase["seconds"] for phase in summary["phases"]}
    both = [float(seconds[phase]) for phase in PHASES]
    return (*both, sum(both))


def show(times: Times) -> None:
    for label, choose in (("median", statistics.median), ("fastest", min)):
        chosen = {slots: columns(rounds, choose) for slots, rounds in times.items()}
        for slots in (1, 2):
            told(f"{label}, -j {slots}", chosen[slots])
        ratios = (one / two for one, two in zip(chosen[1], chosen[2], strict=True))
        parts = (f"{name} {ratio:.2f}" for name, ratio in zip(COLUMNS, ratios, strict=True))
        print(f"{label}, times as fast at -j 2: {', '.join(parts)}")


def columns(rounds: list[Seconds], choose: Callable[[Iterable[float]], float]) -> Seconds:
    return tuple(choose(column) for column in zip(*rounds, strict=True))


def told(label: str, seconds: Seconds) -> None:
    parts = (f"{name} {value:6.2f} s" for name, value in zip(COLUMNS, seconds, strict=True))
    print(f"{label:<16} {'   '.join(parts)}", flush=True)


if __name__ == "__main__":
    main()
