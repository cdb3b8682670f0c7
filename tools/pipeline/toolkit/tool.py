"""The frame of a tool: its words, its exit status, its one way to say what went wrong.

Exit status 0: all is well. 1: some files have errors, and every file has its row. 2: the tool
could not start its work (usage, a missing library). 74: the machine failed (disk full).
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

INSTALL = "pip install 'asyncorch[tools]'"
USAGE, MACHINE, CLOSED = 2, 74, 141


class ToolError(Exception):
    """What keeps the whole tool from working, and how to mend it."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def parser(doc: str | None, *, files: bool = False) -> argparse.ArgumentParser:
    """Make a parser whose help is the script's docstring; `files` if the runner appends files."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if files:
        made.add_argument("files", nargs="+", metavar="FILE", help="a path below the project")
    return made


def run(main: Callable[[list[str]], int]) -> NoReturn:
    """Run `main` on the command line's words and leave with its status."""
    # The default action would skip every `finally`, and leave temporary files behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except ToolError as error:
        status = _tell(error.message, error.hint, USAGE)
    except ModuleNotFoundError as error:
        status = _tell(f"the library `{error.name}` is not installed", INSTALL, USAGE)
    except BrokenPipeError:
        sys.stdout = None  # nobody reads it any more; a flush at exit would raise once again
        status = CLOSED
    except OSError as error:
        status = _tell(str(error), None, MACHINE)
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    sys.exit(status)


def _tell(message: str, hint: str | None, status: int) -> int:
    text = f"error: {message}\n" + (f"\nhint: {hint}\n" if hint else "")
    sys.stderr.write(text.encode("utf-8", "backslashreplace").decode())
    return status
