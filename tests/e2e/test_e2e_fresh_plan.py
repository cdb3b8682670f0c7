"""Only what has changed runs, and `asyncorch plan` says beforehand what and why."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.e2e.projects import CLEAN, PROGRAM, SOURCES, Project

pytestmark = pytest.mark.slow


def files_run(project: Project) -> int:
    return sum(event["files"] for event in project.last.of("batch_started"))


def told(project: Project, *words: str) -> str:
    """Return what `asyncorch plan` prints."""
    return subprocess.run(
        (*PROGRAM, "plan", str(project.root), *words),
        check=True,
        capture_output=True,
        text=True,
        env=CLEAN,
        cwd=project.root,
    ).stdout


def plan(project: Project, *words: str) -> dict[str, Any]:
    data = json.loads(told(project, "--json", *words))
    (step,) = [step for phase in data["phases"] for step in phase["steps"]]
    return dict(step)


def reasons(project: Project, *words: str) -> dict[str, str]:
    return {item["file"]: item["reason"] for item in plan(project, *words)["run"]}


def test_of_a_new_snapshot_only_the_changed_files_run(project: Project) -> None:
    project.copying(*(f"d{i % 7}/f{i}.txt" for i in range(1000)))
    assert project.run().status == 0
    assert files_run(project) == 1000
    shutil.copytree(project.root / "deliveries" / "s1", project.root / "deliveries" / "s2")
    for i in range(0, 1000, 50):
        (project.root / f"deliveries/s2/d{i % 7}/f{i}.txt").write_text(f"new {i}\n")

    done = project.run()

    assert done.status == 0, done.err
    assert files_run(project) == 20
    assert len(project.last.rows) == 1000
    assert project.last.only("gate_judged")["promoted"] == 1000
    assert (project.root / "target/artifacts/d1/f50.txt").read_text() == "new 50\n"


def test_a_run_that_has_nothing_to_do_writes_no_cache(project: Project) -> None:
    project.copying("a.txt", "b.txt")
    project.run()
    project.run()
    cache = project.root / "work" / ".asyncorch" / "cache.sqlite"
    before = cache.read_bytes()

    project.run()

    assert files_run(project) == 0
    assert cache.read_bytes() == before


def test_the_plan_says_of_each_file_why_it_would_run(project: Project) -> None:
    project.copying("a.txt", "b.txt", "c.txt", "d.txt", keys='uses = ["rules/**"]')
    (project.root / "rules").mkdir()
    (project.root / "rules" / "one").write_text("1")
    new = reasons(project)
    assert set(new.values()) == {"nothing is remembered of it"}
    assert len(new) == 4
    assert not (project.root / "work").exists()
    project.run()
    assert plan(project)["run"] == []
    assert len(plan(project)["fresh"]) == 4

    (project.root / "deliveries/s1/a.txt").write_text("other")
    (project.root / "work/transformed/b.txt").unlink()
    (project.root / "work/transformed/c.txt").write_text("by hand")
    project.deliver("e.txt")

    assert reasons(project) == {
        "deliveries/s1/a.txt": "its content has changed",
        "deliveries/s1/b.txt": "an output is gone",
        "deliveries/s1/c.txt": "an output was changed",
        "deliveries/s1/e.txt": "nothing is remembered of it",
    }
    assert set(reasons(project, "--force").values()) == {"--force"}
    assert "changed: the variable `A`" in reasons(project, "--env", "A=b").values()
    assert "changed: the application" in reasons(project, "--app", "x").values()
    (project.root / "rules" / "one").write_text("2")
    assert "changed: `rules/one`" in reasons(project).values()


def test_the_plan_in_words_groups_the_files_by_reason(project: Project) -> None:
    project.copying(*(f"f{i}.txt" for i in range(10)))
    project.run()
    for i in range(5):
        project.deliver(f"f{i}.txt", content=b"new\n")

    some, every = told(project), told(project, "--files")

    assert "5 would run, 5 are up to date" in some
    assert "5: its content has changed (deliveries/s1/f0.txt, " in some
    assert some.count("deliveries/s1/f") == 3
    assert "would run  deliveries/s1/f4.txt: its content has changed" in every
    assert "up to date deliveries/s1/f9.txt" in every


def test_a_step_that_says_too_little_of_itself_runs_each_time(project: Project) -> None:
    project.script("extract-a.sh", "true")

    assert "so it runs each time" in plan(project)["reason"]


def test_a_whole_step_is_told_with_its_reason(project: Project) -> None:
    project.config(
        '[steps.extract-a]\nrun = ["sh", "-c", "mkdir -p work/o; cp in work/o/out"]\n'
        'inputs = ["in"]\noutputs = ["work/o/*"]\n'
    )
    (project.root / "in").write_text("1")
    assert plan(project)["reason"] == "nothing is remembered of it"
    assert project.run().status == 0
    assert plan(project)["reason"] is None

    (project.root / "in").write_text("2")
    assert plan(project)["reason"] == "its inputs have changed"
    assert project.run().status == 0
    (project.root / "work/o/out").write_text("by hand")
    assert plan(project)["reason"] == "an output was changed"


def test_the_longest_work_starts_first_in_the_second_run(project: Project) -> None:
    for name, seconds in (("a", 0.1), ("b", 0.5), ("c", 0.3)):
        project.script(f"extract-{name}.sh", f"sleep {seconds}")

    project.run("-j", "1")
    first = [event["step"] for event in project.last.of("step_started")]
    project.run("-j", "1")
    second = [event["step"] for event in project.last.of("step_started")]

    assert (first, second) == (["a", "b", "c"], ["b", "c", "a"])


def test_files_of_one_name_below_two_folders_are_never_taken_for_fresh(project: Project) -> None:
    project.copying("x/a.txt", "y/a.txt")
    keys = SOURCES.replace(
        'foreach = "deliveries/{snapshot}/**"',
        'foreach = ["deliveries/{snapshot}/x/**", "deliveries/{snapshot}/y/**"]',
    ).replace("{path}", "{tree}/{path}")
    project.config(f"[steps.transform-copy]\n{keys}")
    project.run()

    (project.root / "deliveries/s1/x/a.txt").write_text("new")
    project.run()

    assert files_run(project) == 2


def test_what_an_earlier_run_made_of_a_file_goes_when_the_file_turns_bad(project: Project) -> None:
    project.deliver("a.txt", "b.txt", "c.txt")
    project.script(
        "validate-check.sh",
        'for f; do p=${f#deliveries/*/}; if grep -q bad "$f"; then\n'
        '  grep -q worse "$f" && echo found > "work/validated/$p"; echo "| $p | 1 |"; continue\n'
        'fi; mkdir -p work/validated; cp "$f" "work/validated/$p"; echo "| $p | 0 |"; done',
    )
    project.config(
        '[steps.validate-check]\nforeach = "deliveries/{snapshot}/**"\n'
        'outputs = ["work/validated/{path}"]\n'
    )
    project.run()
    project.deliver("a.txt", content=b"bad\n")
    project.deliver("b.txt", content=b"bad and worse\n")

    project.run()

    made = {path.name: path.read_text() for path in (project.root / "work/validated").iterdir()}
    assert made == {"b.txt": "found\n", "c.txt": "x\nc.txt\n"}
    project.run()
    assert files_run(project) == 0


def test_a_dry_run_as_json_is_the_plan_as_json(project: Project) -> None:
    project.copying("a.c")

    plan = json.loads(project.run("--dry-run", "--json").out)

    assert [phase["name"] for phase in plan["phases"] if phase["steps"]] == ["transform"]
