"""Killed at a hundred random moments and resumed each time, a pipeline makes what it always makes.

KILL to the runner is the harshest end there is, short of the machine's own: nothing can be tidied.
The work is real: files of Python's library, extracted, validated and transformed by steps of
several kinds. A campaign starts from nothing and is over when a run comes to its end; campaigns
follow one another until there have been a hundred kills (fewer on a user's own machine).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from tests.e2e.projects import Project, files_below
from tests.e2e.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS = 100 if os.environ.get("CI") else 20  # two minutes, or half a one
FILES = 60
_SLOWLY = "sleep 0.02"
_EXTRACT = f"""for f; do
    {_SLOWLY}; p=${{f#*/*/}}; mkdir -p "$(dirname "work/extracted/$p")"
    cp -- "$f" "work/extracted/$p" && printf '| %s | 0 |\\n' "$p"
done"""
_VALIDATE = """for f; do
    p=${f#*/*/}
    if grep -q 'import warnings' "$f"; then e=1; else e=0; fi; printf '| %s | %s |\\n' "$p" "$e"
done"""
_TRANSFORM = f"""for f; do
    {_SLOWLY}; p=${{f#*/*/}}; mkdir -p "$(dirname "work/transformed/$p")"
    sed 's/[ ]*$//' "$f" > "work/transformed/$p" && printf '| %s | 0 |\\n' "$p"
done"""
_CONFIG = """
[steps.extract-files]
foreach = "deliveries/{snapshot}/**"
outputs = ["work/extracted/{path}"]
batch = 4
[steps.validate-words]
foreach = "work/extracted/**"
uses = ["tools/pipeline/validate-words.sh"]
batch = 4
[steps.transform-files]
foreach = "work/extracted/**"
outputs = ["work/transformed/{path}"]
batch = 4
[gate]
pattern = '^\\| ([^|]+) \\| 0 \\|$'
"""


@pytest.fixture
def pipeline(project: Project) -> Project:
    snapshot = project.root / "deliveries" / "s1"
    library = Path(os.__file__).parent
    for file in sorted(library.glob("[a-j]*.py"))[:FILES]:
        snapshot.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, snapshot)
    project.script("extract-files.sh", _EXTRACT)
    project.script("validate-words.sh", _VALIDATE)
    project.script(
        "analyze-count.sh",
        "mkdir -p work/analysis; ls work/extracted | wc -l > work/analysis/count",
    )
    project.script("transform-files.sh", _TRANSFORM)
    project.config(_CONFIG)
    return project


def made(project: Project) -> dict[str, bytes]:
    """Return all that a run makes, but for its own records."""
    found = {
        name: (project.root / name).read_bytes()
        for folder in ("work", "target/artifacts")
        for name in (f"{folder}/{below}" for below in files_below(project.root / folder))
        if not name.startswith("work/.")
    }
    listed = json.loads((project.root / "target/manifest.json").read_bytes())["artifacts"]
    entries = sorted((e["path"], e["sha256"], e["source"], e["step"]) for e in listed)
    found["manifest"] = repr(entries).encode()
    counts = project.last.summary
    found["counts"] = repr(counts["artifacts"]).encode()
    return found


def from_nothing(project: Project) -> None:
    for folder in ("work", "target", "runlogs"):
        shutil.rmtree(project.root / folder, ignore_errors=True)


def killed(project: Project, after: float, *options: str) -> bool:
    """Run it, and kill it after so many seconds; return False when it had ended by itself."""
    with project.running("-j", "2", "--progress", "none", *options) as runner:
        try:
            status = runner.wait(after)
        except TimeoutExpired:
            runner.kill()
            runner.wait(30)
            return True
        assert status == 0, runner.stderr.read() if runner.stderr else b""
        return False


def of_this(project: Project) -> list[str]:
    """Return the processes whose folder is the project's."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "cwd").readlink() == project.root:
                found.append((entry / "cmdline").read_bytes().decode())
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="this asks for a system with /proc")
def test_kills_at_any_moment_change_nothing_of_what_is_made(pipeline: Project) -> None:
    begun = time.monotonic()
    assert pipeline.run("-j", "2", "--progress", "none").status == 0
    whole = time.monotonic() - begun
    expected = made(pipeline)
    assert len(expected) > 2 * FILES
    seed = int.from_bytes(os.urandom(4))
    chance = random.Random(seed)  # noqa: S311  # moments, no secrets
    kills = campaigns = 0
    while kills < KILLS:
        from_nothing(pipeline)
        campaigns += 1
        options: tuple[str, ...] = ()
        while kills < KILLS and killed(pipeline, chance.uniform(0, whole), *options):
            kills += 1
            began = any((pipeline.root / "runlogs").glob("*/events.jsonl"))
            options = ("--resume",) if began and _has_begun(pipeline) else ()
        done = pipeline.run(*options) if kills == KILLS else None
        assert done is None or done.status == 0, f"seed {seed}: {done}"
        assert made(pipeline) == expected, f"seed {seed}, campaign {campaigns}"
    until(lambda: not of_this(pipeline), "something of ours still runs")


def _has_begun(project: Project) -> bool:
    newest = max((project.root / "runlogs").glob("*/events.jsonl"))
    return bool(newest.stat().st_size)
