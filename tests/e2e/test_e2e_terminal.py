"""The live view in a real terminal: never taller than it, and nothing of it left behind."""

from __future__ import annotations

import signal

import pytest

from tests.e2e.projects import PROGRAM, Project
from tests.e2e.screens import Terminal, harmful, terminal

pytestmark = pytest.mark.slow

SIZES = [(24, 80), (40, 120)]
SMALL = [*SIZES, (10, 40), (5, 20)]
LAST_WORD = "Logs:"


def argv(project: Project, *options: str) -> tuple[str, ...]:
    return (*PROGRAM, "run", str(project.root), *options)


def bars(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(("Run    ", "Phase  "))]


def one_frame_only(shown: Terminal) -> None:
    """Check that there is one frame at the most, all of it on the screen."""
    transcript = shown.transcript
    assert len([line for line in transcript if line.startswith("Run    ")]) <= 1
    assert len([line for line in transcript if line.startswith("Phase  ")]) <= 1
    above = transcript[: -shown.screen.lines]
    assert not bars(above), "a part of a frame has scrolled away"


def busy(project: Project, steps: int = 12) -> list[str]:
    """Make it a project with quick talkative steps and a fan-out; return its permanent lines."""
    for number in range(steps):
        project.script(
            f"extract-n{number:02d}.sh", "for i in 1 2 3 4 5; do echo $i of many; sleep 0.06; done"
        )
    project.copying(*(f"f{number:02d}.txt" for number in range(30)), keys="batch = 3\n")
    return [f"✓ Extracting n{number:02d} completed" for number in range(steps)]


@pytest.mark.parametrize(("rows", "columns"), SMALL)
def test_no_frame_is_taller_than_the_screen_and_permanent_lines_stay_whole(
    project: Project, rows: int, columns: int
) -> None:
    permanent = busy(project, steps=32)
    with terminal(
        argv(project, "-j", "32"),
        cwd=project.root,
        rows=rows,
        columns=columns,
        check=one_frame_only,
    ) as shown:
        status = shown.finish()

    assert status == 0
    assert not bars(shown.transcript)
    text = "".join(shown.transcript).replace(" ", "")  # a narrow terminal wraps a line
    for line in (*permanent, "✓ Transforming copy completed", "PIPELINE EXECUTION SUMMARY"):
        assert text.count(line.replace(" ", "")) == 1, line
    assert shown.cursor_is_shown
    assert harmful(bytes(shown.raw)) == b""


@pytest.mark.parametrize(("rows", "columns"), SIZES)
def test_the_frame_shows_what_runs_how_far_it_is_and_its_last_line(
    project: Project, rows: int, columns: int
) -> None:
    wait = "for i in $(seq 400); do [ -e go ] && exit 0; sleep 0.02; done; exit 1"
    project.script("extract-slow.sh", f"echo working hard; {wait}")
    project.script("extract-other.sh", f"echo [/red] :smile:; {wait}")
    with terminal(
        argv(project, "-j", "2"), cwd=project.root, rows=rows, columns=columns, check=one_frame_only
    ) as shown:
        for words in ("Extracting slow", "Extracting other", "working hard", "[/red] :smile:"):
            shown.until_shown(words)
        (run,) = [line for line in shown.shown if line.startswith("Run    ")]
        assert "phase 1 of 5" in run
        (project.root / "go").touch()
        assert shown.finish() == 0


def test_rows_of_a_running_tool_move_the_bar(project: Project) -> None:
    project.deliver(*(f"f{n}.txt" for n in range(4)))
    project.config(
        '[steps.extract-rows]\nforeach = "deliveries/{snapshot}/**"\nbatch = 4\n'
        'run = "for f in {files}; do echo \\"| $f | 0 |\\"; [ $f = deliveries/s1/f1.txt ] && '
        'while [ ! -e go ]; do sleep 0.02; done; done; true"\n'
    )
    with terminal(argv(project), cwd=project.root) as shown:
        shown.until_shown("2 of 4 files")
        (project.root / "go").touch()
        assert shown.finish() == 0


def test_a_window_that_is_resized_keeps_one_frame(project: Project) -> None:
    busy(project)
    sizes = [(30, 100), (12, 50), (24, 80), (9, 60), (40, 120)]
    with terminal(argv(project, "-j", "6"), cwd=project.root) as shown:
        while shown.read_on():
            if sizes and shown.pieces % 6 == 0:
                shown.resize(*sizes.pop(0))
        status = shown.finish()

    assert status == 0
    assert shown.cursor_is_shown
    assert "PIPELINE EXECUTION SUMMARY" in shown.transcript


@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_ends_the_run_and_gives_the_terminal_back(project: Project, presses: int) -> None:
    stubborn = "trap '' TERM INT; " if presses == 2 else ""
    project.script("extract-long.sh", f"{stubborn}echo $$ >long.pid; while :; do sleep 1; done")
    project.config("grace = '10m'\n")
    with terminal(argv(project), cwd=project.root) as shown:
        shown.until_shown("Extracting long")
        project.pid_from("long.pid")
        shown.child.sendintr()
        if presses == 2:
            shown.until_shown("once more ends it at once")
            shown.child.sendintr()
        status = shown.finish()

    assert status == 128 + signal.SIGINT
    assert shown.cursor_is_shown
    assert not bars(shown.transcript)
    assert "✗ Pipeline interrupted" in shown.transcript
    assert project.last.summary["status"] == "interrupted"


def test_a_terminal_that_goes_away_hangs_the_run_up(project: Project) -> None:
    project.script("extract-long.sh", "echo $$ >long.pid; sleep 99")
    with terminal(argv(project), cwd=project.root) as shown:
        shown.until_shown("Extracting long")
        project.pid_from("long.pid")
        shown.child.close(force=False)  # sends HUP, as a window that is closed does

    assert project.last.summary["status"] == "interrupted"
    assert project.last.summary["exit"] == 128 + signal.SIGHUP


def test_what_is_printed_in_code_does_not_tear_the_view(project: Project) -> None:
    (project.root / "mine.py").write_text(
        "import anyio\nfrom asyncorch import PipelineOrchestrator\n"
        "class Mine(PipelineOrchestrator):\n"
        "    async def extract_phase(self):\n"
        "        for number in range(8):\n"
        "            print(f'printed {number}')\n"
        "            await anyio.sleep(0.15)\n"
        "        return await super().extract_phase()\n"
    )
    project.config('orchestrator = "mine:Mine"\n')
    project.script("extract-it.sh", "echo")
    with terminal(argv(project), cwd=project.root, check=one_frame_only) as shown:
        assert shown.finish() == 0

    for number in range(8):
        assert shown.transcript.count(f"printed {number}") == 1
    assert not bars(shown.transcript)


def test_two_hundred_steps_that_end_at_once_leave_a_line_each(project: Project) -> None:
    steps = "".join(f'[steps.extract-{n:03d}]\nrun = ["true"]\n' for n in range(200))
    project.config(steps)
    with terminal(argv(project, "-j", "8"), cwd=project.root) as shown:
        assert shown.finish() == 0

    for number in range(200):
        line = f"✓ Extracting {number:03d} completed"
        assert sum(1 for text in shown.transcript if text.startswith(line)) == 1
    assert not bars(shown.transcript)
