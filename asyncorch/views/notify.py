"""Tell people how a run ended, through Apprise, in a process of its own.

The runner starts `python -m asyncorch.views.notify` after the run, hands it one JSON document
on standard input ({"urls", "title", "body", "timeout", "log"}) and does not wait: an endpoint
that hangs or refuses delays and fails nothing. What happened goes to the log, else to standard
output. URLs hold secrets: only their scheme is ever written.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from msgspec import Struct

from asyncorch.state import RunState
from asyncorch.views.summary import summary_text, verdict
from asyncorch.views.text import safe

READING = 60.0  # seconds that the document may take to arrive
TIMEOUT = 30.0

Send = Callable[[str, str, str], bool]  # url, title, body


def message(state: RunState) -> tuple[str, str]:
    """Return the title and the body of the notice about a run that has ended."""
    app = safe(state.run.app) if state.run else "asyncorch"
    return f"{app}: {verdict(state)}", summary_text(state)


def deliver(
    urls: Sequence[str], title: str, body: str, *, timeout: float, send: Send
) -> Iterator[str]:
    """Send to all at once and yield one line for each, after `timeout` seconds at the latest."""
    results: dict[int, str] = {}

    def attempt(number: int, url: str) -> None:
        try:
            results[number] = "sent" if send(url, title, body) else "failed: not accepted"
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything, and its words may hold the URL
            results[number] = f"failed: {type(error).__name__}"

    threads = [
        threading.Thread(target=attempt, args=(number, url), daemon=True)
        for number, url in enumerate(urls)
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + timeout
    for number, (url, thread) in enumerate(zip(urls, threads, strict=True)):
        thread.join(max(0.0, end - time.monotonic()))
        yield f"{scheme(url)}: {results.get(number, f'failed: no answer within {timeout:g} s')}"


def scheme(url: str) -> str:
    """Return the scheme of a URL, the only part of it that is no secret."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://", url)
    return found[1].lower() if found else "url"


def main() -> None:
    """Read the document, send it, write what happened, and end: in every case, and in time."""
    watchdog = threading.Timer(READING, os._exit, args=(1,))
    watchdog.daemon = True
    watchdog.start()
    try:
        notice = _read()
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        _end(sys.stdout, "the document on standard input is not as it must be", failed=True)
    watchdog.cancel()
    try:
        send = _apprise()
    except ImportError:
        missing = "not sent: `apprise` is missing, install `asyncorch[notify]`"
        _end(notice.log, missing, failed=True)
    told = list(deliver(notice.urls, notice.title, notice.body, timeout=notice.timeout, send=send))
    failed = any(not line.endswith(": sent") for line in told)
    _end(notice.log, "\n".join(told), failed=failed)


class _Notice(Struct, frozen=True):
    urls: tuple[str, ...]
    title: str
    body: str
    timeout: float
    log: TextIO


def _read() -> _Notice:
    document = json.load(sys.stdin.buffer)
    log = document.get("log")
    return _Notice(
        urls=tuple(str(url) for url in document["urls"]),
        title=str(document["title"]),
        body=str(document["body"]),
        timeout=float(document.get("timeout", TIMEOUT)),
        log=sys.stdout if log is None else Path(log).open("a", encoding="utf-8"),
    )


def _apprise() -> Send:
    import apprise  # noqa: PLC0415 - an extra, and heavy: only this process loads it

    logging.disable()  # its log names the URLs

    def send(url: str, title: str, body: str) -> bool:
        service: Any = apprise.Apprise()
        if not service.add(url):
            return False
        return bool(service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))

    return send


def _end(log: TextIO, text: str, *, failed: bool) -> NoReturn:
    """Write the text and end now: a thread that still waits for an endpoint must not hold us."""
    log.write(f"{text}\n")
    log.flush()
    os._exit(1 if failed else 0)


if __name__ == "__main__":
    main()
