"""Nothing of ours stays behind: escaped processes, killed runners, and Ctrl-Z."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from tests.e2e.projects import Project
from tests.e2e.waiting import group_of, until, until_gone

pytestmark = pytest.mark.slow

# A grandchild with a session of its own that ignores TERM, and has closed what it was given.
ESCAPE = """
setsid sh -c 'trap "" TERM; exec >/dev/null 2>&1
    echo $$ > escaped.pid; while :; do sleep 1; done' &
while [ ! -s escaped.pid ]; do sleep 0.01; done
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project")
    project.root.mkdir()
    project.config('grace = "200ms"\n')
    return project


def test_what_escaped_from_a_step_that_failed_is_ended(project: Project) -> None:
    project.script("extract-a.sh", ESCAPE + "exit 3")

    assert project.run().status == 1

    until_gone(int(project.wait_for("escaped.pid")))


def test_what_escaped_from_a_step_that_timed_out_is_ended(project: Project) -> None:
    project.script("extract-a.sh", ESCAPE + "sleep 60")
    project.config('grace = "200ms"\n[steps.extract-a]\ntimeout = "1s"\n')

    assert project.run().status == 1

    until_gone(int(project.wait_for("escaped.pid")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_escaped_is_ended_when_the_run_is(project: Project, number: signal.Signals) -> None:
    project.script("extract-a.sh", ESCAPE + "sleep 60")

    with project.running() as run:
        escaped = project.pid_from("escaped.pid")
        run.send_signal(number)
        assert run.wait(30) == -number

    until_gone(escaped)


def test_a_daemon_that_a_step_which_passed_leaves_on_purpose_is_left_alone(
    project: Project,
) -> None:
    project.script("extract-a.sh", ESCAPE)
    project.script("transform-b.sh", "exit 1")

    assert project.run().status == 1

    daemon = project.pid_from("escaped.pid")
    os.kill(daemon, signal.SIGKILL)
    until_gone(daemon)


def test_what_a_killed_runner_left_is_ended_by_the_next_run_and_no_stranger_is(
    project: Project,
) -> None:
    project.script(
        "extract-a.sh", "[ -e once ] || { echo 1 > once; echo $$ > a.pid; exec sleep 60; }"
    )
    with project.running() as run:
        left = project.pid_from("a.pid")
        run.kill()
        run.wait(30)
    assert group_of(left) is not None

    with project.running() as stranger:  # a process of another run carries another mark
        stranger.wait(30)
        told = (stranger.stderr.read() if stranger.stderr else b"").decode()

    until_gone(left)
    assert re.search(r"never ended; \d+ of its processes still ran, and were ended", told), told


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]


def test_ctrl_z_stops_the_steps_too_and_no_timeout_counts_meanwhile(project: Project) -> None:
    project.script("extract-a.sh", "echo $$ > a.pid; sleep 1.5; echo done > a.done")
    project.config('[steps.extract-a]\ntimeout = "3s"\n')

    with project.running() as run:
        step = project.pid_from("a.pid")
        run.send_signal(signal.SIGTSTP)
        until(lambda: state_of(run.pid) == "T", "the runner does not stop")
        # D: a shell that waits in vfork for a child which is stopped before it is a program.
        until(lambda: state_of(step) in "TD", "the step does not stop")
        with pytest.raises(AssertionError):
            until(lambda: state_of(run.pid) != "T", "stopped", within=3)
        run.send_signal(signal.SIGCONT)

        assert run.wait(30) == 0
    assert project.wait_for("a.done") == "done"
