"""Signals, timeouts and halts: whole process groups end, and what is left of the run is true."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.journals import check_journal
from tests.e2e.projects import Project
from tests.e2e.waiting import until, until_gone

pytestmark = pytest.mark.slow

# A step with a grandchild in its group; both say who they are, then wait for ever.
FAMILY = """
sh -c 'echo $$ >child.pid; while :; do sleep 1; done' &
echo $$ >leader.pid
wait
"""
# The same, but the grandchild does not listen to TERM, HUP or INT.
STUBBORN = FAMILY.replace("echo $$ >child", 'trap "" TERM HUP INT; echo $$ >child')
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Wait for the program and return its status and what it told."""
    _, err = process.communicate(timeout=30)
    return process.returncode, err.decode()


def check_interrupted(project: Project, number: signal.Signals) -> None:
    """Check that journal and summary tell the truth about an interrupted run."""
    events = project.last.events
    check_journal(events)
    assert (events[-1]["status"], events[-1]["exit"]) == ("interrupted", 128 + number)
    summary = project.last.summary
    assert (summary["status"], summary["exit"]) == ("interrupted", 128 + number)
    for step in project.last.of("step_ended"):
        assert step["outcome"] == "cancelled"


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_whole_group_of_each_step_and_the_program_dies_of_it(
    project: Project, number: signal.Signals
) -> None:
    project.script("extract-family.sh", FAMILY)
    project.script("transform-never.sh", "echo >never")
    with project.running() as process:
        leader, child = project.pid_from("leader.pid"), project.pid_from("child.pid")
        process.send_signal(number)
        status, _ = ended(process)

    assert status == -number
    until_gone(leader)
    until_gone(child)
    assert not (project.root / "never").exists()
    check_interrupted(project, number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_grandchild_that_ignores_the_signal_is_gone_after_the_grace(
    project: Project, number: signal.Signals
) -> None:
    project.script("extract-family.sh", STUBBORN)
    project.config("grace = '300ms'\n")
    with project.running() as process:
        child = project.pid_from("child.pid")
        process.send_signal(number)
        status, _ = ended(process)
        assert status == -number
        until_gone(child)


def test_a_step_may_use_its_grace_to_tidy_up(project: Project) -> None:
    project.script(
        "extract-tidy.sh",
        "trap 'echo tidy; echo >tidied; exit 0' TERM; echo >there; while :; do sleep 0.05; done",
    )
    with project.running() as process:
        until((project.root / "there").exists, "the step does not run")
        process.send_signal(signal.SIGTERM)
        status, _ = ended(process)

    assert status == -signal.SIGTERM
    assert (project.root / "tidied").exists()
    assert project.last.output("extract-tidy").endswith(b"tidy\n")
    assert project.last.only("step_ended")["outcome"] == "cancelled"


def test_a_second_signal_skips_the_grace(project: Project) -> None:
    project.script("extract-family.sh", STUBBORN)
    project.config("grace = '10m'\n")
    with project.running("--progress", "plain") as process:
        child = project.pid_from("child.pid")
        process.send_signal(signal.SIGINT)
        journal = project.last.path / "events.jsonl"
        until(lambda: b"SIGINT" in journal.read_bytes(), "the first signal is not told")
        process.send_signal(signal.SIGINT)
        status, err = ended(process)

    assert status == -signal.SIGINT
    until_gone(child)
    assert "once more ends it at once" in err
    check_interrupted(project, signal.SIGINT)


def test_the_log_of_an_ended_step_is_kept_with_its_footer(project: Project) -> None:
    project.script("extract-family.sh", f"echo before the end{FAMILY}")
    with project.running() as process:
        project.pid_from("child.pid")
        process.send_signal(signal.SIGTERM)
        ended(process)

    (log,) = project.last.logs("extract-family_")
    assert project.last.output("extract-family").startswith(b"before the end\n")
    assert "# SIGTERM (ended by asyncorch)\n# duration: " in log.read_text()


def test_what_a_signal_keeps_from_starting_is_told_as_skipped(project: Project) -> None:
    project.script("extract-1.sh", FAMILY)
    project.script("extract-2.sh", "echo >never")
    with project.running("-j", "1") as process:
        project.pid_from("child.pid")
        process.send_signal(signal.SIGTERM)
        ended(process)

    assert project.last.outcomes == {"extract-1": "cancelled", "extract-2": "skipped"}
    assert not (project.root / "never").exists()


def test_an_interrupted_transform_promotes_nothing(project: Project) -> None:
    project.copying("a.txt", "b.txt", keys="batch = 1\n")
    copy = (project.root / "tools" / "pipeline" / "transform-copy.sh").read_text()
    project.script("transform-copy.sh", f"{copy}case $1 in *b.txt) echo $$ >b.pid; sleep 99;; esac")
    with project.running("-j", "1") as process:
        project.pid_from("b.pid")
        process.send_signal(signal.SIGINT)
        assert ended(process)[0] == -signal.SIGINT

    assert project.promoted == []
    check_interrupted(project, signal.SIGINT)


def test_a_timeout_ends_the_group_and_is_no_ordinary_failure(project: Project) -> None:
    project.script("extract-family.sh", STUBBORN)
    project.config("grace = '100ms'\n[steps.extract-family]\ntimeout = '1s'\n")

    done = project.run()

    assert done.status == 1
    until_gone(int((project.root / "child.pid").read_text()))
    assert project.last.outcomes == {"extract-family": "timed out"}
    assert "failed (timed out)" in done.err
    assert "ran longer than 1 s" in done.err


def test_a_step_that_says_nothing_for_too_long_is_ended(project: Project) -> None:
    project.script("extract-quiet.sh", "echo one; sleep 99")
    project.script("extract-talks.sh", "for i in 1 2 3 4 5 6 7; do echo $i; sleep 0.3; done")
    project.config("[steps.extract-quiet]\nquiet = '1s'\n[steps.extract-talks]\nquiet = '1s'\n")

    assert project.run("-j", "2").status == 1
    assert project.last.outcomes == {"extract-quiet": "timed out", "extract-talks": "passed"}


def test_the_deadline_of_a_run_ends_it(project: Project) -> None:
    project.script("extract-family.sh", FAMILY)
    project.config("deadline = '1s'\n")

    done = project.run()

    assert done.status == 1
    assert "the deadline of 1 s is over" in done.out + done.err
    until_gone(int((project.root / "child.pid").read_text()))
    check_journal(project.last.events)


def test_what_a_failed_step_leaves_running_is_ended_with_it(project: Project) -> None:
    project.script("extract-fails.sh", f"{FAMILY.replace('wait', '')}sleep 0.2; exit 3")
    project.config("grace = '200ms'\n")

    assert project.run().status == 1
    until_gone(int((project.root / "child.pid").read_text()))


@pytest.fixture
def daemon_pid(project: Project) -> Iterator[Path]:
    """Name the file in which a daemon writes its number, and end it after the test."""
    path = project.root / "daemon.pid"
    yield path
    with suppress(OSError, ValueError):
        subprocess.run(["kill", "-9", path.read_text().strip()], check=False)


def test_a_step_that_leaves_a_daemon_with_its_log_ends_all_the_same(
    project: Project, daemon_pid: Path
) -> None:
    project.script("extract-daemon.sh", "sleep 300 & echo $! >daemon.pid; echo the last word")

    done = project.run(within=20)

    assert done.status == 0, done.err
    assert b"the last word\n" in project.last.output("extract-daemon")


def test_the_holder_of_a_log_is_named_in_its_footer(project: Project, daemon_pid: Path) -> None:
    project.script("extract-daemon.sh", "sleep 300 & echo $! >daemon.pid")

    assert project.run(within=20).status == 0
    (log,) = project.last.logs("extract-daemon_")
    assert daemon_pid.read_text().strip() in log.read_text()


def test_a_run_that_was_killed_leaves_a_journal_that_can_be_read(project: Project) -> None:
    project.script("extract-family.sh", FAMILY)
    with project.running() as process:
        leader, child = project.pid_from("leader.pid"), project.pid_from("child.pid")
        process.kill()
        process.wait(timeout=10)
        for pid in (leader, child):
            subprocess.run(["kill", "-9", str(pid)], check=False)

    events = project.last.events
    assert events[-1]["event"] == "batch_started"
