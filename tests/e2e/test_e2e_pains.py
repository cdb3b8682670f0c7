"""What users of other runners suffer from, where no other file here shows it: FIELD's pains."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from tests import faults
from tests.e2e.endpoints import answering
from tests.e2e.projects import CLEAN, PROGRAM, SOURCES, Project, files_below
from tests.e2e.waiting import group_of, until

pytestmark = pytest.mark.slow

COPY = f"""#!{sys.executable}
import os, shutil, sys
for file in sys.argv[1:]:
    path = file.split("/", 2)[2]
    os.makedirs(os.path.dirname(f"work/transformed/{{path}}"), exist_ok=True)
    shutil.copy(file, f"work/transformed/{{path}}")
    print(f"| {{path}} | 0 |")
"""


def memory_of_a_run(project: Project, *options: str) -> int:
    """Run it to a good end and return the most memory that it, or a step of it, has taken."""
    argv = (*PROGRAM, "run", str(project.root), *options)
    out = project.root / "out.txt"
    with out.open("wb") as stream:
        process = subprocess.Popen(argv, env=CLEAN, stdout=stream, stderr=stream)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, out.read_text()[-2000:]
    return usage.ru_maxrss * 1024


def test_thousands_of_processes_do_not_grow_the_runner(project: Project) -> None:
    """nextflow#1546 and #1620, prefect#14329: memory that grows with the number of tasks."""
    text = '[steps.extract-each]\nrun = "true {file}"\nforeach = "deliveries/s1/**"\nrows = false\n'
    project.config(text)
    project.deliver(*(f"{n:05d}" for n in range(100)))
    few = memory_of_a_run(project, "--progress", "none", "-j", "2", "--force")
    project.deliver(*(f"{n:05d}" for n in range(3000)))

    many = memory_of_a_run(project, "--progress", "none", "-j", "2", "--force")

    assert len(project.last.of("batch_ended")) == 3000
    assert many - few < 12_000_000  # 4 kB a file: names, identities, and rows


def test_with_nothing_to_do_no_process_starts_whatever_the_number_of_files(
    project: Project,
) -> None:
    """snakemake#2126 and #2920: minutes of work before it is known that there is none."""
    project.deliver(*(f"{n // 100:03d}/{n:05d}.txt" for n in range(10_000)))
    project.script("transform-copy.py", COPY)
    project.config(f"[steps.transform-copy]\n{SOURCES}")
    assert project.run("--progress", "none").status == 0

    done = project.run("--progress", "none")

    assert done.status == 0, done.err
    assert project.last.of("batch_started") == []
    assert project.last.outcomes == {"transform-copy": "fresh"}
    assert project.last.summary["artifacts"]["successful"] == 10_000


SECRET = 'p4ss/w"ord+x=y z'  # noqa: S105  # nobody's
LEAK = f"""#!{sys.executable}
import base64, json, os, sys, time, urllib.parse
value = os.environ["DB_PASSWORD"]
forms = [value, urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)]
forms += [base64.b64encode(value.encode()).decode(), json.dumps(value)]
for form in forms:
    print("before", form, "after")
    for half in (form[:5], form[5:]):
        sys.stdout.write(half)
        sys.stdout.flush()
        time.sleep(0.05)
    print()
print(value, file=sys.stderr)
sys.exit(f"cannot connect with {{value}}")
"""


def test_a_secret_is_nowhere_in_no_form_and_over_no_edge(project: Project) -> None:
    """airflow#63921 and #30039: halves, URLs and base64 are not masked."""
    pytest.importorskip("apprise")
    forms = [SECRET, quote(SECRET, safe=""), b64encode(SECRET.encode()).decode()]
    forms.append(SECRET.replace('"', '\\"'))
    project.script("extract-leak.py", LEAK)
    with answering() as endpoint:
        project.config(
            f'secrets = ["DB_PASSWORD"]\n[notify]\nurls = ["json://127.0.0.1:{endpoint.port}/"]\n'
            '[steps.extract-leak]\nsecrets = ["DB_PASSWORD"]\n'
        )

        done = project.run("--json", env={"DB_PASSWORD": SECRET})

        until(lambda: endpoint.notices, "no notice arrived")
    assert done.status == 1
    assert b"before" in project.last.output("extract-leak")
    (project.root / "tools" / "pipeline" / "extract-leak.py").unlink()
    texts = {name: (project.root / name).read_bytes() for name in files_below(project.root)}
    texts |= {"screen": (done.out + done.err).encode(), "notice": str(endpoint.notices).encode()}
    found = {
        (name, form) for name, data in texts.items() for form in forms if form.encode() in data
    }
    assert found == set()


@pytest.mark.parametrize(
    "words",
    ["java.lang.OutOfMemoryError: Java heap space", "FATAL ERROR: JavaScript heap out of memory"],
)
def test_exit_0_of_a_tool_that_says_it_ran_out_of_memory_is_a_failure_and_promotes_nothing(
    project: Project, words: str
) -> None:
    """konveyor/tackle2-ui#3002: out of memory, and the state is Succeeded."""
    project.deliver("a.txt")
    project.script("transform-copy.py", COPY + f'print("{words}")\n')
    project.config(f"[steps.transform-copy]\n{SOURCES}batch = 1\n")

    done = project.run()

    assert words in done.err
    assert project.promoted == []
    assert done.status == 1 or project.last.summary["artifacts"]["successful"] == 0


def test_what_a_step_prints_is_no_command_for_the_ci(project: Project) -> None:
    """A CI takes a line for a command that begins with `::`, blanks before it left aside."""
    lines = (
        "::error::x",
        "::set-output name=a::b",
        "  ::add-mask::x",
        "::stop-commands::t",
    )
    said = "; ".join(f"echo '{line}'" for line in lines)
    project.script("extract-says.sh", f"{said}; exit 1")
    project.script("extract-late.sh", f"sleep 0.5; {said}; printf '\\r::error::y\\n'; exit 1")
    env = {"GITHUB_ACTIONS": "true", "CI": "true"}

    done = project.run("--halt", "never", env=env)

    assert done.status == 1
    begins = [line.strip() for line in (done.out + done.err).splitlines()]
    assert [line for line in begins if line.startswith("::")] == []


def test_after_all_of_this_nothing_of_ours_lives(project: Project) -> None:
    """nrwl/nx, turborepo#908: what a run leaves running, nobody finds."""
    project.script("extract-tree.sh", "(sleep 77 & sleep 77) & setsid sleep 77 & exit 3")
    project.script("extract-late.sh", "(trap '' TERM; sleep 77) & sleep 77")
    project.config("[steps.extract-late]\ntimeout = 1\n")

    assert project.run("--halt", "never", env={}).status == 1

    faults.assert_nothing_left(project.root)


def test_a_kill_in_the_middle_leaves_orphans_only_until_the_next_run(
    project: Project, tmp_path: Path
) -> None:
    project.script("extract-long.sh", "echo $$ >there; [ -e again ] || sleep 77")
    with project.running() as process:
        faults.killed_after(process, (project.root / "there").exists)
    assert faults.process_scan(project.root)
    (project.root / "again").touch()

    assert project.run().status == 0

    faults.assert_nothing_left(project.root)


def test_a_run_of_the_same_name_in_the_same_second_elsewhere_is_left_alone(tmp_path: Path) -> None:
    """lionagi#3402: what ends a step's processes must never hit a stranger's."""
    clock = tmp_path / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text("import time; time.time = lambda: 1.8e9\n")
    env = {"PYTHONPATH": os.pathsep.join(filter(None, (str(clock), CLEAN.get("PYTHONPATH"))))}
    here, there = (Project(tmp_path / side / "shop") for side in ("here", "there"))
    here.script("extract-a.sh", "echo $$ >pid; exec sleep 60")
    there.script("extract-a.sh", "exit 3")

    with here.running(env=env) as process:
        pid = here.pid_from("pid")
        assert there.run(env=env).status == 1
        killed = there.root / "runlogs" / there.last.path.resolve().name / "events.jsonl"
        killed.write_bytes(b"".join(killed.read_bytes().splitlines(keepends=True)[:3]))
        assert there.run(env=env).status == 1  # it looks for what an interrupted run has left

        assert group_of(pid) is not None
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT
    assert here.last.path.resolve().name == killed.parent.name
    faults.assert_nothing_left(tmp_path / "here" / "shop")
