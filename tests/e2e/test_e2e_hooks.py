"""Code of the user's that hangs, raises, prints or does not load: told, and never in the way."""

from __future__ import annotations

import json

import pytest

from tests.e2e.coding import MODES, coded
from tests.e2e.journals import check_journal
from tests.e2e.projects import Done, Project

pytestmark = pytest.mark.slow

HOOK = """
class Deploying(PipelineOrchestrator):
    async def on_event(self, event) -> None:
        {}
"""


def hooked(project: Project, body: str) -> Done:
    coded(project, HOOK.format(body))
    project.script("extract-one.sh", "echo")
    return project.run(within=30)


def test_a_hook_is_told_of_every_event_in_order(project: Project) -> None:
    done = hooked(project, "print(type(event).__name__, file=open('told', 'a'))")

    assert done.status == 0
    told = (project.root / "told").read_text().split()
    names = ["".join(w.title() for w in e["event"].split("_")) for e in project.last.events]
    assert [name for name in told if name != "RowsSettled"] == names


def test_a_hook_that_hangs_holds_nobody_up(project: Project) -> None:
    done = hooked(project, "await anyio.sleep(3600)")

    assert done.status == 0
    assert project.last.summary["seconds"] < 3


def test_a_hook_that_raises_is_named_and_told_no_more(project: Project) -> None:
    done = hooked(project, "raise ValueError('hook [/red] broke')")

    assert done.status == 0
    assert done.err.count("on_event raised ValueError: hook [/red] broke") == 1
    check_journal(project.last.events)


@pytest.mark.parametrize("progress", ["plain", "none"])
def test_what_is_printed_in_a_phase_reaches_a_person(project: Project, progress: str) -> None:
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    async def extract_phase(self) -> bool:\n"
        "        print('a word from the code')\n        return True\n",
    )

    done = project.run("--progress", progress)

    assert done.status == 0
    assert "a word from the code" in done.out + done.err


def test_what_is_printed_in_a_phase_does_not_spoil_the_json_lines(project: Project) -> None:
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    async def extract_phase(self) -> bool:\n"
        "        print('a word from the code')\n        return True\n",
    )

    done = project.run("--json")

    assert [json.loads(line) for line in done.out.splitlines()] == project.last.events


def test_a_phase_method_that_is_not_async_is_a_user_error(project: Project) -> None:
    coded(
        project, "class Deploying(PipelineOrchestrator):\n    def deploy_phase(self): ...\n", MODES
    )

    done = project.run("--mode", "ship")

    assert done.status == 2
    assert "write `async def deploy_phase" in done.err
    assert "Traceback" not in done.err
    assert not (project.root / "runlogs").exists()


def test_an_exception_in_a_phase_method_fails_the_phase_and_leaves_its_traceback(
    project: Project,
) -> None:
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    async def deploy_phase(self):\n        return 1 / 0\n",
        MODES,
    )

    done = project.run("--mode", "ship")

    assert done.status == 1
    assert "ZeroDivisionError: division by zero" in done.err
    assert "Traceback" not in done.err
    (trace,) = project.last.path.glob("*error*.txt")
    assert "return 1 / 0" in trace.read_text()
    check_journal(project.last.events)


def test_an_exception_beside_running_commands_ends_them_and_fails_the_phase(
    project: Project,
) -> None:
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    async def deploy_phase(self):\n"
        "        async with anyio.create_task_group() as tasks:\n"
        "            tasks.start_soon(self.run_command, 'sleep 99', 'Long')\n"
        "            await anyio.sleep(0.2)\n"
        "            raise ValueError('enough')\n",
        MODES,
    )

    done = project.run("--mode", "ship", within=30)

    assert done.status == 1, done.err
    assert "enough" in done.err
    check_journal(project.last.events)
    assert project.last.only("step_ended")["outcome"] == "cancelled"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("class Deploying: ...\n", "is no PipelineOrchestrator"),
        ("class Other(PipelineOrchestrator): ...\n", "cannot be loaded"),
        ("raise RuntimeError('broken module')\n", "broken module"),
        ("import no_such_module\n", "no_such_module"),
        ("raise SystemExit(0)\n", "cannot be loaded"),
        ("def (:\n", "cannot be loaded"),
    ],
)
def test_an_orchestrator_that_cannot_be_used_is_a_user_error(
    project: Project, code: str, words: str
) -> None:
    coded(project, code)

    done = project.run()

    assert done.status == 2
    assert words in done.err
    assert "hint:" in done.err
