"""`asyncorch demo`: what it makes, what it says, and that it runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.calling import Call


@pytest.mark.slow
def test_the_demo_makes_a_project_runs_it_and_says_what_to_try_next(
    here: Path, process: Call
) -> None:
    ended = process(
        "demo", "--phase", "extract", "--progress", "none", env={"PATH": "/usr/bin:/bin"}
    )

    assert ended.code == 0, ended.err
    making, _, after = ended.err.partition("Where everything is:\n")
    assert "Making a project in demo from " in making
    assert "  wrote pipeline.toml\n" in making
    assert f"  {sys.executable} -m asyncorch run demo --mode analysis\n" in after
    summary = json.loads((here / "demo" / "runlogs" / "latest" / "summary.json").read_text())
    assert (summary["snapshot"], summary["status"]) == ("snapshot-2", "passed")

    again = process("demo", "--phase", "extract", "--progress", "none", "--snapshot", "snapshot-1")

    assert again.err.splitlines()[1:4] == [
        "  snapshot-1: already there",
        "  snapshot-2: already there",
        "  kept  pipeline.toml",
    ]
    assert again.code == 0
