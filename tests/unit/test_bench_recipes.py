"""Each peer does the same jobs with the files that the benchmark writes for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "tools" / "bench"))  # as its programs see it

from measuring import environment  # after the path
from recipes import RECIPES, Job
from surroundings import program


@pytest.mark.slow
@pytest.mark.real_tool
@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_peer_makes_every_target_from_its_source(name: str, tmp_path: Path) -> None:
    if program(name) is None:
        pytest.skip(f"{name} is not on this machine")
    (tmp_path / "out").mkdir()
    for number in range(3):
        (tmp_path / f"in{number}").write_text(f"source {number}\n")
    jobs = [Job(f"out/{n}", f"cp in{n} out/{n}", f"in{n}") for n in range(3)]

    command = RECIPES[name](tmp_path, jobs, 2)
    env = environment(command.env)
    subprocess.run(command.argv, cwd=tmp_path, env=env, check=True, capture_output=True)

    assert [(tmp_path / job.target).read_text() for job in jobs] == [
        f"source {number}\n" for number in range(3)
    ]
