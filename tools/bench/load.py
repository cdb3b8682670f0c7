"""What the runner itself costs under load: wall time, peak memory, frames of the live view.

    python tools/bench/load.py [rows] [files] [output] [steps]

Each load is run in two sizes; what is flat in the larger one does not grow with it:

    rows     1,000 and 100,000 rows that one process prints
    files    1,000 and 20,000 files through a fan-out and the gate, to target/artifacts
    output   64 MiB and 1 GiB that one step prints, beside the same under a shell's redirect
    steps    200 and 2,000 steps in one phase, each the program `true`

Peak memory is the runner's own, without its steps. Frames are those of the live view, which draws
at most ten a second, and once a second while nothing changes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from measuring import Measured, run
from projects import configured, numbered, script
from surroundings import machine

MIB = 1 << 20
LINE = "a line of output, as long as lines of output are in most tools that print a lot"
ROWS = """#!/bin/sh
awk 'BEGIN {{ for (i = 0; i < {size}; i++) printf "| folder/of/some/file%06d.txt | 0 |\\n", i }}'
"""
COPY = """#!{python}
import os, sys
for file in sys.argv[1:]:
    path = file.split("/", 2)[2]
    os.makedirs(os.path.dirname(f"work/transformed/{path}"), exist_ok=True)
    with open(file, "rb") as source, open(f"work/transformed/{path}", "wb") as target:
        target.write(source.read())
    print(f"| {path} | 0 |")
"""
FAN_OUT = (
    '[steps.transform-copy]\nforeach = "deliveries/{snapshot}/**"\n'
    'outputs = ["work/transformed/{path}"]\n'
)


def main() -> None:
    loads = {"rows": rows, "files": files, "output": output, "steps": steps}
    chosen = sys.argv[1:] or list(loads)
    if unknown := set(chosen) - set(loads):
        raise SystemExit(f"no such load: {', '.join(sorted(unknown))}\n{__doc__}")
    print(machine())
    print(f"{'load':<34}{'wall':>9}{'peak':>11}{'frames':>9}{'longest gap':>14}")
    for name in chosen:
        loads[name]()


def measure(label: str, make: Callable[[Path], object], *options: str) -> Measured:
    """Make a project, run it, and tell what it cost."""
    with tempfile.TemporaryDirectory(prefix="asyncorch-bench-") as folder:
        root = Path(folder) / "project"
        root.mkdir()
        make(root)
        measured = run(root, *options)
    print(
        f"{label:<34}{measured.seconds:>7.2f} s{measured.peak / 1024:>7.1f} MiB"
        f"{measured.rate:>7.1f}/s{measured.longest_gap:>12.2f} s",
        flush=True,
    )
    return measured


def rows() -> None:
    for size in (1_000, 100_000):
        text = ROWS.format(size=size)
        measure(f"{size:,} rows", partial(script, name="validate-rows.sh", text=text))


def files() -> None:
    for size in (1_000, 20_000):
        measure(f"{size:,} files to the target", partial(deliver, size=size))


def output() -> None:
    for size in (64 * MIB, 1024 * MIB):
        command = f"yes '{LINE}' | head -c {size}"
        label = f"{size // MIB:,} MiB printed"
        print(f"{label + ', redirect':<34}{redirected(command):>7.2f} s", flush=True)
        for phase, about in (("extract", ""), ("validate", ", read for rows")):
            text = f"#!/bin/sh\n{command}\n"
            make = partial(script, name=f"{phase}-loud.sh", text=text)
            measure(label + about, make)


def steps() -> None:
    for size in (200, 2_000):
        tables = "".join(f'[steps.extract-n{n:04d}]\nrun = ["true"]\n' for n in range(size))
        measured = measure(f"{size:,} steps", partial(configured, text=tables))
        print(f"{'':<34}{measured.seconds / size * 1000:>6.2f} ms a step, all in", flush=True)


def deliver(root: Path, size: int) -> None:
    """Make a snapshot of small files, a hundred a folder, and a tool that copies them."""
    for path in numbered(size, ".txt"):
        file = root / "deliveries" / "s1" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"file {path}\n")
    script(root, "transform-copy.py", COPY)
    configured(root, FAN_OUT)


def redirected(command: str) -> float:
    """Return the seconds that the command takes under a shell's redirect."""
    with tempfile.NamedTemporaryFile(prefix="asyncorch-bench-") as file:
        begun = time.perf_counter()
        subprocess.run(["/bin/sh", "-c", command], check=True, stdout=file)
        return time.perf_counter() - begun


if __name__ == "__main__":
    main()
