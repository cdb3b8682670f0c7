"""The one place that ends the program, and that turns what was raised into a message and a status.

A user's mistake is told with its hint. Who was ended by a signal ends by it again, so that shells
see 128+N and loops around us stop. Everything else that arrives here is a bug, and leaves a file.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import click

from asyncorch.cli.messages import complain, in_our_words
from asyncorch.errors import UserError
from asyncorch.trouble import innermost, machine_trouble

FAILED = 1
INTERRUPTED = 130
BUG = 70


def end_with(action: Callable[[], int | None]) -> NoReturn:
    """Do it, and end the program with its status: 0 to 255, or -N when signal N ended it."""
    _open_closed_streams()
    _let_any_text_out()
    status = _status(action)
    if status < 0:
        _end_by(-status)
    sys.exit(status)


def _status(action: Callable[[], int | None]) -> int:
    try:
        status = action() or 0
        if sys.stdout is not None:
            sys.stdout.flush()
    except UserError as error:
        complain(error)
        status = error.exit_code
    except click.ClickException as error:
        complain(in_our_words(error))
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = INTERRUPTED
    except BrokenPipeError:  # whoever reads has seen enough
        _drop_output()
        status = FAILED
    except Exception as error:  # noqa: BLE001  # the machine, or a bug: that is told and kept
        status = _failed(error)
    return status


def _open_closed_streams() -> None:
    """Give a standard stream that was closed (`2>&-`) to nobody, before a file takes its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115  # a descriptor, for good


def _let_any_text_out() -> None:
    """Names on a disk may be no text at all, and a terminal may know no check mark."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _failed(error: Exception) -> int:
    """Tell that the machine has run out of something, which is no bug of ours; or that it is."""
    if machine_trouble(error) is None:
        _tell_bug(error)
        return BUG
    _drop_output()
    cause = innermost(error)
    name = cause.filename if isinstance(cause, OSError) else None
    words = cause.strerror if isinstance(cause, OSError) else None
    where = os.fsdecode(name) if isinstance(name, str | bytes) else None
    complain(UserError((words or str(cause)).lower(), where=where))
    return FAILED


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere, or it would complain once more."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _end_by(number: int) -> NoReturn:
    with suppress(OSError, ValueError):  # KILL has no handler
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    sys.exit(128 + number)  # it was ignored or blocked by whoever started us


def _tell_bug(error: Exception) -> None:
    what = f"internal error: {type(error).__name__}: {str(error)[:200]}"
    try:
        descriptor, name = tempfile.mkstemp(prefix="asyncorch-crash-", suffix=".txt")
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123  # a descriptor, not a path
            traceback.print_exception(error, file=file)
    except OSError:
        traceback.print_exception(error)
        complain(UserError(what))
    else:
        complain(UserError(what, hint=f"this is a bug in asyncorch; its traceback is in {name}"))
