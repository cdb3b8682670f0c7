"""A pipeline in code: phases as methods, commands under the same rules, seams to override."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from asyncorch.errors import ConfigError, UsageError
from asyncorch.events import BatchStarted, Event, RunEnded, RunStarted
from asyncorch.orchestrator import PipelineOrchestrator, methods_of
from asyncorch.settings import RunSettings

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Wait for real processes by a real clock."""
    return "asyncio"


class Quiet(PipelineOrchestrator):
    """Keeps the events, and shows nothing."""

    def __init__(self, project: Path, **wishes: Any) -> None:
        super().__init__(project, **wishes)
        self.events: list[Event] = []

    async def on_event(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def summary(root: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((root / "runlogs/latest/summary.json").read_text())
    return data


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def test_the_deploy_example_of_the_contract(tmp_path: Path) -> None:
    class Deploying(Quiet):
        async def deploy_phase(self, environment: str) -> bool:
            rc = await self.run_command(f"echo to {environment}", "Deploying")
            return rc == 0

    write(tmp_path, "pipeline.toml", '[modes]\nship = ["deploy"]\n')
    run = Deploying(tmp_path, mode="ship", params={"environment": "staging"})

    assert await run.run() == 0

    (phase,) = summary(tmp_path)["phases"]
    assert (phase["name"], phase["outcome"]) == ("deploy", "passed")
    (log,) = (tmp_path / "runlogs" / "latest").glob("deploy-deploying-1_*.log")
    assert "\nto staging\n" in log.read_text()
    assert isinstance(run.events[0], RunStarted)
    assert isinstance(run.events[-1], RunEnded)


@pytest.mark.slow
async def test_a_command_s_status_is_the_one_that_a_shell_would_report(tmp_path: Path) -> None:
    statuses: list[int] = []
    commands: list[tuple[str | list[str], float | None]] = [
        ("exit 3", None),
        ("kill -9 $$", None),
        (["no-such-program"], None),
        (["true"], None),
        ("sleep 60", 0.1),
    ]

    class Trying(Quiet):
        async def try_phase(self) -> bool:
            for command, timeout in commands:
                statuses.append(await self.run_command(command, "Trying", timeout=timeout))
            return True

    write(tmp_path, "pipeline.toml", '[modes]\nx = ["try"]\n')

    assert await Trying(tmp_path, mode="x").run() == 0
    assert statuses == [3, 137, 127, 0, 143]


@pytest.mark.slow
async def test_commands_at_once_keep_to_the_bound_and_each_has_a_log(tmp_path: Path) -> None:
    class Many(Quiet):
        async def many_phase(self) -> bool:
            async with anyio.create_task_group() as tasks:
                for _ in range(6):
                    tasks.start_soon(self.run_command, "sleep 0.03; pgrep -c x; true", "Same name")
            return True

    write(tmp_path, "pipeline.toml", '[modes]\nx = ["many"]\n')
    run = Many(tmp_path, mode="x", concurrency=2)

    assert await run.run() == 0

    assert len({event.log for event in run.of(BatchStarted)}) == 6
    running = most = 0
    for event in run.events:
        running += (type(event).__name__ == "BatchStarted") - (type(event).__name__ == "BatchEnded")
        most = max(most, running)
    assert most == 2


async def test_a_phase_that_ends_false_fails_the_run_and_the_next_does_not_begin(
    tmp_path: Path,
) -> None:
    class Two(Quiet):
        async def first_phase(self) -> bool:
            return False

        async def second_phase(self) -> bool:
            raise AssertionError

    write(tmp_path, "pipeline.toml", '[modes]\nx = ["first", "second"]\n')

    assert await Two(tmp_path, mode="x").run() == 1
    assert [phase["name"] for phase in summary(tmp_path)["phases"]] == ["first"]


async def test_figures_and_an_own_build_are_in_the_summary(tmp_path: Path) -> None:
    class Own(Quiet):
        async def _execute_build(self) -> bool:
            return await self.run_command("true", "Building by hand") == 0

        def _calculate_metrics(self) -> dict[str, float | int | str]:
            return {"lines": 3, "grade": "a"}

    assert await Own(tmp_path, mode="full").run() == 0

    assert summary(tmp_path)["metrics"] == {"lines": 3, "grade": "a"}
    steps = [step["name"] for phase in summary(tmp_path)["phases"] for step in phase["steps"]]
    assert steps == ["building-by-hand-1"]


async def test_a_shipped_phase_can_be_overridden_and_still_be_called(tmp_path: Path) -> None:
    class Twice(Quiet):
        async def extract_phase(self) -> bool:
            return await super().extract_phase() and await self.run_command("true", "After") == 0

    write(tmp_path, "pipeline.toml", '[steps.extract-a]\nrun = "true"\n')

    assert await Twice(tmp_path, mode="analysis").run() == 0
    names = [step["name"] for step in summary(tmp_path)["phases"][0]["steps"]]
    assert names == ["a", "after-1"]


async def test_a_column_that_no_file_can_be_named_is_no_source(tmp_path: Path) -> None:
    """A name of more than 255 bytes, or with a NUL, is not asked of the disk, or it answers no."""
    columns = ("x" * 300, "x%00y", "d/" * 3000 + "x")
    write(tmp_path, "rows", "".join(f"| a{i}.py | 0 | {c} |\n" for i, c in enumerate(columns)))
    write(tmp_path, "deliveries/s/a.py", "")
    write(tmp_path, "pipeline.toml", '[steps.validate-a]\nrun = "cat rows"\n')

    assert await Quiet(tmp_path, mode="analysis").run() == 0
    (step,) = [step for phase in summary(tmp_path)["phases"] for step in phase["steps"]]
    assert step["outcome"] == "passed"


async def test_outside_of_a_run_there_is_nothing_to_run_in(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="this works while the pipeline runs"):
        await PipelineOrchestrator(tmp_path).run_command("true", "x")


async def test_a_user_error_comes_before_the_run_s_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        await Quiet(tmp_path, mode="ful").run()

    assert not (tmp_path / "runlogs").exists()


# --- the class that pipeline.toml names


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a module's name that no other test has imported."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    return f"own_{tmp_path.name.replace('-', '_')}"


def methods(root: Path, module: str, text: str) -> Any:
    write(root, f"{module}.py", text)
    write(root, "pipeline.toml", f'orchestrator = "{module}:Mine"\n')
    return methods_of(RunSettings(root))


HEAD = "from asyncorch import PipelineOrchestrator\n"


def test_its_phases_come_in_the_order_of_their_definition(tmp_path: Path, module: str) -> None:
    text = HEAD + (
        "class Base(PipelineOrchestrator):\n"
        "    async def zeta_phase(self): ...\n"
        "class Mine(Base):\n"
        "    async def load_all_phase(self): ...\n"
        "    async def _private_phase(self): ...\n"
        "    async def alpha_phase(self): ...\n"
    )

    assert list(methods(tmp_path, module, text)) == ["zeta", "load-all", "alpha"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raise ValueError('x')", "cannot be loaded: ValueError: x"),
        ("import sys; sys.exit(3)", "cannot be loaded: SystemExit: 3"),
        ("", "cannot be loaded: AttributeError: "),
        ("Mine = 3", "is no PipelineOrchestrator"),
        ("class Mine: ...", "is no PipelineOrchestrator"),
    ],
)
def test_one_that_cannot_be_used_is_a_configuration_error(
    tmp_path: Path, module: str, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        methods(tmp_path, module, text)

    assert message in raised.value.message
    assert raised.value.where == "pipeline.toml, `orchestrator`"
    assert raised.value.hint is not None
