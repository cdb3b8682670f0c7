"""Odd projects, odd scripts, a machine with little to give: it works, or a message says why."""

from __future__ import annotations

import os
import resource
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.e2e.journals import check_journal, most_at_once
from tests.e2e.projects import CLEAN, PROGRAM, Done, Project
from tests.e2e.waiting import until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "name", ["with space", "ünï 日本", "-dash", "$(x)`y`", "new\nline", "quote'\"", "a:b", "[x]*?"]
)
def test_a_project_may_be_called_anything(tmp_path: Path, name: str) -> None:
    project = Project(tmp_path / name)
    project.root.mkdir()
    project.copying("a b.txt", "ü.txt")

    done = project.run()

    assert done.status == 0, done.err
    assert project.promoted == ["a b.txt", "ü.txt"]
    assert "\x1b" not in done.err


def test_a_project_may_be_reached_through_a_link(project: Project, tmp_path: Path) -> None:
    project.copying("a.txt")
    (tmp_path / "link").symlink_to(project.root)

    assert Project(tmp_path / "link").run().status == 0
    assert project.run().status == 0
    assert project.promoted == ["a.txt"]


def test_a_project_named_relatively_and_from_below_is_the_same(project: Project) -> None:
    project.copying("a.txt")
    below = project.root / "deliveries"
    done = subprocess.run(
        (*PROGRAM, "run", ".."), check=False, capture_output=True, cwd=below, env=CLEAN, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert project.promoted == ["a.txt"]


@pytest.mark.parametrize("what", ["nowhere", "file"])
def test_what_is_no_folder_is_no_project(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("x")
    done = subprocess.run(
        (*PROGRAM, "run", str(tmp_path / what)),
        check=False,
        capture_output=True,
        env=CLEAN,
        timeout=60,
    )

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"error: " in done.stderr


def test_an_empty_project_says_how_to_begin(project: Project) -> None:
    done = project.run()

    assert "Traceback" not in done.err
    assert done.status == 2
    assert "hint:" in done.err


def test_an_empty_script_with_a_run_bit_passes(project: Project) -> None:
    path = project.script("extract-empty.sh", "x")
    path.write_text("")

    done = project.run()

    assert done.status == 0, done.err
    assert project.last.output("extract-empty") == b""


def test_a_script_that_closes_its_output_passes_with_an_empty_log(project: Project) -> None:
    project.script("extract-closes.sh", "exec >&- 2>&-; echo nobody reads this; exit 0")

    assert project.run().status == 0
    assert project.last.output("extract-closes") == b""


def test_a_script_that_cuts_its_own_log_does_not_confuse_the_runner(project: Project) -> None:
    project.script(
        "validate-cuts.sh",
        'for i in 1 2 3; do echo "| a$i.txt | 0 |"; done; sleep 0.3\n'
        'for log in "$ASYNCORCH_LOG_DIR"/*.log; do : >"$log"; done; sleep 0.3\n'
        'echo "| b.txt | 0 |"',
    )

    done = project.run()

    assert "Traceback" not in done.err
    assert done.status in (0, 1)
    check_journal(project.last.events)


def test_a_script_that_deletes_its_own_log_does_not_confuse_the_runner(project: Project) -> None:
    project.script("validate-rm.sh", 'rm -r "$ASYNCORCH_LOG_DIR"/*.log; echo "| b.txt | 0 |"')
    project.script("analyze-one.sh", "echo")

    done = project.run()

    assert done.status == 0, done.err
    check_journal(project.last.events)


def test_a_script_that_deletes_the_run_folder_ends_in_words(project: Project) -> None:
    project.script("extract-rm.sh", 'rm -r "$ASYNCORCH_LOG_DIR"')
    project.script("analyze-one.sh", "echo")

    done = project.run()

    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert done.status == 1


def test_a_step_that_kills_the_runner_s_group_kills_only_its_own(project: Project) -> None:
    project.script("extract-kills.sh", "kill -TERM 0; sleep 9")

    assert project.run().status == 1
    assert project.last.only("batch_ended")["exit"] == -15


def test_a_quick_log_beside_a_quiet_one_is_followed_without_holding_up_anyone(
    project: Project,
) -> None:
    project.script(
        "validate-loud.sh", "yes some words | head -c 100000000; echo; echo '| a/b.txt | 0 |'"
    )
    project.script("validate-quiet.sh", "sleep 0.2; echo done")

    assert project.run("-j", "2").status == 0
    assert project.last.only("batch_ended", step="loud")["rows"] == 1
    assert project.last.output("validate-quiet") == b"done\n"


def test_sixty_four_slots_are_used(project: Project) -> None:
    wait = "for i in $(seq 900); do [ -e go ] && exit 0; sleep 0.02; done; exit 1"
    steps = "".join(f'[steps.extract-{n:02d}]\nrun = "{wait}"\n' for n in range(70))
    project.config(steps)
    with project.running("-j", "64") as process:
        journal = project.last.path / "events.jsonl"
        until(
            lambda: journal.exists() and journal.read_bytes().count(b'"batch_started"') == 64,
            "not 64 at once",
        )
        (project.root / "go").touch()
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert most_at_once(project.last.events) == 64


def with_limit(project: Project, kind: int, value: int, *options: str) -> Done:
    """Run it with a limit of the operating system."""
    done = subprocess.run(
        (*PROGRAM, "run", str(project.root), *options),
        check=False,
        capture_output=True,
        env=CLEAN,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(kind, (value, value)),  # no threads here
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_few_open_files_and_many_slots_end_in_words(project: Project) -> None:
    project.config("".join(f'[steps.extract-{n:02d}]\nrun = "sleep 0.5"\n' for n in range(64)))

    done = with_limit(project, resource.RLIMIT_NOFILE, 64, "-j", "64")

    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert done.status in (0, 1)
    check_journal(project.last.events)


def test_a_full_disk_ends_the_run_with_that_reason(project: Project) -> None:
    """A limit on a file's size stands for the disk; the journal is what meets it."""
    project.config("".join(f'[steps.extract-{n:03d}]\nrun = "true"\n' for n in range(200)))

    done = with_limit(project, resource.RLIMIT_FSIZE, 16 * 1024)

    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert done.status == 1


@pytest.mark.parametrize("place", ["runlogs", "work", "target", "logs", "tools", "deliveries"])
def test_a_file_where_a_folder_belongs_is_told(project: Project, place: str) -> None:
    project.copying("a.txt")
    if place in ("tools", "deliveries"):
        subprocess.run(["rm", "-r", str(project.root / place)], check=True)
    (project.root / place).write_text("in the way")

    done = project.run()

    assert done.status in (1, 2)
    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert place in done.err + done.out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("place", ["runlogs", "work", "target"])
def test_a_folder_that_may_not_be_written_is_told(project: Project, place: str) -> None:
    project.copying("a.txt")
    (project.root / place).mkdir()
    (project.root / place).chmod(0o555)

    done = project.run()
    (project.root / place).chmod(0o755)

    assert done.status in (1, 2)
    assert "internal error" not in done.err


def test_a_snapshot_with_links_in_a_circle_comes_to_an_end(project: Project) -> None:
    project.copying("a.txt", "sub/b.txt")
    snapshot = project.root / "deliveries" / "s1"
    (snapshot / "sub" / "loop").symlink_to(snapshot)
    (snapshot / "self").symlink_to("self")
    (snapshot / "dead.txt").symlink_to("nowhere")
    os.mkfifo(snapshot / "pipe.txt")

    assert project.run(within=30).status == 0
    assert project.promoted == ["a.txt", "sub/b.txt"]


def test_two_runs_of_one_project_at_once_do_not_meet(project: Project) -> None:
    wait = "echo $$ >there; for i in $(seq 900); do [ -e go ] && exit 0; sleep 0.02; done; exit 1"
    project.script("extract-slow.sh", wait)
    with project.running() as process:
        project.wait_for("there")
        second = project.run()
        (project.root / "go").touch()
        process.communicate(timeout=30)

    assert second.status == 75
    assert process.returncode == 0
    assert len(list((project.root / "runlogs").glob("2*"))) == 1


def test_the_line_that_repeats_a_run_repeats_it(project: Project) -> None:
    project.script("extract-show.sh", "echo $GREETING")
    project.config('[params]\nx = "1"\n')
    project.run("--env", "GREETING=a 'b' c", "--param", "x=2 3", "--app", "My App", "-j", "1")
    line = project.last.only("run_started")["command"]

    words = shlex.split(line)
    assert words[:2] == ["asyncorch", "run"]
    done = subprocess.run((*PROGRAM, *words[1:]), check=False, capture_output=True, env=CLEAN)

    assert done.returncode == 0
    assert project.last.output("extract-show") == b"a 'b' c\n"
    assert project.last.only("run_started")["command"] == line
