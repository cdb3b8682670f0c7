"""`--resume` goes on where a run has ended: what passed is not done again, the rest is."""

from __future__ import annotations

import shutil

import pytest

from tests.e2e.projects import Project
from tests.e2e.waiting import until

pytestmark = pytest.mark.slow

COUNT = 'echo x >> "$ASYNCORCH_PROJECT/ran-{}"'


def ran(project: Project, name: str) -> int:
    path = project.root / f"ran-{name}"
    return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def failing(project: Project) -> Project:
    """Return a project that passes two steps, then fails until it has a file `mended`."""
    project.script("extract-a.sh", COUNT.format("a"))
    project.script("validate-b.sh", f"{COUNT.format('b')}; echo '| x.c | 2 |'; echo '| y.c | 0 |'")
    project.script("analyze-c.sh", f"{COUNT.format('c')}; test -e mended")
    return project


def test_steps_that_passed_are_not_run_again_and_their_rows_stand(failing: Project) -> None:
    assert failing.run().status == 1
    before = failing.last.path.resolve().name
    (failing.root / "mended").touch()

    done = failing.run("--resume")

    assert done.status == 0, done.err
    assert [ran(failing, name) for name in "abc"] == [1, 1, 2]
    assert failing.last.outcomes == {
        "extract-a": "fresh",
        "validate-b": "fresh",
        "analyze-c": "passed",
    }
    assert [(row["artifact"], row["errors"]) for row in failing.last.rows] == [
        ("x.c", 2),
        ("y.c", 0),
    ]
    assert failing.last.only("run_started")["resumed_from"] == before


def test_a_resumed_run_can_be_resumed(failing: Project) -> None:
    for _ in range(3):
        failing.run("--resume") if ran(failing, "a") else failing.run()
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert [ran(failing, name) for name in "abc"] == [1, 1, 4]


def test_a_step_that_has_changed_runs_again(failing: Project) -> None:
    failing.run()
    failing.script("validate-b.sh", f"{COUNT.format('b')}\n# now another")
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert [ran(failing, name) for name in "abc"] == [1, 2, 2]


def test_a_run_that_is_not_resumed_does_all_again(failing: Project) -> None:
    failing.run()
    failing.run()

    assert [ran(failing, name) for name in "abc"] == [2, 2, 2]


def test_rows_that_were_lost_make_their_step_run_again(failing: Project) -> None:
    failing.run()
    (failing.root / "mended").touch()
    rows = failing.last.path / "rows.jsonl"
    rows.write_bytes(rows.read_bytes()[:-10])

    assert failing.run("--resume").status == 0
    assert [ran(failing, name) for name in "abc"] == [1, 2, 2]


@pytest.mark.parametrize("outputs", ["", 'outputs = ["work/made/{path}"]'])
def test_a_killed_fan_out_goes_on_file_by_file(project: Project, outputs: str) -> None:
    project.deliver(*(f"f{i}" for i in range(6)))
    project.script(
        "extract-a.sh",
        "for f; do case $f in *f3) test -e go || { echo x > here; sleep 60; };; esac\n"
        'mkdir -p work/made; cp "$f" work/made; echo "$f" >> ran-a; echo "| ${f##*/} | 0 |"; done',
    )
    project.config(
        f'[steps.extract-a]\nforeach = "deliveries/{{snapshot}}/*"\nbatch = 1\n{outputs}'
    )
    with project.running("-j", "1") as first:
        until((project.root / "here").exists, "it never came to the fourth file")
        first.kill()
        first.wait(30)
    (project.root / "go").touch()

    done = project.run("--resume", "-j", "1")

    assert done.status == 0, done.err
    names = [line[-2:] for line in (project.root / "ran-a").read_text().split()]
    assert sorted(names) == [f"f{i}" for i in range(6)]


def test_what_a_run_was_asked_for_need_not_be_said_again(failing: Project) -> None:
    failing.config(
        '[steps.analyze-c]\nrun = ["sh", "-c", "echo $WORD {x} >> said; test -e mended"]'
    )
    (failing.root / "tools/pipeline/analyze-c.sh").unlink()
    failing.run("--env", "WORD=word", "--param", "x=1", "--app", "till", "--phase", "analyze")
    (failing.root / "mended").touch()

    done = failing.run("--resume")

    assert done.status == 0, done.err
    assert (failing.root / "said").read_text() == "word 1\nword 1\n"
    started = failing.last.only("run_started")
    assert (started["app"], started["phases"]) == ("till", ["analyze"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--app", "other"), "--app `other`: the run to resume had `till`"),
        (("--param", "x=2"), "--param x `2`: the run to resume had `1`"),
        (("--env", "A=2"), "--env A `2`: the run to resume had `1`"),
        (("--mode", "analysis"), "--mode `analysis`: the run to resume had `full`"),
        (("--force",), "--resume and --force contradict each other"),
    ],
)
def test_a_wish_that_contradicts_the_run_is_refused(
    failing: Project, options: tuple[str, ...], message: str
) -> None:
    failing.run("--app", "till", "--param", "x=1", "--env", "A=1")

    done = failing.run("--resume", *options)

    assert done.status == 2
    assert message in done.err
    assert ran(failing, "a") == 1


def test_there_must_be_something_to_resume(project: Project) -> None:
    project.script("extract-a.sh", "true")
    none = project.run("--resume")
    assert (none.status, "no run in runlogs/ to go on with" in none.err) == (2, True)
    project.run()

    passed = project.run("--resume", project.last.path.resolve().name)
    assert passed.status == 2
    assert "passed: nothing to resume" in passed.err
    assert "no run in runlogs/ to go on with" in project.run("--resume").err
    wrong = project.run("--resume", "nonesuch")
    assert "no run `nonesuch` in runlogs/" in wrong.err


def test_an_earlier_run_can_be_named(failing: Project) -> None:
    failing.run()
    earlier = failing.last.path.resolve().name
    (failing.root / "mended").touch()
    failing.run()

    assert failing.run("--resume", earlier).status == 0
    assert [ran(failing, name) for name in "abc"] == [2, 2, 3]


def test_commands_of_a_phase_method_stand_like_steps(failing: Project) -> None:
    (failing.root / "mine.py").write_text(
        "from asyncorch import PipelineOrchestrator\n"
        "class Mine(PipelineOrchestrator):\n"
        "    async def extract_phase(self) -> bool:\n"
        "        one = await self.run_command('echo x >> ran-one', 'one')\n"
        "        two = await self.run_command('echo x >> ran-two', 'two')\n"
        "        return one == two == 0\n"
    )
    failing.config('orchestrator = "mine:Mine"\n')
    failing.run()
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert [ran(failing, name) for name in ("one", "two")] == [1, 1]


def test_the_folder_of_runs_may_have_been_tidied(failing: Project) -> None:
    failing.run()
    shutil.rmtree(failing.root / "runlogs")

    assert "no run in runlogs/ to go on with" in failing.run("--resume").err


def test_a_next_run_says_that_one_could_have_been_resumed(failing: Project) -> None:
    failing.script("analyze-c.sh", "echo x > here; sleep 60")
    with failing.running() as first:
        until((failing.root / "here").exists, "it never came to the third step")
        first.kill()
        first.wait(30)
    failing.script("analyze-c.sh", "true")

    done = failing.run()

    assert "never ended" in done.err
    assert "`asyncorch run --resume` would have gone on with it" in done.err


# --- what must not stand


def test_what_comes_after_a_step_that_has_run_runs_too(failing: Project) -> None:
    """Its own result may be of what that step has made anew."""
    failing.script("validate-b.sh", f"{COUNT.format('b')}; test -e mended")
    failing.script("analyze-c.sh", COUNT.format("c"))
    failing.run("--halt", "never")
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert [ran(failing, name) for name in "abc"] == [1, 2, 2]


def test_a_changed_snapshot_makes_everything_run_again(failing: Project) -> None:
    failing.deliver("f.c")
    failing.run()
    failing.deliver("f.c", content=b"another")
    (failing.root / "mended").touch()

    done = failing.run("--resume")

    assert done.status == 0
    assert "the snapshot has changed since, so its steps run again" in done.err
    assert [ran(failing, name) for name in "abc"] == [2, 2, 2]


@pytest.mark.parametrize("gone", ["work", "work/made"])
def test_what_is_gone_is_made_again(failing: Project, gone: str) -> None:
    failing.script("extract-a.sh", f"{COUNT.format('a')}; mkdir -p work/made; echo > work/made/x")
    failing.config('[steps.extract-a]\noutputs = ["work/made/*"]\n')
    failing.run()
    shutil.rmtree(failing.root / gone)
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert ran(failing, "a") == 2
    assert (failing.root / "work/made/x").exists()


def test_a_file_of_variables_that_has_changed_makes_its_steps_run_again(failing: Project) -> None:
    failing.config('env_files = ["vars"]\n')
    (failing.root / "vars").write_text("REGION=eu\n")
    failing.run()
    (failing.root / "vars").write_text("REGION=us\n")
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert [ran(failing, name) for name in "abc"] == [2, 2, 2]


def test_a_value_that_holds_a_secret_is_written_nowhere_and_must_be_said_again(
    failing: Project,
) -> None:
    failing.config('secrets = ["TOKEN"]\n')
    failing.script("analyze-c.sh", 'echo "$URL" > url; test -e mended')
    secret = {"TOKEN": "a-long-secret"}
    failing.run("--env", "URL=db://a-long-secret@h", env=secret)
    (failing.root / "mended").touch()

    refused = failing.run("--resume", env=secret)
    done = failing.run("--resume", "--env", "URL=db://a-long-secret@h", env=secret)

    assert refused.status == 2
    assert "give --env URL again" in refused.err
    assert done.status == 0, done.err
    assert (failing.root / "url").read_text() == "db://a-long-secret@h\n"
    assert b"a-long-secret" not in (failing.last.path / "events.jsonl").read_bytes()


def test_a_run_that_left_no_word_is_passed_over(failing: Project) -> None:
    failing.run()
    empty = failing.root / "runlogs" / "99991231-235959-shop"
    empty.mkdir()
    (empty / "events.jsonl").touch()
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert [ran(failing, name) for name in "abc"] == [1, 1, 2]


def test_without_a_name_it_is_the_last_run_that_did_not_pass(failing: Project) -> None:
    failing.run()
    before = failing.last.path.resolve().name
    assert failing.run("--phase", "extract").status == 0
    (failing.root / "mended").touch()

    assert failing.run("--resume").status == 0
    assert failing.last.only("run_started")["resumed_from"] == before


def test_the_plan_of_a_resumed_run_tells_what_stands(failing: Project) -> None:
    failing.run()

    plan = failing.run("--resume", "--dry-run")

    words = [line.split(maxsplit=1) for line in plan.out.splitlines() if "up to date" in line]
    assert len(words) == 2
    assert plan.out.count("would run") == 1
