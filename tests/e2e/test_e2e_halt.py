"""What a failure does to the others: halt now, soon and never, with real processes."""

from __future__ import annotations

import pytest

from tests.e2e.journals import check_journal
from tests.e2e.projects import Project
from tests.e2e.waiting import until_gone

pytestmark = pytest.mark.slow

# Eight that run side by side, of which one fails once all are there.
TOGETHER = """
mkdir -p here; echo $$ >here/{0}
while [ $(ls here | wc -l) -lt 8 ]; do sleep 0.02; done
{1}
"""


def eight(project: Project, *, then: str) -> None:
    for number in range(8):
        end = "exit 4" if number == 3 else then
        project.script(f"extract-{number}.sh", TOGETHER.format(number, end))
    project.script("extract-late.sh", "echo >late")
    project.script("analyze-later.sh", "echo >later")


def outcomes(project: Project) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, outcome in project.last.outcomes.items():
        found.setdefault(outcome, []).append(name)
    return found


def test_halt_now_leaves_one_failed_and_the_others_cancelled(project: Project) -> None:
    eight(project, then="sleep 99")

    done = project.run("-j", "8", "--halt", "now")

    assert done.status == 1
    found = outcomes(project)
    assert found["failed"] == ["extract-3"]
    assert sorted(found["cancelled"]) == [f"extract-{n}" for n in range(8) if n != 3]
    assert found["skipped"] == ["extract-late"]
    assert project.last.summary["reason"] == "extract-3 (exit 4)"
    assert done.err.index("✗ Extracting 3 failed") < done.err.index("cancelled")
    for pid in (project.root / "here").iterdir():
        until_gone(int(pid.read_text()))
    check_journal(project.last.events)


def test_halt_soon_lets_finish_what_runs_and_starts_nothing_more(project: Project) -> None:
    eight(project, then="sleep 0.5; echo done >>finished")

    assert project.run("-j", "8").status == 1  # soon is the default

    found = outcomes(project)
    assert found["failed"] == ["extract-3"]
    assert len(found["passed"]) == 7
    assert found["skipped"] == ["extract-late"]
    assert not (project.root / "late").exists()
    assert not (project.root / "later").exists()


def test_halt_never_goes_on_and_still_exits_1(project: Project) -> None:
    eight(project, then="true")

    assert project.run("-j", "8", "--halt", "never").status == 1

    found = outcomes(project)
    assert found["failed"] == ["extract-3"]
    assert (project.root / "late").exists()
    assert (project.root / "later").exists()
    assert project.last.summary["status"] == "failed"


def test_halt_soon_cuts_a_fan_out_off_between_its_batches(project: Project) -> None:
    project.copying(*(f"f{number}.txt" for number in range(6)), keys="batch = 1\n")
    project.script("transform-aaa.sh", "exit 6")

    assert project.run("-j", "1").status == 1
    assert project.last.outcomes["transform-aaa"] == "failed"
    assert project.last.outcomes["transform-copy"] in ("skipped", "cancelled")
    assert project.promoted == []
    check_journal(project.last.events)
