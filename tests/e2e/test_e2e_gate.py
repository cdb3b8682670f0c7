"""The gate: what is promoted, what is removed, and what nobody may touch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.projects import COPY_ALL, SOURCES, Project, copying_but, files_below

pytestmark = pytest.mark.slow

FILES = [f"f{number:02d}.txt" for number in range(12)]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Make a folder beside the project that no run may touch or read."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text("secret")
    return folder


def test_rows_that_lead_out_of_the_tree_promote_nothing_and_touch_nothing(
    project: Project, outside: Path
) -> None:
    project.deliver("a.txt")
    project.script(
        "transform-evil.sh",
        "mkdir -p work/transformed/dir.d; echo ok >work/transformed/good.txt\n"
        "ln -s ../../../outside/secret.txt work/transformed/link.txt\n"
        "ln -s ../../../outside work/transformed/folder\n"
        "ln work/transformed/good.txt work/transformed/hard.txt; mkfifo work/transformed/pipe.txt\n"
        "for name in ../../../outside/secret.txt ../../etc/x.txt /etc/hosts.txt link.txt"
        f" {outside}/secret.txt folder/secret.txt gone.txt dir.d pipe.txt a/../good.txt"
        " ..%2F..%2F..%2Foutside%2Fsecret.txt good.txt ./good.txt '' .txt; do\n"
        '    echo "| $name | 0 |"\ndone',
    )

    done = project.run("--halt", "never")

    assert done.status == 0, done.err
    assert "good.txt" in project.promoted
    assert set(project.promoted) <= {"good.txt", "./good.txt", "hard.txt"}
    assert files_below(outside) == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == "secret"
    assert not any(path.is_symlink() for path in (project.root / "target").rglob("*"))
    assert "leads out of the tree" in done.err


def test_a_link_in_the_target_is_never_written_through(project: Project, outside: Path) -> None:
    (project.root / "target" / "artifacts").mkdir(parents=True)
    (project.root / "target" / "artifacts" / "sub").symlink_to(outside)
    (project.root / "target" / "artifacts" / "top.txt").symlink_to(outside / "secret.txt")
    project.copying("sub/secret.txt", "top.txt")

    done = project.run()

    assert done.status == 1 or "sub/secret.txt" not in project.promoted
    assert (outside / "secret.txt").read_text() == "secret"
    assert files_below(outside) == ["secret.txt"]


def test_a_file_that_vanishes_before_the_gate_is_not_promoted(project: Project) -> None:
    project.copying("a.txt", "b.txt")
    project.script("transform-z.sh", "rm work/transformed/b.txt")
    project.config(
        (project.root / "pipeline.toml").read_text()
        + '[steps.transform-z]\nneeds = ["copy"]\nrows = false\n'
    )

    assert project.run().status == 0
    assert project.promoted == ["a.txt"]
    assert project.last.summary["artifacts"]["successful"] == 1


def test_what_is_no_longer_made_is_removed_and_foreign_files_are_left_alone(
    project: Project,
) -> None:
    project.copying(*FILES, more="[gate]\nmax_removed = 0.2\n")
    project.run()
    foreign = project.root / "target" / "artifacts" / "NOTES.txt"
    foreign.write_text("mine")
    (project.root / "deliveries" / "s1" / "f03.txt").unlink()

    assert project.run().status == 0
    assert project.promoted == sorted([*(n for n in FILES if n != "f03.txt"), "NOTES.txt"])
    assert foreign.read_text() == "mine"
    assert not (project.root / "work" / "transformed" / "f03.txt").exists()
    assert project.last.only("gate_judged")["removed"] == 1


def test_a_foreign_file_is_not_written_over_by_a_promotion(project: Project) -> None:
    project.copying("a.txt", "b.txt")
    foreign = project.root / "target" / "artifacts" / "a.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")

    project.run()
    assert foreign.read_text() == "mine"
    assert project.promoted == ["a.txt", "b.txt"]
    assert project.last.summary["artifacts"]["successful"] == 1


def test_too_many_removals_are_refused_and_allowed_on_demand(project: Project) -> None:
    project.copying(*FILES)
    project.run()
    for name in FILES[:6]:
        (project.root / "deliveries" / "s1" / name).unlink()

    refused = project.run()
    assert refused.status == 1
    assert "6 of 12 promoted artifacts would be removed" in refused.err
    assert "--allow-removal" in refused.err
    assert project.promoted == FILES

    assert project.run("--allow-removal").status == 0
    assert project.promoted == FILES[6:]


@pytest.mark.parametrize(("minimum", "status"), [("0.5", 0), ("0.75", 0), ("0.76", 1)])
def test_below_the_minimum_nothing_is_touched(project: Project, minimum: str, status: int) -> None:
    project.copying(*FILES[:4], more=f"[gate]\nminimum = {minimum}\n")
    project.script(
        "transform-copy.sh",
        copying_but('case $file in *f01*) echo "| f01.txt | 1 |"; continue;; esac'),
    )

    done = project.run()

    assert done.status == status
    assert project.promoted == ([] if status else ["f00.txt", "f02.txt", "f03.txt"])
    if status:
        assert "75.00% is below the minimum 76.00%" in done.err
        assert not (project.root / "target").exists()


def test_a_gate_phase_without_a_single_row_fails(project: Project) -> None:
    project.deliver("a.txt")
    project.script("transform-silent.sh", "echo I say nothing of files")

    done = project.run()

    assert done.status == 1
    assert "no row came" in done.err


def test_an_empty_fan_out_fails_the_gate_phase_and_is_passed_over_elsewhere(
    project: Project,
) -> None:
    project.copying("a.txt")
    text = (project.root / "pipeline.toml").read_text()
    empty = '[steps.analyze-none]\nforeach = "work/none/**"\nrun = "cat {files}"\n'
    project.config(text + empty)
    done = project.run()
    assert done.status == 0
    assert "no file matches work/none/**" in done.err

    project.config((text + empty).replace("deliveries/{snapshot}", "work/nothing"))
    failed = project.run()
    assert failed.status == 1
    assert "no file matches work/nothing/**" in failed.err
    assert project.promoted == ["a.txt"]


def test_a_failed_step_of_the_gate_phase_keeps_what_it_promoted_before_marked_stale(
    project: Project,
) -> None:
    project.copying("a.txt", "b.txt")
    made = "mkdir -p work/transformed; echo y >work/transformed/y.txt; echo '| y.txt | 0 |'"
    project.script("transform-other.sh", made)
    project.run()
    assert project.promoted == ["a.txt", "b.txt", "y.txt"]

    project.script("transform-other.sh", f"{made}; exit 5")
    project.deliver("c.txt")
    assert project.run("--halt", "never").status == 1

    assert project.promoted == ["a.txt", "b.txt", "c.txt", "y.txt"]
    assert {entry["path"] for entry in manifest(project) if entry["stale"]} == {"y.txt"}


def test_rows_of_a_step_that_failed_promote_nothing_new(project: Project) -> None:
    project.copying("a.txt")
    project.script(
        "transform-other.sh",
        "mkdir -p work/transformed; echo y >work/transformed/y.txt; echo '| y.txt | 0 |'; exit 5",
    )

    assert project.run("--halt", "never").status == 1
    assert project.promoted == ["a.txt"]


def manifest(project: Project) -> list[dict[str, object]]:
    data = json.loads((project.root / "target" / "manifest.json").read_bytes())
    entries: list[dict[str, object]] = data["artifacts"]
    return entries


def test_a_tool_that_writes_nothing_does_not_live_on_its_old_work(project: Project) -> None:
    """Exit 0, no row, and the output of the run before still there: it was taken for new."""
    project.deliver("a.c", "b.c")
    project.script("transform-copy.sh", 'case $(cat "$1") in *skip*) exit 0;; esac; cp "$1" "$2"')
    project.config(
        "[steps.transform-copy]\n"
        'run = "sh tools/pipeline/transform-copy.sh {file} work/transformed/$(basename {file})"\n'
        'foreach = "deliveries/{snapshot}/*"\noutputs = ["work/transformed/{path}"]\n'
        "[gate]\nmax_removed = 1.0\n"
    )
    (project.root / "work/transformed").mkdir(parents=True)
    assert project.run().status == 0
    project.deliver("a.c", content=b"skip\n")

    done = project.run()

    assert done.status == 0, done.err
    assert project.promoted == ["b.c"]
    assert "there is no work/transformed/a.c" in done.out


def test_an_output_that_two_steps_write_is_not_taken_from_the_first(project: Project) -> None:
    """One makes it, the other appends to some: when the second changes, the first stands."""
    project.deliver("a.c", "b.c")
    project.script("transform-one.sh", COPY_ALL)
    two = "for f; do case $f in */a.c) echo {} >> work/transformed/a.c;; esac; done"
    project.script("transform-two.sh", two.format("more"))
    both = 'outputs = ["work/transformed/{path}"]\nrows = false\n'
    project.config(
        f"[steps.transform-one]\n{SOURCES}"
        f'[steps.transform-two]\nforeach = "deliveries/{{snapshot}}/*"\n{both}needs = ["one"]\n'
    )
    assert project.run().status == 0
    project.script("transform-two.sh", two.format("less"))

    done = project.run()

    assert done.status == 0, done.err
    assert project.promoted == ["a.c", "b.c"]
