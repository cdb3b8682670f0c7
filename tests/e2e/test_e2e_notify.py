"""Notifications: sent after the run, and never in its way."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.e2e.endpoints import Endpoint, answering, hanging, refusing
from tests.e2e.projects import Project
from tests.e2e.waiting import until

pytest.importorskip("apprise")
pytestmark = pytest.mark.slow


def notifying(project: Project, port: int, *, step: str = "echo", keys: str = "") -> None:
    project.script("extract-one.sh", step)
    project.config(f'[notify]\nurls = ["json://127.0.0.1:{port}/"]\n{keys}')


def arrived(endpoint: Endpoint) -> dict[str, str]:
    until(lambda: endpoint.notices, "no notice arrived")
    (notice,) = endpoint.notices
    return notice


@pytest.mark.parametrize(
    ("step", "status", "words"),
    [("echo", 0, "Pipeline completed"), ("exit 3", 1, "Pipeline failed: extract-one (exit 3)")],
)
def test_the_end_of_a_run_is_told_with_its_verdict_and_summary(
    project: Project, step: str, status: int, words: str
) -> None:
    with answering() as endpoint:
        notifying(project, endpoint.port, step=step)

        assert project.run("--app", "Ledger").status == status

        notice = arrived(endpoint)
    assert "Ledger" in notice["title"]
    assert words in notice["title"]
    assert "Total Artifacts Processed" in notice["message"]


@pytest.mark.parametrize("on", ["failure", "success"])
def test_only_the_wished_ends_are_told(project: Project, on: str) -> None:
    with answering() as endpoint:
        notifying(project, endpoint.port, step="[ -e ok ]", keys=f'on = ["{on}"]\n')
        project.run()
        (project.root / "ok").touch()
        project.run()

        notice = arrived(endpoint)
    assert ("failed" in notice["title"]) == (on == "failure")


@pytest.mark.parametrize("make", [hanging, refusing])
def test_an_endpoint_that_hangs_or_refuses_neither_delays_nor_fails_the_run(
    project: Project, make: Callable[[], AbstractContextManager[Endpoint]]
) -> None:
    with make() as endpoint:
        notifying(project, endpoint.port)
        begun = time.monotonic()

        done = project.run(within=20)

        took = time.monotonic() - begun
    assert done.status == 0, done.err
    assert took < 10  # far below the 30 seconds that a notice may take
    assert "Traceback" not in done.err


def test_what_became_of_the_notices_is_written_without_their_secrets(project: Project) -> None:
    project.script("extract-one.sh", "echo")
    with refusing() as endpoint:
        url = f"json://user:tops3cret@127.0.0.1:{endpoint.port}/"
        project.config(f'[notify]\nurls = ["{url}"]\n')
        done = project.run()
        log = project.last.path / "notify.log"
        until(log.exists, "no notify.log")
        until(lambda: log.read_text().endswith("\n"), "notify.log stays empty")

    assert done.status == 0
    assert "json: failed" in log.read_text()
    for path in project.last.path.iterdir():
        assert b"tops3cret" not in path.read_bytes()


@pytest.mark.parametrize("secret", [False, True])
def test_a_url_may_come_from_an_environment_variable(project: Project, *, secret: bool) -> None:
    project.script("extract-one.sh", "echo")
    withheld = 'secrets = ["NOTICE_URL"]\n' if secret else ""
    project.config(f'{withheld}[notify]\nurls = ["{{NOTICE_URL}}"]\n')
    with answering() as endpoint:
        url = f"json://127.0.0.1:{endpoint.port}/"
        assert project.run(env={"NOTICE_URL": url}).status == 0
        arrived(endpoint)
