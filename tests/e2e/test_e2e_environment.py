"""What a step sees of the environment: every source of it, and who wins."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.e2e.projects import Project

pytestmark = pytest.mark.slow


def seen(project: Project, *options: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Run a step that shows its environment, and return it."""
    project.script("extract-env.sh", "env -0 | sort -z | tr '\\0' '\\n'")
    done = project.run(*options, env=env)
    assert done.status == 0, done.err
    lines = project.last.output("extract-env").decode().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_each_source_wins_over_the_one_before_it(project: Project) -> None:
    (project.root / ".env").write_text("B=file\nC=file\nD=file\nE=file\nQ='a b # c'\n")
    project.config(
        'env_files = [".env"]\n[env]\nC = "table"\nD = "table"\nE = "table"\nN = 5\n'
        '[steps.extract-env.env]\nD = "step"\nE = "step"\n'
    )
    caller = dict.fromkeys("ABCDE", "caller")

    found = seen(project, "--env", "E=line", "--env", "F=a=b", env=caller)

    wanted = {"A": "caller", "B": "file", "C": "table", "D": "step", "E": "line"}
    assert {name: found[name] for name in wanted} == wanted
    assert (found["F"], found["Q"], found["N"]) == ("a=b", "a b # c", "5")


def test_without_inheritance_only_what_is_needed_and_named_comes_through(project: Project) -> None:
    project.config('inherit_env = ["KEPT"]\n')

    found = seen(project, env={"KEPT": "yes", "DROPPED": "no"})

    assert found["KEPT"] == "yes"
    assert "DROPPED" not in found
    assert "PATH" in found


def test_inherit_env_false_leaves_out_all_of_the_callers_own(project: Project) -> None:
    project.config("inherit_env = false\n")

    assert "DROPPED" not in seen(project, env={"DROPPED": "no"})


def test_the_runners_own_names_cannot_be_bent(project: Project) -> None:
    project.config('[env]\nASYNCORCH_APP = "bent"\n')

    found = seen(
        project, "--app", "true", "--env", "ASYNCORCH_WORK=/", env={"ASYNCORCH_RUN_ID": "x"}
    )

    assert found["ASYNCORCH_APP"] == "true"
    assert found["ASYNCORCH_WORK"] == str(project.root / "work")
    assert found["ASYNCORCH_RUN_ID"] == project.last.path.resolve().name


@pytest.mark.parametrize("source", ["caller", "file", "table"])
def test_a_secret_reaches_only_the_step_that_names_it(project: Project, source: str) -> None:
    key = 'secrets = ["DB_PASSWORD"]\n'
    tables = {"caller": "", "file": "", "table": '[env]\nDB_PASSWORD = "hunter2hunter2"\n'}
    files = 'env_files = [".env"]\n' if source == "file" else ""
    (project.root / ".env").write_text("DB_PASSWORD=hunter2hunter2\n")
    project.config(
        f"{files}{key}{tables[source]}"
        '[steps.extract-db]\nrun = "test ${#DB_PASSWORD} = 14"\nsecrets = ["DB_PASSWORD"]\n'
        "[steps.extract-other]\nrun = 'test -z \"$DB_PASSWORD\"'\n"
    )
    env = {"DB_PASSWORD": "hunter2hunter2"} if source == "caller" else {}

    done = project.run(env=env)

    assert done.status == 0, done.err
    assert project.last.outcomes == {"extract-db": "passed", "extract-other": "passed"}
    for path in project.last.path.iterdir():
        assert b"hunter2hunter2" not in path.read_bytes(), path.name
    assert "hunter2hunter2" not in done.out + done.err


def test_a_step_that_names_no_secret_cannot_leak_it_through_its_environment(
    project: Project,
) -> None:
    project.config('secrets = ["DB_PASSWORD"]\n')

    assert "DB_PASSWORD" not in seen(project, env={"DB_PASSWORD": "hunter2hunter2"})


def test_a_dotenv_file_that_is_missing_is_told_before_anything_starts(project: Project) -> None:
    project.script("extract-one.sh", "echo")
    project.config('env_files = ["prod.env"]\n')

    done = project.run()

    assert done.status == 2
    assert "prod.env" in done.err
    assert not (project.root / "runlogs").exists()


def test_thread_pools_below_a_step_get_its_slots_unless_the_user_said_otherwise(
    project: Project,
) -> None:
    project.config("[steps.extract-env]\nslots = 2\n")

    found = seen(project, "-j", "4", env={"OMP_NUM_THREADS": "7"})

    assert found["RAYON_NUM_THREADS"] == "2"
    assert found["OMP_NUM_THREADS"] == "7"


def test_standard_input_is_empty(project: Project) -> None:
    project.script("extract-reads.sh", "cat; read x || echo nothing there")

    assert project.run().status == 0
    assert project.last.output("extract-reads") == b"nothing there\n"


def test_a_step_may_run_in_a_folder_of_its_own(project: Project) -> None:
    (project.root / "sub dir").mkdir()
    project.config('[steps.extract-where]\nrun = "pwd"\ncwd = "sub dir"\n')

    assert project.run().status == 0
    assert project.last.output("extract-where").decode() == f"{project.root}/sub dir\n"
