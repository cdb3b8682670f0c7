"""A run's folder is its own, and a log holds its process's bytes and nothing else of theirs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from asyncorch.runlog import CHUNK, Log, RunFolder, create, file_name

NOW = 1763871234.0
HOSTILE = [
    "../../etc/passwd",
    "a/b\\c",
    "..",
    ".",
    "",
    "-rf",
    ".hidden",
    "a\nb\0c",
    "\x1b[31mred",
    "x" * 5000,
    "漢" * 5000,
    "\N{MATHEMATICAL FRAKTUR CAPITAL U}" * 5000,
    "\udcff\udcfe",
    "latest",
    "con 'a' \"b\" $(c)",
]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "a.log")
    yield made
    made.close()


def say(log: Log, data: bytes) -> None:
    os.write(log.fd, data)


# --- the folder


def test_a_run_s_folder_has_its_time_and_its_application(tmp_path: Path) -> None:
    run = create(tmp_path / "runlogs", "shop", NOW)

    assert re.fullmatch(r"2025112[23]-\d{6}-shop", run.name)
    assert run.path == tmp_path / "runlogs" / run.name
    assert run.path.is_dir()


def test_two_runs_in_one_second_get_different_folders(tmp_path: Path) -> None:
    names = [create(tmp_path, "shop", NOW).name for _ in range(3)]

    assert names[1:] == [f"{names[0]}-2", f"{names[0]}-3"]


def test_latest_points_at_the_newest(tmp_path: Path) -> None:
    create(tmp_path, "a", NOW)
    run = create(tmp_path, "b", NOW + 1)

    assert (tmp_path / "latest").resolve() == run.path
    assert (tmp_path / "latest").readlink() == Path(run.name)
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_symlink()) == ["latest"]


def test_something_else_in_latest_s_place_is_left_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()

    run = create(tmp_path, "a", NOW)

    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["latest", run.name])


@pytest.mark.parametrize("app", HOSTILE)
def test_a_hostile_application_is_one_plain_folder_below_runlogs(tmp_path: Path, app: str) -> None:
    run = create(tmp_path / "runlogs", app, NOW)

    assert run.path.parent == tmp_path / "runlogs"
    assert run.path.is_dir()
    assert run.name.isprintable()
    assert "/" not in run.name


@pytest.mark.parametrize("text", HOSTILE)
def test_a_part_of_a_file_name_is_never_empty_hidden_or_too_long(text: str) -> None:
    name = file_name(text)

    assert name
    assert name[0] not in ".-"
    assert len(os.fsencode(name)) <= 200


@pytest.mark.parametrize(
    ("batch", "attempt", "rest"),
    [(0, 1, ""), (7, 1, "_b007"), (1234, 1, "_b1234"), (0, 2, "_a2"), (3, 2, "_b003_a2")],
)
def test_a_log_is_named_after_step_time_batch_and_attempt(
    tmp_path: Path, batch: int, attempt: int, rest: str
) -> None:
    name = RunFolder(tmp_path, "run").log_name("extract-a", NOW, batch=batch, attempt=attempt)

    assert re.fullmatch(r"extract-a_2025112[23]-\d{6}" + rest + r"\.log", name)


# --- header and footer


def test_the_log_opens_with_a_header_and_closes_with_a_footer(log: Log) -> None:
    log.header(("tool", "a b", "--x"), "/project", NOW)
    say(log, b"output\n")
    log.footer("exit 3", 1.5)

    text = log.path.read_text()
    head, output, foot = text.split("# ----\n")
    assert head.startswith("# command: tool 'a b' --x\n# folder:  /project\n# start:   2025-11-2")
    assert output == "output\n"
    assert foot == "# exit 3\n# duration: 1.500 s\n"


def test_output_without_a_last_newline_does_not_run_into_the_footer(log: Log) -> None:
    log.header(("x",), "/", NOW)
    say(log, b"no newline")
    log.footer("exit 0", 0.0)

    assert b"no newline\n# ----\n# exit 0\n" in log.path.read_bytes()
    assert log.tail() == [b"no newline"]


def test_a_command_for_the_shell_is_shown_as_it_was_written(log: Log) -> None:
    log.header(("/bin/sh", "-c", "a | b\nc > d"), "/", NOW)

    assert log.path.read_text().startswith("# command: a | b\n#   c > d\n# folder")


def test_a_long_command_is_shown_in_part(log: Log) -> None:
    log.header(("x", *(f"file{i}" for i in range(50_000))), "/", NOW)

    assert log.size() < 10_000
    assert b" \xe2\x80\xa6 (" in log.path.read_bytes()


def test_names_that_are_not_utf_8_are_shown_byte_for_byte(log: Log) -> None:
    log.header(("x", os.fsdecode(b"\xff")), "/", NOW)

    assert b"\xff" in log.path.read_bytes()


def test_every_line_of_the_header_is_a_comment(log: Log) -> None:
    log.header(("/bin/sh", "-c", "echo\n| a | 0 |\r\n\n| b | 0 |"), "/a\n| c | 0 |", NOW)

    assert all(line.startswith(b"#") for line in log.path.read_bytes().split(b"\n")[:-1])


# --- reading


def test_reading_gives_the_process_s_output_only(log: Log) -> None:
    log.header(("x",), "/", NOW)
    say(log, b"one\ntwo\n")
    assert log.read(log.start) == b"one\ntwo\n"
    log.footer("exit 0", 0.0)

    assert log.read(log.start) == b"one\ntwo\n"
    assert log.read(log.start, 3) == b"one"
    assert log.read(log.start + 8) == b""


def test_a_log_that_another_has_begun_is_appended_to(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"before\n")
    log = Log(tmp_path / "a.log")
    log.header(("x",), "/", NOW)
    log.close()

    assert (tmp_path / "a.log").read_bytes().startswith(b"before\n# command")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17])
async def test_chunks_are_all_that_is_left_and_none_is_too_long(log: Log, size: int) -> None:
    log.header(("x",), "/", NOW)
    data = bytes(i % 251 for i in range(1000)) * (size // 1000 + 1)
    say(log, data[:size])
    log.footer("exit 0", 0.0)

    chunks = [chunk async for chunk in log.chunks(log.start)]

    assert b"".join(chunks) == data[:size]
    assert all(len(chunk) <= CHUNK for chunk in chunks)


def test_the_tail_is_the_last_lines_and_never_the_header(log: Log) -> None:
    log.header(("x",), "/", NOW)
    assert log.tail() == []
    say(log, b"".join(b"line %d\n" % i for i in range(5)))

    assert log.tail(2) == [b"line 3", b"line 4"]
    log.footer("exit 1", 0.0)
    assert log.tail(2) == [b"line 3", b"line 4"]


def test_the_tail_of_an_endless_line_is_short(log: Log) -> None:
    say(log, b"x" * 1_000_000)

    (line,) = log.tail()
    assert len(line) <= 8192


def test_the_descriptor_is_not_handed_on_by_accident(log: Log) -> None:
    assert not os.get_inheritable(log.fd)
