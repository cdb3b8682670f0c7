"""What the engine may rely on of a started process, wherever it comes from.

The same cases are put to the Linux spawner, to what stands in for it where there is no pidfd, and
to the fake that the engine's tests use.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

from asyncorch.app import settle
from asyncorch.descendants import MARK, Family, holders
from asyncorch.process import CannotStartError, Command, Process, Spawn, spawn
from asyncorch.runlog import Log
from tests.fakes import Script, ScriptedSpawner

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(20)]

TERMINATED, KILLED = -signal.SIGTERM, -signal.SIGKILL
LONG_GRACE = 600.0


@pytest.fixture
def anyio_backend() -> str:
    """Wait for real processes by a real clock."""
    return "asyncio"


@dataclass
class Ground:
    """A spawner and a log; `run` starts the shell's text, or the script that does the same."""

    spawn: Spawn
    log: Log
    folder: Path
    real: bool
    processes: list[Process] = field(default_factory=list)

    @asynccontextmanager
    async def run(self, text: str, script: Script) -> AsyncIterator[Process]:
        argv = ("/bin/sh", "-c", text)
        spawner = self.spawn if self.real else ScriptedSpawner(**{argv[0]: script})
        environ = {**os.environ, MARK: f"{self.folder}/{len(self.processes)}"}
        process = await spawner(Command(argv, str(self.folder), environ), self.log.fd)
        self.processes.append(process)
        try:
            with anyio.fail_after(20):
                yield process
        finally:
            for pid in process.family.members():  # of a test that failed
                os.kill(pid, signal.SIGKILL)
            process.release()

    async def says(self, what: bytes) -> None:
        """Wait until the process has said so: then it is as far as the test wants it."""
        with anyio.fail_after(20):
            while what not in self.output():
                await anyio.sleep(0.01)

    def output(self) -> bytes:
        return self.log.path.read_bytes()


@pytest.fixture(params=["linux", "quick", "linux without /proc", "anywhere", "scripted"])
def ground(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ground]:
    if request.param.startswith(("linux", "quick")) and not hasattr(os, "pidfd_open"):
        pytest.skip("there is no pidfd on this system")
    if request.param == "anywhere":
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    if request.param == "linux without /proc":
        hide_proc(monkeypatch)
    log = Log(tmp_path / "a.log")
    way = quick if request.param == "quick" else spawn
    yield Ground(way, log, tmp_path, real=request.param != "scripted")
    log.close()


async def quick(command: Command, log_fd: int) -> Process:
    """Start it from the folder where it is to run, as the program itself does."""
    before = Path.cwd()
    settle(Path(command.cwd))
    try:
        return await spawn(command, log_fd, quick=True)
    finally:
        os.chdir(before)


def hide_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a system without /proc, such as a bare chroot."""
    scandir = os.scandir

    def without(path: Any = ".") -> Any:
        if path == "/proc":
            raise FileNotFoundError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", without)


@pytest.fixture
def real(ground: Ground, request: pytest.FixtureRequest) -> Ground:
    if not ground.real or "/proc" in request.node.name:
        pytest.skip("this asks for an operating system with /proc")
    return ground


@pytest.mark.parametrize("status", [0, 1, 3, 255])
async def test_a_process_ends_with_its_exit_status(ground: Ground, status: int) -> None:
    async with ground.run(f"exit {status}", Script(exit=status)) as process:
        assert await process.wait() == status
        assert await process.wait() == status


async def test_a_signal_is_a_negative_status(ground: Ground) -> None:
    async with ground.run("kill -SEGV $$", Script(exit=-11)) as process:
        assert await process.wait() == -signal.SIGSEGV


async def test_both_outputs_go_to_the_log_byte_for_byte(ground: Ground) -> None:
    text = r"printf 'one\r\377'; printf 'two\000\n' >&2"

    async with ground.run(text, Script(output=(b"one\r\xff", b"two\0\n"))) as process:
        await process.wait()

    assert ground.output() == b"one\r\xfftwo\0\n"


async def test_output_is_appended_behind_what_stands_in_the_log(ground: Ground) -> None:
    ground.log.header(("x",), "/", 0.0)
    before = ground.output()

    async with ground.run("echo more", Script(output=(b"more\n",))) as process:
        await process.wait()

    assert ground.output() == before + b"more\n"


async def test_term_ends_it(ground: Ground) -> None:
    async with ground.run("exec sleep 600", Script(600)) as process:
        assert await process.end(LONG_GRACE, anyio.Event()) == TERMINATED
        assert await process.wait() == TERMINATED


async def test_kill_follows_when_the_grace_is_over(ground: Ground) -> None:
    stubborn = Script(600, stubborn=True)

    async with ground.run(
        "trap '' TERM; echo on; while :; do sleep 600; done", stubborn
    ) as process:
        await ground_is_on(ground)
        assert await process.end(0.2, anyio.Event()) == KILLED


async def test_hurry_cuts_the_grace_short(ground: Ground) -> None:
    stubborn = Script(600, stubborn=True)
    hurry = anyio.Event()

    async with ground.run(
        "trap '' TERM; echo on; while :; do sleep 600; done", stubborn
    ) as process:
        await ground_is_on(ground)
        async with anyio.create_task_group() as tasks:

            async def hurry_soon() -> None:
                await anyio.sleep(0.05)
                hurry.set()

            tasks.start_soon(hurry_soon)
            assert await process.end(LONG_GRACE, hurry) == KILLED


async def test_ending_what_has_ended_keeps_its_status(ground: Ground) -> None:
    async with ground.run("exit 3", Script(exit=3)) as process:
        await process.wait()
        assert await process.end(LONG_GRACE, anyio.Event()) == 3


async def test_a_process_that_ended_well_can_be_ended_after_asking_whom_it_left(
    ground: Ground,
) -> None:
    """A signal may come while we linger for those it has left."""
    async with ground.run("exit 0", Script()) as process:
        await process.wait()
        assert not process.has_left_others()
        assert await process.end(LONG_GRACE, anyio.Event()) == 0


async def test_ending_is_not_cut_off_by_a_cancellation(ground: Ground) -> None:
    ended: list[int] = []

    async with ground.run(
        "trap '' TERM; echo on; while :; do sleep 600; done", Script(600, stubborn=True)
    ) as process:
        await ground_is_on(ground)
        with anyio.CancelScope() as scope:
            scope.cancel()
            ended.append(await process.end(0.1, anyio.Event()))

    assert ended == [KILLED]


async def ground_is_on(ground: Ground) -> None:
    if ground.real:
        await ground.says(b"on\n")


async def gone(process: Process) -> None:
    """Wait until nothing of it lives; who is killed takes a moment to die."""
    with anyio.move_on_after(2):
        while process.family.members():
            await anyio.sleep(0.01)
    left = process.family.members()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


# --- with an operating system under it


async def test_there_is_nothing_on_standard_input(real: Ground) -> None:
    async with real.run("wc -c", Script()) as process:
        assert await process.wait() == 0

    assert real.output().strip() == b"0"


async def test_it_gets_its_environment_its_folder_and_no_other_descriptor(real: Ground) -> None:
    text = "import os; print(sorted(os.environ), os.getcwd(), os.listdir('/proc/self/fd')[3:])"
    command = Command((sys.executable, "-c", text), str(real.folder), {"ONLY": "1"})
    process = await real.spawn(command, real.log.fd)

    assert await process.wait() == 0
    process.release()

    said = real.output().decode()
    assert "ONLY" in said
    assert "PATH" not in said
    assert str(real.folder) in said
    assert "['3']" in said  # the one that listdir itself has open


async def test_it_leads_a_session_of_its_own(real: Ground) -> None:
    async with real.run("exec sleep 600", Script()) as process:
        assert os.getsid(process.pid) == os.getpgid(process.pid) == process.pid
        await process.end(LONG_GRACE, anyio.Event())


@pytest.mark.parametrize("status", [0, 3])
async def test_whoever_it_leaves_behind_is_ended_with_its_group(real: Ground, status: int) -> None:
    async with real.run(f"sleep 600 & echo on; exit {status}", Script()) as process:
        assert await process.wait() == status
        assert await process.end(LONG_GRACE, anyio.Event()) == status
        await gone(process)


async def test_a_child_that_made_a_group_of_its_own_is_ended_too(real: Ground) -> None:
    text = "import os, time; os.setpgid(0, 0); print('on', flush=True); time.sleep(600)"

    async with real.run(f'{sys.executable} -c "{text}" & wait', Script()) as process:
        await real.says(b"on\n")
        await process.end(LONG_GRACE, anyio.Event())
        await gone(process)


async def test_a_child_that_left_the_session_is_ended_by_its_mark(real: Ground) -> None:
    text = "import os, time; os.setsid(); print('on', flush=True); time.sleep(600)"

    async with real.run(f'({sys.executable} -c "{text}" &) ; sleep 600', Script()) as process:
        await real.says(b"on\n")
        assert len(process.family.members()) > len(Family(process.pid, None).members())
        await process.end(LONG_GRACE, anyio.Event())
        await gone(process)


async def test_all_of_it_can_be_stopped_and_go_on(real: Ground) -> None:
    async with real.run("(while :; do sleep 0.01; done) & echo on; wait", Script()) as process:
        await real.says(b"on\n")
        process.send(signal.SIGSTOP)
        await state(process, "T")
        process.send(signal.SIGCONT)
        await state(process, "SR")
        await process.end(LONG_GRACE, anyio.Event())


async def test_a_stopped_process_can_be_ended(real: Ground) -> None:
    async with real.run("exec sleep 600", Script()) as process:
        process.send(signal.SIGSTOP)
        await state(process, "T")
        assert await process.end(LONG_GRACE, anyio.Event()) == TERMINATED


async def state(process: Process, wanted: str) -> None:
    """Wait until the leader is in one of these states."""
    with anyio.fail_after(20):
        while Path(f"/proc/{process.pid}/stat").read_text().rpartition(") ")[2][0] not in wanted:
            await anyio.sleep(0.01)


async def test_a_child_that_ignores_term_is_killed_when_the_grace_is_over(real: Ground) -> None:
    text = "(trap '' TERM; echo on; while :; do sleep 600; done) & wait"

    async with real.run(text, Script()) as process:
        await real.says(b"on\n")
        assert await process.end(0.1, anyio.Event()) == TERMINATED
        await gone(process)


async def test_whoever_still_holds_the_log_is_named(real: Ground) -> None:
    async with real.run("sleep 600 & exit 0", Script()) as process:
        await process.wait()
        assert process.has_left_others()
        (holder,) = holders(Family(process.pid, None), real.log.path)
        assert re.fullmatch(r"process \d+ \((sleep|sh)\)", holder)
        os.killpg(process.pid, signal.SIGKILL)
        await gone(process)
        assert holders(Family(process.pid, None), real.log.path) == []


async def test_a_holder_is_found_when_the_log_was_opened_through_a_link(
    real: Ground, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    log = Log(tmp_path / "link" / "b.log")
    command = Command(("/bin/sh", "-c", "sleep 600 & exit 0"), str(tmp_path), os.environ)
    process = await real.spawn(command, log.fd)
    try:
        await process.wait()
        assert len(holders(Family(process.pid, None), log.path)) == 1
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.release()
        log.close()


async def test_a_bystander_of_another_session_is_left_alone(real: Ground) -> None:
    async with (
        real.run("exec sleep 600", Script()) as bystander,
        real.run("exec sleep 600", Script()) as process,
    ):
        await process.end(LONG_GRACE, anyio.Event())
        assert Family(bystander.pid, None).members() == [bystander.pid]
        await bystander.end(LONG_GRACE, anyio.Event())


# --- what cannot start

BROKEN: dict[str, tuple[Callable[[Path], tuple[str, ...]], str, int]] = {}


def broken(reason: str, status: int) -> Callable[[Callable[[Path], tuple[str, ...]]], None]:
    def keep(make: Callable[[Path], tuple[str, ...]]) -> None:
        BROKEN[make.__name__] = (make, reason, status)

    return keep


@broken("there is no program `no-such-program`", 127)
def no_program(folder: Path) -> tuple[str, ...]:
    return ("no-such-program",)


@broken("there is no program `./gone`", 127)
def no_file(folder: Path) -> tuple[str, ...]:
    return ("./gone",)


@broken("`./tool` may not be run: it has no run bit", 126)
def no_run_bit(folder: Path) -> tuple[str, ...]:
    (folder / "tool").write_text("#!/bin/sh\n")
    return ("./tool",)


@broken("`./tool` is no program, and has no first line `#!…`", 126)
def no_first_line(folder: Path) -> tuple[str, ...]:
    (folder / "tool").write_text("echo\n")
    (folder / "tool").chmod(0o755)
    return ("./tool",)


@broken("the first line of `./tool` names no program", 127)
def no_interpreter(folder: Path) -> tuple[str, ...]:
    (folder / "tool").write_text("#!/no/such/interpreter\n")
    (folder / "tool").chmod(0o755)
    return ("./tool",)


@broken("the command line is longer than the kernel takes", 126)
def too_long(folder: Path) -> tuple[str, ...]:
    return ("true", "x" * (1 << 18))


@pytest.mark.parametrize("name", list(BROKEN))
async def test_what_cannot_start_says_why_and_what_a_shell_would_report(
    real: Ground, name: str
) -> None:
    make, reason, status = BROKEN[name]

    with pytest.raises(CannotStartError) as raised:
        await real.spawn(Command(make(real.folder), str(real.folder), os.environ), real.log.fd)

    assert (raised.value.reason, raised.value.exit) == (reason, status)


async def test_a_folder_that_is_not_there_is_named(real: Ground) -> None:
    with pytest.raises(CannotStartError, match="there is no folder /no/such/folder"):
        await real.spawn(Command(("true",), "/no/such/folder", os.environ), real.log.fd)


@pytest.mark.parametrize("argv", [("echo", "a\0b"), ("a\0b",)])
async def test_a_name_with_a_nul_cannot_start(real: Ground, argv: tuple[str, ...]) -> None:
    with pytest.raises(CannotStartError):
        await real.spawn(Command(argv, str(real.folder), os.environ), real.log.fd)


async def test_a_refusal_of_the_fake_is_raised_as_it_is(tmp_path: Path) -> None:
    refusal = CannotStartError("there is no program `x`", 127)
    spawner = ScriptedSpawner(x=Script(refused=refusal))

    with pytest.raises(CannotStartError) as raised:
        await spawner(Command(("x",), str(tmp_path), {}), 1)

    assert raised.value is refusal


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="there is no pidfd on this system")
async def test_a_kernel_that_refuses_pidfds_still_runs_processes_and_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old kernels and some sandboxes have the function and answer ENOSYS or EPERM."""

    def refuse(*_: object) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    log = Log(tmp_path / "a.log")
    command = Command(("/bin/sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 600"), "/", {})
    try:
        process = await spawn(command, log.fd)
        await written(tmp_path / "pid")
        assert await process.end(0.1, anyio.Event()) == TERMINATED
        process.release()
    finally:
        log.close()
        await assert_has_gone(tmp_path / "pid")


async def written(path: Path) -> None:
    with anyio.move_on_after(2):
        while not (path.exists() and path.read_text().strip()):
            await anyio.sleep(0.01)


async def assert_has_gone(number: Path) -> None:
    await written(number)
    left = Family(int(number.read_text()), None).members() if number.exists() else []
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []
