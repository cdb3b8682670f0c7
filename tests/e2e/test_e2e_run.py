"""A newcomer's project: scripts by convention and no pipeline.toml, and all that a run leaves."""

from __future__ import annotations

import json
import re
from hashlib import sha256

import pytest

from tests.e2e.journals import (
    check_journal,
    check_phases_in_turn,
    most_at_once,
    output_of,
    overlap,
)
from tests.e2e.projects import Project

pytestmark = pytest.mark.slow

# Each waits until the other is there, too: they end only if they run side by side.
MEET = """
mkdir -p work && echo >work/{0}.here
for i in $(seq 500); do [ -e work/{1}.here ] && echo met {1} && exit 0; sleep 0.02; done
exit 9
"""
TRANSFORM = """
mkdir -p work/transformed/sub
echo one >work/transformed/One.java && echo '| One.java | 0 | ONE.cob |'
echo two >work/transformed/sub/Two.java && echo '| sub/Two.java | 0 | sub/TWO.cob |'
echo bad >work/transformed/Bad.java && echo '| Bad.java | 2 | BAD.cob |'
"""


@pytest.fixture
def three_scripts(project: Project) -> Project:
    project.deliver("ONE.cob", "sub/TWO.cob", "BAD.cob")
    project.script("extract-left.sh", MEET.format("left", "right"))
    project.script("extract-right.sh", MEET.format("right", "left"))
    project.script("transform-cobol.sh", TRANSFORM)
    return project


def test_three_scripts_without_configuration_run_from_one_command(three_scripts: Project) -> None:
    done = three_scripts.run("-j", "2")

    assert done.status == 0, done.err
    assert three_scripts.last.outcomes == {
        "extract-left": "passed",
        "extract-right": "passed",
        "transform-cobol": "passed",
    }
    assert three_scripts.promoted == ["One.java", "sub/Two.java"]
    for line in ("PHASE 1: EXTRACTION", "PHASE 4: TRANSFORMATION", "✓ Extracting left completed"):
        assert line in done.err


def test_the_summary_has_the_promised_lines(three_scripts: Project) -> None:
    done = three_scripts.run("-j", "2")

    seconds = three_scripts.last.summary["seconds"]
    block = f"""\
PIPELINE EXECUTION SUMMARY

Total Artifacts Processed:    3
Successful Transformations:   2
Artifacts Built:              n/a

Transformation Success Rate:  66.67%
Build Success Rate:           n/a

✓ Pipeline completed, 1 artifact with errors
Total execution time: {seconds:.2f} seconds
"""
    assert done.out.startswith(block)


def test_the_journal_tells_the_run_from_its_first_event_to_its_last(
    three_scripts: Project,
) -> None:
    three_scripts.run("-j", "2")

    events = three_scripts.last.events
    check_journal(events)
    check_phases_in_turn(events)
    assert overlap(events, "extract", "left", "right")
    assert most_at_once(events) == 2
    assert events[0]["event"] == "run_started"
    for ended in three_scripts.last.of("step_ended"):
        assert {"phase", "step", "outcome", "exit", "log"} <= ended.keys()
        assert (three_scripts.root / ended["log"]).is_file()


def test_the_fixed_part_of_the_summary_file_is_there(three_scripts: Project) -> None:
    three_scripts.run("-j", "2", "--app", "Ledger", "--mode", "full")

    summary = three_scripts.last.summary
    assert summary["run"] == three_scripts.last.path.resolve().name
    assert (summary["app"], summary["snapshot"], summary["mode"]) == ("Ledger", "s1", "full")
    assert (summary["status"], summary["exit"]) == ("passed", 0)
    assert summary["seconds"] > 0
    assert summary["artifacts"] == {"processed": 3, "successful": 2, "built": None}
    assert summary["rates"] == {"transformation": pytest.approx(2 / 3), "build": None}
    assert summary["metrics"] == {}
    names = [phase["name"] for phase in summary["phases"]]
    assert names == ["extract", "validate", "analyze", "transform", "build"]
    for phase in summary["phases"]:
        assert {"name", "outcome", "seconds", "steps"} <= phase.keys()
        for step in phase["steps"]:
            assert {"name", "outcome", "exit", "seconds", "log"} <= step.keys()


def test_logs_have_their_names_a_header_and_a_footer(three_scripts: Project) -> None:
    three_scripts.run("-j", "2")

    names = [log.name for log in three_scripts.last.logs()]
    assert len(names) == 3
    assert all(re.fullmatch(r"(extract|transform)-\w+_\d{8}-\d{6}\.log", name) for name in names)
    (log,) = three_scripts.last.logs("extract-left")
    text = log.read_text()
    assert text.startswith("# command: ./tools/pipeline/extract-left.sh\n")
    assert f"# folder:  {three_scripts.root}\n" in text
    assert re.search(r"^# start:   \d{4}-\d\d-\d\dT[\d:.]+", text, re.MULTILINE)
    assert re.search(r"\n# exit 0\n# duration: \d+\.\d{3} s\n$", text)
    assert output_of(log) == b"met right\n"


def test_the_transformation_log_has_every_row_once(three_scripts: Project) -> None:
    three_scripts.run("-j", "2")

    log = (three_scripts.root / "logs" / "transformation.log").read_text()
    rows = {"| One.java | 0 | ONE.cob |", "| sub/Two.java | 0 | sub/TWO.cob |"}
    rows.add("| Bad.java | 2 | BAD.cob |")
    assert set(log.splitlines()) == rows
    assert len(log.splitlines()) == 3


def test_the_manifest_says_path_size_hash_and_run(three_scripts: Project) -> None:
    three_scripts.run("-j", "2")

    manifest = json.loads((three_scripts.root / "target" / "manifest.json").read_bytes())
    assert [entry["path"] for entry in manifest["artifacts"]] == ["One.java", "sub/Two.java"]
    for entry in manifest["artifacts"]:
        data = (three_scripts.root / "target" / "artifacts" / entry["path"]).read_bytes()
        assert entry["size"] == len(data)
        assert entry["sha256"] == sha256(data).hexdigest()
        assert entry["run"] == three_scripts.last.path.resolve().name


def test_latest_points_at_the_newest_run_and_runs_of_one_second_have_folders_of_their_own(
    project: Project,
) -> None:
    project.script("extract-one.sh", "echo hello")
    project.run()
    first = project.last.path.resolve()
    project.run()

    assert project.last.path.resolve() != first
    assert first.is_dir()
    name = project.last.path.readlink()
    assert len(name.parts) == 1
    assert re.fullmatch(r"\d{8}-\d{6}-shop(-\d+)?", str(name))


@pytest.mark.parametrize(
    ("script", "options", "status"),
    [
        ("exit 0", (), 0),
        ("exit 3", (), 1),
        ("exit 0", ("--mode", "everything"), 2),
        ("exit 0", ("--snapshot", "s9"), 2),
        ("exit 0", ("-j", "0"), 2),
    ],
)
def test_the_exit_status_says_what_happened(
    project: Project, script: str, options: tuple[str, ...], status: int
) -> None:
    project.deliver("a.txt")
    project.script("extract-one.sh", script)

    done = project.run(*options)

    assert done.status == status
    assert "Traceback" not in done.err
    assert (project.root / "runlogs").exists() == (status != 2)


def test_a_failure_shows_the_last_lines_of_its_log_and_where_it_is(project: Project) -> None:
    project.script("extract-one.sh", "seq 100; echo the cause is here >&2; exit 3")
    project.script("validate-one.sh", "echo never")

    done = project.run()

    assert "✗ Extracting one failed (exit 3)" in done.err
    assert "the cause is here" in done.err
    failed = project.last.only("step_ended")
    assert f"log: {failed['log']}" in done.err
    assert "✗ Pipeline failed: extract-one (exit 3)" in done.out
    summary = project.last.summary
    assert (summary["status"], summary["exit"]) == ("failed", 1)
    assert not project.last.of("step_started", phase="validate")


def test_a_tool_gets_the_documented_environment(project: Project) -> None:
    project.deliver("a.txt", snapshot="v1")
    project.deliver("a.txt", snapshot="v2")
    project.script("extract-env.sh", "env; pwd")
    project.run("--app", "Ledger")

    lines = project.last.output("extract-env").decode().splitlines()
    root = project.root
    for line in (
        f"ASYNCORCH_PROJECT={root}",
        "ASYNCORCH_SNAPSHOT=v2",
        f"ASYNCORCH_SNAPSHOT_DIR={root}/deliveries/v2",
        "ASYNCORCH_APP=Ledger",
        f"ASYNCORCH_WORK={root}/work",
        f"ASYNCORCH_TARGET={root}/target",
        f"ASYNCORCH_RUN_ID={project.last.path.resolve().name}",
        f"ASYNCORCH_LOG_DIR={project.last.path.resolve()}",
        "PYTHONUNBUFFERED=1",
        str(root),
    ):
        assert line in lines


def test_scripts_without_a_run_bit_run_by_their_extension(project: Project) -> None:
    project.script("extract-shell.sh", "echo by sh", mode=0o644)
    project.script("extract-python.py", "#!/nowhere\nprint('by python')\n", mode=0o644)

    assert project.run().status == 0
    assert project.last.output("extract-shell") == b"by sh\n"
    assert project.last.output("extract-python") == b"by python\n"


def test_a_script_that_nothing_can_run_is_told_before_anything_starts(project: Project) -> None:
    project.script("extract-fine.sh", "echo never")
    project.script("extract-odd.xyz", "#!/bin/sh\necho never", mode=0o644)

    done = project.run()

    assert done.status == 2
    assert "tools/pipeline/extract-odd.xyz" in done.err
    assert "hint:" in done.err
    assert not (project.root / "runlogs").exists()
