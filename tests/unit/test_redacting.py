"""The redactor at work: between a pipe and a log, and on logs that are finished."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asyncorch.events import Noted, StepEnded
from asyncorch.model import Outcome
from asyncorch.redacting import Pump, cleaned, scan
from asyncorch.redactor import Redactor

SECRET = "hunter2/hunter2"  # noqa: S105  # made up


@contextmanager
def pumped(log: Path) -> Iterator[tuple[Pump, int]]:
    """Give a pipe's writing end, whose text goes through a pump to the log."""
    source, sink = os.pipe()
    target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    pump = Pump(source, target, Redactor([SECRET]))
    pump.start()
    try:
        yield pump, sink
    finally:
        os.close(target)


def descriptors() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_a_process_writes_its_log_without_the_secret(tmp_path: Path) -> None:
    script = """if True:
        import base64, os, sys, urllib.parse as url
        secret = os.environ["TOKEN"]
        for one in secret:
            os.write(1, one.encode())
        print(" then", url.quote(secret, ""), base64.b64encode(b"user:" + secret.encode()))
        os.write(2, b"and the end is " + secret[:-1].encode())
    """
    log = tmp_path / "a.log"
    with pumped(log) as (pump, sink):
        subprocess.run(
            [sys.executable, "-u", "-c", script],
            stdout=sink,
            stderr=sink,
            env={**os.environ, "TOKEN": SECRET},
            check=True,
        )
        os.close(sink)
        assert pump.wait()
        pump.stop()

    text = log.read_bytes()
    assert text.startswith(b"*** then *** b'")
    assert text.endswith(b"and the end is hunter2/hunter")
    assert SECRET.encode() not in text
    assert b64encode(SECRET.encode())[4:-4] not in text


def test_a_pump_that_is_told_to_stop_copies_what_is_there_and_leaves_no_descriptor(
    tmp_path: Path,
) -> None:
    open_before = descriptors()
    log = tmp_path / "a.log"
    with pumped(log) as (pump, sink):
        os.write(sink, b"held by a daemon: " + SECRET.encode())
        pump.stop()
        pump.stop()

        assert log.read_bytes() == b"held by a daemon: ***"
        assert pump.wait(0)
        with pytest.raises(BrokenPipeError):
            os.write(sink, b"nobody reads")
        os.close(sink)
    assert descriptors() == open_before


def test_whoever_writes_without_end_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with (
        pumped(log) as (pump, sink),
        subprocess.Popen(["yes"], stdout=sink, stderr=subprocess.DEVNULL) as process,
    ):
        os.close(sink)
        assert not pump.wait(0.05)
        pump.stop()
        process.wait()
    assert log.stat().st_size > 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_log_that_cannot_be_written_is_told_and_ends_the_writer(tmp_path: Path) -> None:
    with pumped(Path("/dev/full")) as (pump, sink):
        with subprocess.Popen(["yes"], stdout=sink, stderr=subprocess.DEVNULL) as process:
            os.close(sink)
            assert pump.wait(30)
            assert process.wait() != 0
        pump.stop()
        assert pump.error is not None
        assert "space" in str(pump.error)


def test_a_finished_log_is_cleaned_whole_and_keeps_its_rights_and_time(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"-" * 65_530 + SECRET.encode() + b" and hunter2%2fhunter2\n")
    log.chmod(0o640)
    os.utime(log, (1000, 2000))

    assert scan(log, [SECRET]) == 2
    assert log.read_bytes() == b"-" * 65_530 + b"*** and ***\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o640
    assert log.stat().st_mtime == 2000
    assert [path.name for path in tmp_path.iterdir()] == ["a.log"]


def test_a_clean_log_is_only_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"all is well, hunter2/hunter")
    before = log.stat().st_ino

    assert scan(log, [SECRET]) == 0
    assert scan(log, []) == 0
    assert log.stat().st_ino == before


def test_a_value_at_the_very_end_is_found(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x" + SECRET.encode())

    assert scan(log, [SECRET]) == 1
    assert log.read_bytes() == b"x***"


def test_an_event_tells_no_value_in_any_of_its_texts() -> None:
    clean = Noted(text="all is well")
    redactor = Redactor([SECRET])
    ended = StepEnded(
        phase="extract",
        step="a",
        title=f"Asking {SECRET}",
        outcome=Outcome.FAILED,
        exit=1,
        seconds=1.0,
        log=None,
        reason=SECRET,
        tail=("x", f"got {SECRET}"),
    )

    assert cleaned(clean, redactor) is clean
    told = cleaned(ended, redactor)
    assert isinstance(told, StepEnded)
    assert (told.title, told.reason, told.tail) == ("Asking ***", "***", ("x", "got ***"))
    assert told.outcome is Outcome.FAILED


def test_names_that_a_journal_is_read_by_are_never_masked() -> None:
    """A secret may be called as a phase is, or be the word for how a run ends."""
    event = StepEnded(
        phase="extract",
        step="passed",
        title="t",
        outcome=Outcome.PASSED,
        exit=0,
        seconds=1.0,
        log="l",
    )

    assert cleaned(event, Redactor(["extract", "passed"])) == event


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(SECRET.encode())
    (tmp_path / "a.log").symlink_to("outside")

    with pytest.raises(OSError, match="symbolic"):
        scan(tmp_path / "a.log", [SECRET])
    assert (tmp_path / "outside").read_bytes() == SECRET.encode()
