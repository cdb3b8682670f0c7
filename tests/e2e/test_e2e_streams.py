"""What goes to standard output and standard error: pipes, colours, JSON, and hostile output."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Mapping

import pytest

from tests.e2e.journals import check_journal
from tests.e2e.projects import CLEAN, PROGRAM, Done, Project
from tests.e2e.screens import harmful, moves_the_cursor, terminal

pytestmark = pytest.mark.slow

COLOUR = re.compile(r"\x1b\[[\d;]*m")
HOSTILE = [
    b"[/red] [bold]x[/] :smile: [link=http://x]y[/link]",
    b"\x1b[2J\x1b[H\x1b[?25l\x1b]0;title\x07\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    b"\x1bc\x1b[31mred for ever\x1b[?1049h\x1b[6n\x1b[5i",
    b"\x9b31m\x9d0;title\x9c",
    b"\x00\x00NUL\x00",
    bytes(range(256)),
    b"a\rb\rc\x08\x08\x7f\x0b\x0c",
    b"split utf-8 \xe6\x97",
    f"bidi \u202e\u2066 zero\u200b wide 日本 combining a{chr(0x301) * 6}".encode(),
    b"::error::not for the CI ::set-output name=x::y",
    b"x" * (200 * 1024),
]
SAYS = """#!{python}
import sys
lines = {lines!r}
sys.stdout.buffer.write(b"\\n".join(lines))
sys.stdout.flush()
sys.exit({status})
"""


def hostile(project: Project, status: int) -> bytes:
    """Give the project steps that print hostile bytes, and return what the first one prints."""
    python = PROGRAM[0]
    project.script("extract-all.py", SAYS.format(python=python, lines=HOSTILE, status=status))
    for number, line in enumerate(HOSTILE):
        text = SAYS.format(python=python, lines=[line, b""], status=status)
        project.script(f"extract-{number}.py", text)
    return b"\n".join(HOSTILE)


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize("progress", ["live", "plain"])
def test_hostile_output_does_nothing_to_the_terminal_and_stands_in_the_log_byte_by_byte(
    project: Project, status: int, progress: str
) -> None:
    said = hostile(project, status)
    argv = (*PROGRAM, "run", str(project.root), "--progress", progress, "--halt", "never")
    with terminal(argv, cwd=project.root) as shown:
        assert shown.finish() == status

    assert harmful(bytes(shown.raw)) == b""
    assert shown.cursor_is_shown
    assert not shown.screen.title
    assert project.last.output("extract-all").removesuffix(b"\n") == said.removesuffix(b"\n")
    if status:
        assert any("[/red] [bold]x[/] :smile:" in line for line in shown.transcript)


def test_hostile_output_does_nothing_to_a_pipe_either(project: Project) -> None:
    hostile(project, 1)

    done = project.run("--halt", "never")

    assert done.status == 1
    assert harmful((done.out + done.err).encode("utf-8", "surrogateescape")) == b""
    assert max(map(len, done.err.splitlines())) < 2000


def test_a_step_that_prints_without_a_newline_leaves_every_byte(project: Project) -> None:
    project.script("extract-long.sh", "head -c 204800 /dev/zero | tr '\\0' x")

    assert project.run().status == 0
    assert project.last.output("extract-long") == b"x" * 204800 + b"\n"


def test_hostile_names_of_files_and_settings_are_shown_harmless(project: Project) -> None:
    project.deliver(b"\x1b[31m\x07red.txt", snapshot="s\x1b[1m")
    project.config('name = "app\\u001b[31m"\n[phases.extract]\ntitle = "\\u001b[2Jx"\n')
    project.script("extract-one.sh", "ls $ASYNCORCH_SNAPSHOT_DIR; exit 1")

    done = project.run("--progress", "plain")

    assert harmful((done.out + done.err).encode("utf-8", "surrogateescape")) == b""


def in_shell(project: Project, tail: str) -> Done:
    """Run the program at the head of a shell's pipe."""
    command = f"set -o pipefail; {shlex.join((*PROGRAM, 'run', str(project.root)))} {tail}"
    done = subprocess.run(
        ["bash", "-c", command], check=False, capture_output=True, env=CLEAN, timeout=60
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    "tail",
    [
        "2>&1 | head -1",
        "2>&1 | true",
        "| true",
        "| head -1",
        "2> >(true)",
        "--json | head -1",
        "--json | true",
        ">&-",
        "2>&-",
        ">&- 2>&-",
        "<&-",
    ],
)
def test_a_reader_that_leaves_early_does_not_stop_the_run(project: Project, tail: str) -> None:
    for number in range(4):
        project.script(f"extract-{number}.sh", "sleep 0.1; seq 5")

    done = in_shell(project, tail)

    assert "Traceback" not in done.out + done.err
    assert "Exception ignored" not in done.out + done.err
    assert "BrokenPipe" not in done.out + done.err
    check_journal(project.last.events)
    assert project.last.summary["status"] == "passed"
    assert done.status == 0


@pytest.mark.parametrize(
    "tail", [">/dev/full", "2>/dev/full", ">/dev/full 2>&1", "--json >/dev/full"]
)
def test_a_full_device_behind_standard_output_does_not_stop_the_run(
    project: Project, tail: str
) -> None:
    project.script("extract-one.sh", "echo")

    done = in_shell(project, tail)

    assert "Traceback" not in done.out + done.err
    assert project.last.summary["status"] == "passed"


COLOURS: list[tuple[Mapping[str, str], bool]] = [
    ({}, False),
    ({"FORCE_COLOR": "1"}, True),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ({"CI": "1"}, False),
    ({"CI": "1", "FORCE_COLOR": "1"}, True),
    ({"FORCE_COLOR": ""}, False),
]


@pytest.mark.parametrize(("env", "coloured"), COLOURS)
def test_a_pipe_gets_no_cursor_moves_and_colours_only_when_forced(
    project: Project, env: Mapping[str, str], *, coloured: bool
) -> None:
    project.script("extract-one.sh", "sleep 0.3; exit 1")

    done = project.run(env=env)

    assert not moves_the_cursor((done.out + done.err).encode())
    assert bool(COLOUR.search(done.err)) == coloured


ON_A_SCREEN: list[tuple[Mapping[str, str], bool, bool]] = [
    ({}, True, True),
    ({"NO_COLOR": "1"}, True, False),
    ({"CI": "1"}, False, True),
    ({"CI": "false"}, True, True),
    ({"TERM": "dumb"}, False, False),
    ({"TERM": "dumb", "FORCE_COLOR": "1"}, False, True),
]


@pytest.mark.parametrize(("env", "animated", "coloured"), ON_A_SCREEN)
def test_a_terminal_is_animated_and_coloured_as_it_wants_to_be(
    project: Project, env: Mapping[str, str], *, animated: bool, coloured: bool
) -> None:
    project.script("extract-one.sh", "sleep 0.5; exit 1")
    with terminal((*PROGRAM, "run", str(project.root)), cwd=project.root, env=env) as shown:
        assert shown.finish() == 1

    raw = bytes(shown.raw)
    assert moves_the_cursor(raw) == animated
    assert bool(COLOUR.search(raw.decode())) == coloured


def test_json_leaves_only_json_lines_on_standard_output(project: Project) -> None:
    project.copying("a.txt")

    done = project.run("--json")

    lines = done.out.splitlines()
    assert [json.loads(line) for line in lines] == project.last.events
    assert "PIPELINE EXECUTION SUMMARY" in done.err


def test_json_lines_come_as_things_happen(project: Project) -> None:
    wait = "for i in $(seq 400); do [ -e go ] && exit 0; sleep 0.02; done; exit 1"
    project.script("extract-slow.sh", wait)
    with project.running("--json") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["event"] == "batch_started":
                (project.root / "go").touch()
                break
        rest = [json.loads(line)["event"] for line in process.stdout]
        assert process.wait(timeout=20) == 0
    assert rest[-1] == "run_ended"


def test_progress_none_is_quiet_but_for_the_summary(project: Project) -> None:
    project.script("extract-one.sh", "echo hello")

    done = project.run("--progress", "none")

    assert done.status == 0
    assert done.err == ""
    assert done.out.startswith("PIPELINE EXECUTION SUMMARY\n")


def test_progress_plain_on_a_terminal_draws_nothing(project: Project) -> None:
    project.script("extract-one.sh", "sleep 0.3")
    argv = (*PROGRAM, "run", str(project.root), "--progress", "plain")
    with terminal(argv, cwd=project.root) as shown:
        assert shown.finish() == 0
    assert not moves_the_cursor(bytes(shown.raw))


def test_progress_live_in_a_pipe_draws_nothing(project: Project) -> None:
    project.script("extract-one.sh", "sleep 0.3")

    done = project.run("--progress", "live")

    assert done.status == 0
    assert not moves_the_cursor((done.out + done.err).encode())
    assert "✓ Extracting one completed" in done.err


def test_a_latin_1_terminal_is_no_trouble(project: Project) -> None:
    project.script("extract-one.sh", "echo ünï 日本; exit 1")

    done = project.run(env={"LC_ALL": "C", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"})

    assert done.status == 1
    assert "Traceback" not in done.err
    assert "Pipeline failed" in done.out
