"""A notice is short and true; sending it never hangs, never fails a run and shows no secret."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from asyncorch.state import RunState
from asyncorch.views.notify import deliver, message, scheme
from tests.views.stories import failing, passing
from tests.views.telling import Story

SECRET = "s3cr3t-t0ken"  # noqa: S105 - of nothing


def folded(story: Story) -> RunState:
    state = RunState()
    for stamped in story:
        state.apply(stamped)
    return state


def test_the_title_says_app_and_verdict_and_the_body_is_the_summary() -> None:
    title, body = message(folded(passing()))
    assert title == "shop: ✓ Pipeline completed, 5 artifacts with errors"
    assert "Build Success Rate:           94.67%" in body.splitlines()
    assert message(folded(failing()))[0] == "shop: ✗ Pipeline failed: extract-ddl (exit 3)"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("slack://T/A/s3cr3t", "slack"),
        ("MailTo://user:pw@host", "mailto"),
        ("s3cr3t-without-scheme", "url"),
        ("s3cr3t with space://x", "url"),
        ("", "url"),
    ],
)
def test_of_a_url_only_the_scheme_is_told(url: str, told: str) -> None:
    assert scheme(url) == told


def test_each_url_gets_its_line_and_no_failure_stops_the_others() -> None:
    def send(url: str, title: str, body: str) -> bool:
        if url.startswith("bad"):
            raise RuntimeError(f"could not open {url}")
        return url.startswith("good")

    urls = [f"bad://{SECRET}", f"good://{SECRET}", f"odd://{SECRET}"]
    told = list(deliver(urls, "t", "b", timeout=5, send=send))
    assert told == ["bad: failed: RuntimeError", "good: sent", "odd: failed: not accepted"]


def test_one_that_hangs_is_left_behind_in_time() -> None:
    release = threading.Event()

    def send(url: str, title: str, body: str) -> bool:
        return release.wait(60) if url.startswith("slow") else True

    told = list(deliver(["slow://x", "quick://y"], "t", "b", timeout=0.05, send=send))
    release.set()
    assert told == ["slow: failed: no answer within 0.05 s", "quick: sent"]


class Endpoint(BaseHTTPRequestHandler):
    """Take a notice and keep it."""

    taken: list[Any] = []  # noqa: RUF012 - shared with the test on purpose

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.taken.append(json.loads(self.rfile.read(length)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@pytest.fixture
def endpoint() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def sent(document: object) -> subprocess.CompletedProcess[str]:
    text = document if isinstance(document, str) else json.dumps(document)
    return subprocess.run(
        [sys.executable, "-m", "asyncorch.views.notify"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_a_notice_arrives_and_the_log_names_no_url(endpoint: int, silent_port: int) -> None:
    pytest.importorskip("apprise")
    urls = [
        f"json://user:{SECRET}@127.0.0.1:{endpoint}/{SECRET}",
        f"json://user:{SECRET}@127.0.0.1:{silent_port}/{SECRET}",
        f"nonsense-{SECRET}",
    ]
    document = {"urls": urls, "title": "done", "body": "all [well] <b>", "timeout": 2}
    done = sent(document)

    assert done.stdout.splitlines() == [
        "json: sent",
        "json: failed: no answer within 2 s",
        "url: failed: not accepted",
    ]
    assert (done.stderr, done.returncode) == ("", 1)
    assert SECRET not in done.stdout + done.stderr
    assert [(notice["title"], notice["message"]) for notice in Endpoint.taken] == [
        ("done", "all [well] <b>")
    ]


@pytest.mark.slow
def test_what_happened_goes_to_the_log_that_is_given(tmp_path: Path) -> None:
    pytest.importorskip("apprise")
    log = tmp_path / "notify.log"
    done = sent({"urls": [f"no-{SECRET}"], "title": "t", "body": "b", "log": str(log)})
    assert (done.stdout, done.stderr) == ("", "")
    assert log.read_text() == "url: failed: not accepted\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "document", ["", "[]", "{}", '{"urls": 5, "title": "", "body": ""}', "\x00"]
)
def test_a_document_that_is_not_as_it_must_be_is_said_without_showing_it(document: str) -> None:
    done = sent(document)
    assert done.stdout == "the document on standard input is not as it must be\n"
    assert (done.stderr, done.returncode) == ("", 1)
