"""Who runs when: slots, limits, needs, retries and order, replayed from the journal."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.e2e.journals import check_phases_in_turn, most_at_once
from tests.e2e.projects import Project

pytestmark = pytest.mark.slow


def test_never_more_processes_than_the_concurrency_run_at_once(project: Project) -> None:
    for number in range(9):
        project.script(f"extract-{number}.sh", "sleep 0.05")
        project.script(f"analyze-{number}.sh", "sleep 0.01")

    assert project.run("-j", "3").status == 0

    events = project.last.events
    assert most_at_once(events) == 3
    check_phases_in_turn(events)
    starts = [e["event"] for e in events].count("batch_started")
    assert starts == 18


def test_without_a_number_the_concurrency_is_the_cpus_of_this_process(project: Project) -> None:
    project.script("extract-one.sh", "echo")
    project.run()

    assert 1 <= project.last.summary["concurrency"] <= len(os.sched_getaffinity(0))


def test_siblings_that_need_one_another_wait_and_a_failed_need_is_told(project: Project) -> None:
    project.script("extract-first.sh", "echo >first; exit 1")
    project.script("extract-second.sh", "ls first")
    project.config('[steps.extract-second]\nneeds = ["first"]\n')

    assert project.run("--halt", "never").status == 1
    assert project.last.outcomes == {"extract-first": "failed", "extract-second": "skipped"}


def test_a_named_limit_holds_whatever_the_concurrency(project: Project) -> None:
    steps = ""
    for number in range(4):
        project.script(f"extract-{number}.sh", "mkdir lock || exit 7; sleep 0.03; rmdir lock")
        steps += f'[steps.extract-{number}]\nlimits = ["database"]\n'
    project.config(f"[limits]\ndatabase = 1\n{steps}")

    assert project.run("-j", "4").status == 0
    assert most_at_once(project.last.events) == 1


def test_a_step_of_many_slots_runs_alone_and_is_not_starved(project: Project) -> None:
    for number in range(6):
        project.script(f"extract-{number}.sh", "sleep 0.05")
    project.script("extract-3big.sh", "sleep 0.05")
    project.config("[steps.extract-3big]\nslots = 9\n")

    assert project.run("-j", "2").status == 0

    running: set[str] = set()
    for event in project.last.events:
        if event["event"] == "batch_started":
            running.add(event["step"])
            assert running == {"3big"} or "3big" not in running
        elif event["event"] == "batch_ended":
            running.discard(event["step"])


def test_retries_leave_a_log_each_and_the_last_attempt_counts(project: Project) -> None:
    project.script("extract-flaky.sh", "echo try >>tries; [ $(wc -l <tries) -ge 3 ]")
    project.config("[steps.extract-flaky]\nretries = 2\n")

    assert project.run().status == 0
    ends = project.last.of("batch_ended")
    assert [(end["attempt"], end["exit"]) for end in ends] == [(1, 1), (2, 1), (3, 0)]
    logs = [Path(end["log"]).name for end in ends]
    assert re.fullmatch(r"extract-flaky_[\d-]+_a3\.log", logs[2])
    assert len(set(logs)) == 3
    assert len(project.last.of("step_retried")) == 2


def test_a_phase_runs_in_name_order_when_it_is_sequential(project: Project) -> None:
    for name in ("20-middle", "10-first", "30-last"):
        project.script(f"extract-{name}.sh", f"echo {name} >>order")
    project.config("[phases.extract]\nsequential = true\n")

    assert project.run("-j", "4").status == 0
    assert (project.root / "order").read_text().split() == ["10-first", "20-middle", "30-last"]


def test_numbered_siblings_that_run_side_by_side_get_a_warning(project: Project) -> None:
    project.script("extract-10-first.sh", "echo")
    project.script("extract-20-second.sh", "echo")

    assert "sequential = true" in project.run().err
