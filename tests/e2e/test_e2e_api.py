"""A pipeline in code: phases, commands, metrics and hooks of a subclass, run by the program."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.coding import HEAD, MODES, coded
from tests.e2e.journals import check_journal, most_at_once, overlap
from tests.e2e.projects import Project

pytestmark = pytest.mark.slow

DEPLOYING = """
class Deploying(PipelineOrchestrator):
    async def deploy_phase(self) -> bool:
        rc = await self.run_command("python3 tools/pipeline/deploy.py", "Deploying")
        return rc == 0
"""
WITH_PARAMETER = """
class Deploying(PipelineOrchestrator):
    async def deploy_phase(self, environment: str, replicas: str = "1") -> bool:
        return await self.run_command(f"echo to {environment} times {replicas}", "Deploying") == 0
"""


def deploy_script(project: Project, text: str) -> None:
    folder = project.root / "tools" / "pipeline"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "deploy.py").write_text(text)


@pytest.mark.parametrize(("status", "end"), [(0, "passed"), (3, "failed")])
def test_a_phase_in_code_is_a_phase_that_modes_can_name(
    project: Project, status: int, end: str
) -> None:
    coded(project, DEPLOYING, MODES)
    deploy_script(project, f"print('out it goes')\nraise SystemExit({status})\n")

    done = project.run("--mode", "ship")

    assert done.status == int(bool(status)), done.err
    assert "DEPLOY" in done.err
    assert ("✓ Deploying completed" in done.err) == (not status)
    (step,) = project.last.of("step_ended", phase="deploy")
    assert (step["outcome"], step["exit"]) == (end, status)
    assert b"out it goes\n" in (project.root / step["log"]).read_bytes()
    assert project.last.summary["status"] == end
    check_journal(project.last.events)


def test_parameters_come_from_the_configuration_and_the_command_line_wins(
    project: Project,
) -> None:
    coded(project, WITH_PARAMETER, f'{MODES}[params]\nenvironment = "staging"\nreplicas = 3\n')

    assert project.run("--mode", "ship").status == 0
    assert project.last.output("deploy-deploying-1") == b"to staging times 3\n"

    assert project.run("--mode", "ship", "--param", "environment=production").status == 0
    assert project.last.output("deploy-deploying-1") == b"to production times 3\n"


def test_a_missing_parameter_is_a_user_error_before_anything_starts(project: Project) -> None:
    coded(project, WITH_PARAMETER, MODES)

    done = project.run("--mode", "ship")

    assert done.status == 2
    assert "`deploy_phase` needs the parameter `environment`" in done.err
    assert "--param environment=" in done.err
    assert not (project.root / "runlogs").exists()


def test_a_parameter_that_the_chosen_mode_does_not_need_may_be_missing(project: Project) -> None:
    coded(project, WITH_PARAMETER, MODES)
    project.script("extract-one.sh", "echo")

    assert project.run("--mode", "analysis").status == 0


def test_parameters_are_placeholders_in_commands_quoted_for_the_shell(project: Project) -> None:
    project.config(
        '[params]\nwho = "nobody"\n[steps.extract-greet]\n'
        "run = \"printf '%s|' {who} ${HOME:+home} '{other}' | tee said\"\n"
    )

    assert project.run("--param", "who=a 'b' $(c); d").status == 0
    assert (project.root / "said").read_text() == "a 'b' $(c); d|home|{other}|"


MANY = """
class Deploying(PipelineOrchestrator):
    async def deploy_phase(self) -> bool:
        codes = []
        async def one(number: int) -> None:
            command = f"sleep 0.1; echo {number}; exit {number % 2}"
            codes.append(await self.run_command(command, f"Sending {number}"))
        async with anyio.create_task_group() as tasks:
            for number in range(8):
                tasks.start_soon(one, number)
        return sorted(codes) == [0] * 4 + [1] * 4
"""


def test_several_commands_at_once_are_bounded_by_the_concurrency(project: Project) -> None:
    coded(project, MANY, MODES)

    project.run("--mode", "ship", "-j", "3")

    events = project.last.events
    check_journal(events)
    assert most_at_once(events) == 3
    assert len(project.last.logs("deploy-sending")) == 8
    codes = sorted(end["exit"] for end in project.last.of("step_ended"))
    assert codes == [0] * 4 + [1] * 4


def test_a_phase_that_answers_true_passes_whatever_its_commands_did(project: Project) -> None:
    coded(project, MANY, MODES)

    assert project.run("--mode", "ship", "--halt", "never").status == 0
    assert project.last.summary["status"] == "passed"


def test_commands_by_gather_run_side_by_side(project: Project) -> None:
    code = MANY.replace("import anyio", "").split("codes = []")[0] + (
        "import asyncio\n"
        "        codes = await asyncio.gather(*(self.run_command(['sh', '-c', 'sleep 0.2'], name)"
        " for name in ('one', 'two')))\n"
        "        return codes == [0, 0]\n"
    )
    coded(project, code, MODES)

    assert project.run("--mode", "ship", "-j", "2").status == 0
    steps = [event["step"] for event in project.last.of("step_started")]
    assert overlap(project.last.events, "deploy", *steps)


def test_a_command_takes_a_folder_variables_and_a_timeout(project: Project) -> None:
    (project.root / "below").mkdir()
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    async def deploy_phase(self):\n"
        "        a = await self.run_command('pwd; echo $X', 'Looking', cwd='below',"
        " env={'X': 'y'})\n"
        "        b = await self.run_command('sleep 99', 'Waiting', timeout=0.2)\n"
        "        c = await self.run_command('kill -9 $$', 'Dying')\n"
        "        d = await self.run_command(['no-such-program'], 'Missing')\n"
        "        print('codes', a, b, c, d)\n"
        "        return True\n",
        MODES,
    )

    done = project.run("--mode", "ship", "--halt", "never")

    assert project.last.output("deploy-looking-1").decode() == f"{project.root}/below\ny\n"
    outcomes = {e["title"]: e["outcome"] for e in project.last.of("step_ended")}
    assert outcomes["Waiting"] == "timed out"
    assert "codes 0 143 137 127" in done.out + done.err


def test_own_figures_are_in_the_summary(project: Project) -> None:
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    def _calculate_metrics(self):\n"
        "        return {'Lines moved': 1234, 'Share': 0.5, 'Odd': float('nan'),"
        " 'By': 'hand\\x1b'}\n",
    )
    project.script("extract-one.sh", "echo")

    done = project.run()

    assert done.status == 0
    assert project.last.summary["metrics"]["Lines moved"] == 1234
    assert project.last.summary["metrics"]["Share"] == 0.5
    assert "Lines moved:" in done.out
    assert "\x1b" not in done.out


def test_figures_that_cannot_be_calculated_fail_the_run_and_say_so(project: Project) -> None:
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    def _calculate_metrics(self):\n"
        "        raise RuntimeError('no figures today')\n",
    )
    project.script("extract-one.sh", "echo")

    done = project.run()

    assert done.status == 1
    assert "no figures today" in done.out + done.err
    check_journal(project.last.events)


@pytest.mark.parametrize(("status", "built"), [(0, 2), (1, 0)])
def test_an_own_build_tool_takes_the_place_of_the_one_that_comes_with_it(
    project: Project, status: int, built: int
) -> None:
    project.copying("a.txt", "b.txt")
    toml = (project.root / "pipeline.toml").read_text()
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    async def _execute_build(self) -> bool:\n"
        f"        command = 'ls target/artifacts; exit {status}'\n"
        "        return await self.run_command(command, 'Packing') == 0\n",
        toml,
    )

    done = project.run()

    assert done.status == status
    assert project.last.only("step_ended", phase="build")["title"] == "Packing"
    assert b"a.txt\nb.txt\n" in project.last.output("build-packing-1")
    assert project.last.summary["artifacts"]["built"] == built


def test_an_overridden_phase_may_call_the_shipped_one(project: Project) -> None:
    coded(
        project,
        "class Deploying(PipelineOrchestrator):\n"
        "    async def extract_phase(self) -> bool:\n"
        "        await self.run_command('echo first >order', 'Preparing')\n"
        "        return await super().extract_phase()\n",
    )
    project.script("extract-one.sh", "echo second >>order")

    assert project.run().status == 0
    assert (project.root / "order").read_text() == "first\nsecond\n"
    assert set(project.last.outcomes) == {"extract-preparing-1", "extract-one"}


def test_the_class_runs_from_a_script_of_ones_own(project: Project) -> None:
    project.script("extract-one.sh", "echo $ASYNCORCH_APP")
    code = HEAD + (
        f"orchestrator = PipelineOrchestrator({str(project.root)!r}, app='mine', concurrency=1)\n"
        "raise SystemExit(anyio.run(orchestrator.run))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert project.last.output("extract-one") == b"mine\n"
    assert project.last.summary["concurrency"] == 1
