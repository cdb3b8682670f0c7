"""How the program ends: by status, by signal, in silence, and what a bug leaves behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from asyncorch.cli.ending import end_with
from asyncorch.errors import UserError


def _raise(error: BaseException) -> Callable[[], int]:
    def action() -> int:
        raise error

    return action


def _code(action: Callable[[], int | None]) -> int:
    with pytest.raises(SystemExit) as ended:
        end_with(action)
    return int(ended.value.code or 0)


def test_the_status_is_that_of_the_action() -> None:
    assert [_code(lambda: 0), _code(lambda: None), _code(lambda: 1)] == [0, 0, 1]


def test_an_error_with_a_status_of_its_own_ends_with_it() -> None:
    error = UserError("another run holds this project")
    error.exit_code = 75

    assert _code(_raise(error)) == 75


def test_an_interrupt_ends_with_130_and_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert _code(_raise(KeyboardInterrupt())) == 130
    assert capsys.readouterr().err == ""


def test_a_full_disk_is_no_bug(capsys: pytest.CaptureFixture[str]) -> None:
    assert _code(_raise(OSError(28, "No space left on device", "/data/x"))) == 1
    assert capsys.readouterr().err == "error: /data/x: no space left on device\n"


def test_a_bug_leaves_a_file_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert _code(_raise(RuntimeError("odd"))) == 70

    err = capsys.readouterr().err
    told = re.fullmatch(
        r"error: internal error: RuntimeError: odd\n\n"
        r"hint: this is a bug in asyncorch; its traceback is in (.*asyncorch-crash-.*\.txt)\n",
        err,
    )
    assert told
    crash = Path(told[1])
    assert "RuntimeError: odd" in crash.read_text()
    crash.unlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_was_ended_by_a_signal_ends_by_it(number: signal.Signals) -> None:
    program = f"from asyncorch.cli.ending import end_with; end_with(lambda: -{int(number)})"

    done = subprocess.run([sys.executable, "-c", program], check=False)

    assert done.returncode == -number


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reads, writes = os.pipe()
    os.close(reads)

    done = subprocess.run(
        [sys.executable, "-m", "asyncorch", "--help"],
        stdout=writes,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writes)

    assert (done.returncode, done.stderr) == (1, b"")


def test_without_standard_output_nothing_breaks() -> None:
    command = f"exec {sys.executable} -m asyncorch --help >&-"

    done = subprocess.run(["sh", "-c", command], stderr=subprocess.PIPE, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


def test_names_that_a_terminal_cannot_write_are_escaped() -> None:
    program = "from asyncorch.cli.ending import end_with; end_with(lambda: print('✓ \\udcff'))"

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, rb"\u2713 \udcff" + b"\n", b"")
