"""What the doctor looks for: each trouble made for real where a test can, by figures where not."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from asyncorch import machine
from asyncorch.doctor import examine
from asyncorch.machine import ERROR, OK, WARNING, Finding

CALLER = {"PATH": os.defpath}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a project that lacks nothing."""
    (tmp_path / "tools/pipeline").mkdir(parents=True)
    (tmp_path / "tools/pipeline/extract-a.sh").write_text("true\n")
    (tmp_path / "deliveries/v1").mkdir(parents=True)
    return tmp_path


def found(root: Path, what: str) -> list[tuple[str, str]]:
    return [(one.level, one.text) for one in examine(root, CALLER) if one.what == what]


def bad(root: Path) -> list[Finding]:
    return [one for one in examine(root, CALLER) if one.level != OK]


def test_a_project_that_lacks_nothing_is_well(root: Path) -> None:
    # A machine may well be short of something: only the project's own is asked.
    own = {"configuration", "folders", "lock", "snapshots", "tools", "interrupted", "secrets"}

    assert {one.level for one in examine(root, CALLER) if one.what in own} == {OK}


def test_whatever_is_wrong_has_a_hint(root: Path) -> None:
    (root / "pipeline.toml").write_text('secrets = ["T"]\n[steps.extract-b]\nrun = ["none-such"]\n')

    assert all(one.hint for one in bad(root))


def test_a_wrong_configuration_does_not_end_the_look(root: Path) -> None:
    (root / "pipeline.toml").write_text("concurency = 3\n")

    assert found(root, "configuration") == [(ERROR, "pipeline.toml: unknown key `concurency`")]
    assert found(root, "lock") == [(OK, "free")]


def test_a_class_that_cannot_be_loaded_is_told(root: Path) -> None:
    (root / "pipeline.toml").write_text('orchestrator = "no_such_module_here:Mine"\n')

    assert found(root, "configuration")[0][0] == ERROR


def test_a_program_that_is_not_there_is_told_with_its_step(root: Path) -> None:
    (root / "pipeline.toml").write_text(
        '[steps.extract-b]\nrun = ["no-such-program", "x"]\n'
        '[steps.extract-c]\nrun = "A=1 no-such-tool | cat"\n'
        '[steps.extract-d]\nrun = "cd x && if true; then echo; fi"\n'
        '[steps.extract-e]\nrun = "{tool} x"\n'
        '[steps.extract-f]\nrun = "it\'s not closed"\n'
        '[params]\ntool = "cat"\n'
    )

    assert found(root, "programs") == [
        (ERROR, "extract-b runs `no-such-program`, which is not there"),
        (WARNING, "extract-c runs `no-such-tool`, which is not there"),
    ]
    assert found(root, "tools") == []


def test_a_library_that_a_script_names_and_that_is_not_installed_is_told(root: Path) -> None:
    script = '# /// script\n# dependencies = ["no-such-lib>=1", "Anyio>=1"]\n# ///\n'
    (root / "tools/pipeline/analyze-x.py").write_text(script)

    assert found(root, "libraries") == [
        (ERROR, "analyze-x needs `no-such-lib`, which is not installed")
    ]


def test_the_libraries_of_a_project_s_own_python_are_looked_for_there(root: Path) -> None:
    (root / "tools/pipeline/analyze-x.py").write_text(
        '# /// script\n# dependencies = ["anyio", "inside"]\n# ///\n'
    )
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(sys.executable)
    made = root / ".venv/lib/python3.11/site-packages/inside-1.dist-info"
    made.mkdir(parents=True)
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: inside\nVersion: 1\n")

    assert found(root, "libraries") == [
        (ERROR, "analyze-x needs `anyio`, which is not installed in the project's .venv")
    ]


def test_a_build_tool_that_the_files_ask_for_is_looked_for(root: Path) -> None:
    (root / "deliveries/v1/pom.xml").write_text("<project/>")
    caller = {"PATH": str(root)}

    told = [one for one in examine(root, caller) if one.what == "build"]

    assert [(one.level, one.text) for one in told] == [(ERROR, "maven is not installed")]


def test_a_secret_without_a_value_is_told(root: Path) -> None:
    (root / "pipeline.toml").write_text('secrets = ["T"]\n[steps.extract-a]\nsecrets = ["T"]\n')

    assert found(root, "secrets") == [(WARNING, "`T` is not set")]


def test_an_env_file_that_cannot_be_read_is_told(root: Path) -> None:
    (root / "pipeline.toml").write_text('env_files = [".env"]\n')

    assert found(root, "environment") == [
        (ERROR, ".env: cannot be read: No such file or directory")
    ]


def test_without_steps_and_snapshots_there_is_nothing_to_do(root: Path) -> None:
    (root / "tools/pipeline/extract-a.sh").unlink()
    (root / "deliveries/v1").rmdir()

    assert found(root, "steps") == [(WARNING, "the project has none")]
    assert found(root, "snapshots") == [(WARNING, "none in deliveries/")]


def test_who_holds_the_lock_is_named(root: Path) -> None:
    lock = root / "work/.asyncorch/lock"
    lock.parent.mkdir(parents=True)
    holder = {"pid": 7, "user": "ann", "host": "box", "since": 0}
    lock.write_text(json.dumps(holder))
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        level, text = found(root, "lock")[0]
    assert level == ERROR
    assert "process 7 of ann on box" in text
    assert found(root, "lock") == [(OK, "free")]


def test_an_interrupted_run_is_told(root: Path) -> None:
    run = root / "runlogs/20250101-120000-shop"
    run.mkdir(parents=True)
    (run / "events.jsonl").write_text("")

    assert found(root, "interrupted") == [(WARNING, "20250101-120000-shop never ended")]


def test_a_file_where_a_folder_should_be_is_told(root: Path) -> None:
    (root / "work").touch()

    assert found(root, "folders") == [(ERROR, f"{root}/work cannot be written to")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_told(root: Path) -> None:
    (root / "runlogs").mkdir(mode=0o500)

    assert found(root, "folders") == [(ERROR, f"{root}/runlogs cannot be written to")]


def test_what_was_changed_in_the_future_is_told(root: Path) -> None:
    (root / "runlogs").mkdir()
    ahead = time.time() + 7200
    os.utime(root / "runlogs", (ahead, ahead))

    levels = [level for level, text in found(root, "clock") if "runlogs" in text]
    assert levels == [WARNING]


@pytest.mark.parametrize(
    ("hard", "level"),
    [(resource.RLIM_INFINITY, OK), (4096, OK), (96, OK), (95, ERROR), (20, ERROR)],
)
def test_descriptors_are_judged_by_what_a_run_can_raise_them_to(hard: int, level: str) -> None:
    told = machine.descriptors(8, (10, hard))

    assert told.level == level
    if hard == 95:
        assert told.hint == "lower `concurrency` to 7, or raise `ulimit -Hn`"


@pytest.mark.parametrize(
    ("room", "levels"), [(None, []), (7, [ERROR]), (20, [WARNING]), (1000, [OK])]
)
def test_the_room_for_processes_is_judged_by_the_concurrency(
    room: int | None, levels: list[str]
) -> None:
    assert [one.level for one in machine.processes(8, room)] == levels


@pytest.mark.parametrize(("free", "level"), [(10**6, ERROR), (10**8, WARNING), (10**10, OK)])
def test_the_room_on_the_disk_is_judged(free: int, level: str) -> None:
    assert machine.disk(free).level == level


@pytest.mark.parametrize(("free", "level"), [(3, ERROR), (5000, WARNING), (10**6, OK)])
def test_the_room_for_files_is_judged(free: int, level: str) -> None:
    assert machine.files(free).level == level


@pytest.mark.parametrize(
    ("written", "now", "level"), [(2e9, 2e9, OK), (2e9, 2e9 + 5, WARNING), (5.0, 5.0, WARNING)]
)
def test_a_clock_that_is_wrong_is_told(written: float, now: float, level: str) -> None:
    assert machine.clock(written, now).level == level


@pytest.mark.parametrize(
    ("files", "text", "level"),
    [("utf-8", "UTF-8", OK), ("utf-8", "ANSI_X3.4-1968", WARNING), ("ascii", "utf8", WARNING)],
)
def test_a_locale_that_spoils_names_is_told(files: str, text: str, level: str) -> None:
    assert machine.names(files, text).level == level


def test_a_file_system_without_locks_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert machine.locks(0).level == WARNING


def test_another_system_is_told_what_it_cannot_do() -> None:
    assert [one.level for one in machine.kernel("darwin")] == [WARNING]


def test_looking_changes_nothing(root: Path) -> None:
    def tree() -> Iterator[str]:
        return (str(path) for path in sorted(root.rglob("*")))

    before = list(tree())
    list(examine(root, CALLER))
    assert list(tree()) == before
