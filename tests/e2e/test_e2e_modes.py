"""What a phase rejects stays out of later ones; what starts in the middle has sound ground."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.projects import COPY_ALL, Project, files_below

pytestmark = pytest.mark.slow

JUDGE = """for file; do
    case $file in *bad*) errors=1;; *) errors=0;; esac
    echo "| ${file#*/*/} | $errors |"
done"""


@pytest.fixture
def judged(project: Project) -> Project:
    """Add a validate step that rejects what is called bad, before the step that copies."""
    project.copying("good.txt", "bad.txt", "sub/fine.txt")
    project.script("validate-names.sh", JUDGE)
    text = (project.root / "pipeline.toml").read_text()
    project.config(f'{text}\n[steps.validate-names]\nforeach = "deliveries/{{snapshot}}/**"\n')
    return project


def test_a_file_that_fails_validation_does_not_reach_transform(judged: Project) -> None:
    judged.script(
        "transform-copy.sh", COPY_ALL.replace("for file; do", 'echo "$@" >>took; for file; do')
    )

    assert judged.run().status == 0
    took = (judged.root / "took").read_text().split()
    assert sorted(took) == ["deliveries/s1/good.txt", "deliveries/s1/sub/fine.txt"]
    assert judged.promoted == ["good.txt", "sub/fine.txt"]


def test_a_file_that_validation_rejects_still_counts_as_processed(judged: Project) -> None:
    text = (judged.root / "pipeline.toml").read_text()
    outputs = 'outputs = ["deliveries/{snapshot}/{path}"]\n'
    judged.config(text + outputs)
    judged.run()

    assert judged.last.summary["artifacts"] == {"processed": 3, "successful": 2, "built": None}
    assert judged.last.only("step_started", phase="transform")["rejected"] == 1


def test_a_rejected_file_counts_as_processed_without_declared_outputs(judged: Project) -> None:
    judged.run()

    assert judged.last.summary["artifacts"]["processed"] == 3


def test_a_tool_of_one_process_finds_the_rejected_files_in_its_list(judged: Project) -> None:
    judged.script("transform-list.sh", 'tr "\\0" "\\n" <"$ASYNCORCH_REJECTED"')

    judged.run()
    assert judged.last.output("transform-list") == b"bad.txt\n"


@pytest.fixture
def in_phases(project: Project) -> Project:
    """Extract and validate copy files on; transform takes what they left under work/validated."""
    copy = "rm -rf work/{0}; mkdir -p work/{0}; cp -r {1}/. work/{0}/; echo {0} >>ran"
    project.deliver("a.txt", "b.txt")
    project.script("extract-all.sh", copy.format("extracted", '"$ASYNCORCH_SNAPSHOT_DIR"'))
    project.script("validate-all.sh", copy.format("validated", "work/extracted"))
    project.script("transform-copy.sh", COPY_ALL)
    project.config(
        '[steps.extract-all]\noutputs = ["work/extracted/**"]\n'
        '[steps.validate-all]\ninputs = ["work/extracted/**"]\noutputs = ["work/validated/**"]\n'
        '[steps.transform-copy]\nforeach = "work/validated/**"\n'
        'outputs = ["work/transformed/{path}"]\n'
    )
    return project


def ran(project: Project) -> list[str]:
    return [phase["name"] for phase in project.last.summary["phases"] if phase["steps"]]


def test_transform_build_runs_first_what_is_missing_and_says_so(in_phases: Project) -> None:
    done = in_phases.run("--mode", "transform-build")

    assert done.status == 0, done.err
    assert ran(in_phases) == ["extract", "validate", "transform"]
    assert "phase extract runs first: its outputs are missing" in done.err
    assert "phase validate runs first: its outputs are missing" in done.err
    assert in_phases.promoted == ["a.txt", "b.txt"]


def test_transform_build_stands_on_what_is_there(in_phases: Project) -> None:
    in_phases.run("--mode", "analysis")
    done = in_phases.run("--mode", "transform-build")

    assert ran(in_phases) == ["transform"]
    assert "runs first" not in done.err
    assert in_phases.promoted == ["a.txt", "b.txt"]


def test_transform_build_with_another_snapshot_runs_what_was_made_of_the_first_again(
    in_phases: Project,
) -> None:
    in_phases.run("--mode", "analysis")
    in_phases.deliver("c.txt", snapshot="s2")

    done = in_phases.run("--mode", "transform-build")

    assert ran(in_phases) == ["extract", "validate", "transform"]
    assert "its outputs are of snapshot `s1`" in done.err
    assert in_phases.promoted == ["c.txt"]


def test_transform_build_after_the_validated_files_were_deleted_makes_them_again(
    in_phases: Project,
) -> None:
    in_phases.run("--mode", "analysis")
    shutil.rmtree(in_phases.root / "work" / "validated")

    done = in_phases.run("--mode", "transform-build")

    assert done.status == 0, done.err
    assert in_phases.promoted == ["a.txt", "b.txt"]


def test_a_rejection_of_an_earlier_run_still_holds_in_a_run_that_starts_in_the_middle(
    judged: Project,
) -> None:
    judged.run("--mode", "analysis")
    judged.run("--phase", "transform")

    assert judged.promoted == ["good.txt", "sub/fine.txt"]


def test_a_mode_of_ones_own_runs_its_phases_in_order(project: Project) -> None:
    for phase in ("extract", "analyze", "build"):
        project.script(f"{phase}-it.sh", f"echo {phase} >>order")
    project.config('[modes]\nlook = ["build", "extract"]\n')

    assert project.run("--mode", "look").status == 0
    assert (project.root / "order").read_text().split() == ["extract", "build"]


def test_a_phase_of_ones_own_is_the_gate_when_the_configuration_says_so(project: Project) -> None:
    project.config(
        'phases = ["fetch", "convert"]\n[gate]\nafter = "convert"\nsource = "work/out"\n'
        'target = "ship"\nlog = "convert.log"\n'
    )
    project.script("fetch-it.sh", "mkdir -p work/out; echo x >work/out/a.txt")
    project.script("convert-it.sh", "echo '| a.txt | 0 |'")

    assert project.run().status == 0
    assert files_below(project.root / "ship") == ["a.txt"]
    assert (project.root / "convert.log").read_text() == "| a.txt | 0 |\n"
