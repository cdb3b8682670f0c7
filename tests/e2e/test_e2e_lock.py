"""One run per project: the second names the first and ends with 75, or waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.projects import Project

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project whose run lasts until its folder has a file `go`."""
    project = Project(tmp_path / "project")
    waits = "echo yes > started; while [ ! -e go ]; do sleep 0.05; done"
    project.script("extract-a.sh", waits)
    return project


def test_a_second_run_says_who_holds_the_project_and_ends_with_75(project: Project) -> None:
    with project.running() as first:
        project.wait_for("started")

        second = project.run()

        assert second.status == 75
        assert f"error: another run holds this project: process {first.pid} of" in second.err
        assert "hint: wait for it with `--wait 1h`" in second.err
        (project.root / "go").touch()
        assert first.wait(30) == 0


def test_a_run_that_waits_runs_when_the_first_has_ended(project: Project) -> None:
    with project.running() as first:
        project.wait_for("started")
        with project.running("--wait", "1m") as second:
            (project.root / "go").touch()

            assert first.wait(30) == 0
            assert second.wait(60) == 0


def test_the_lock_of_a_killed_run_is_free(project: Project) -> None:
    with project.running() as first:
        project.wait_for("started")
        first.kill()
        first.wait(30)
        (project.root / "go").touch()

        assert project.run().status == 0
