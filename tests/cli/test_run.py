"""`asyncorch run`, `plan`, `check`, `schema`: from words to settings, and from there to an end."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from asyncorch.cli.options import running, settings
from asyncorch.model import Halt
from asyncorch.settings import RunSettings
from tests.cli.calling import Call


@pytest.fixture
def shop(here: Path) -> Path:
    """Make a project with one step, which prints what it was given."""
    tools = here / "shop" / "tools" / "pipeline"
    tools.mkdir(parents=True)
    (tools / "extract-it.sh").write_text(
        'echo "$COLOUR" > "$ASYNCORCH_PROJECT/ran"; exit "$EXIT"\n'
    )
    return here / "shop"


def _settings(*words: str) -> RunSettings:
    found: list[RunSettings] = []

    @click.command()
    @running
    def command(**options: object) -> None:
        found.append(settings(Path("/shop"), **options))  # type: ignore[arg-type]  # click's names

    command.main(list(words), standalone_mode=False)
    return found[0]


def test_without_options_nothing_is_decided() -> None:
    assert _settings() == RunSettings(Path("/shop"))


def test_every_option_has_its_wish() -> None:
    words = (
        "--snapshot v1 --app shop --mode full --phase extract --phase build -j 3 --halt never "
        "--force --env A=1 --env B=x=y --param C= --progress plain --json --dry-run "
        "--allow-removal"
    )

    assert _settings(*words.split()) == RunSettings(
        Path("/shop"),
        snapshot="v1",
        app="shop",
        mode="full",
        phases=("extract", "build"),
        concurrency=3,
        halt=Halt.NEVER,
        force=True,
        env={"A": "1", "B": "x=y"},
        params={"C": ""},
        progress="plain",
        json=True,
        dry_run=True,
        allow_removal=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("status", "code"), [("0", 0), ("3", 1)])
def test_the_status_of_a_run_is_that_of_its_pipeline(
    status: str, code: int, shop: Path, process: Call
) -> None:
    ended = process("run", "shop", "--env", f"EXIT={status}", "--env", "COLOUR=red")

    assert ended.code == code
    assert "PIPELINE EXECUTION SUMMARY" in ended.out
    assert (shop / "ran").read_text() == "red\n"


@pytest.mark.slow
def test_json_alone_is_on_standard_output(shop: Path, process: Call) -> None:
    ended = process("run", "shop", "--json", "--env", "EXIT=0")

    events = [json.loads(line) for line in ended.out.splitlines()]
    assert events[0]["event"] == "run_started"
    assert events[-1]["event"] == "run_ended"


def test_a_plan_runs_nothing(shop: Path, call: Call) -> None:
    planned = call("plan", "shop", "--mode", "analysis")

    assert planned.code == 0
    assert "extract" in planned.out
    assert call("run", "shop", "--mode", "analysis", "--dry-run") == planned
    assert sorted(path.name for path in shop.iterdir()) == ["tools"]


def test_check_counts_what_it_has_checked(shop: Path, call: Call) -> None:
    ended = call("check", "shop")

    assert ended.err == (
        "✓ the configuration is valid: 5 phases, 1 step, modes analysis, transform-build, full\n"
    )
    assert (ended.code, ended.out) == (0, "")


def test_check_passes_warnings_on(shop: Path, call: Call) -> None:
    (shop / "pipeline.toml").write_text("[retention]\nruns = 3\n")
    (shop / "tools" / "pipeline" / "exract-x.sh").touch()

    assert call("check", "shop").err.splitlines()[:-1] == [
        (
            "warning: tools/pipeline/exract-x.sh is no step: no phase `exract` "
            "(did you mean `extract`?)"
        ),
    ]


def test_the_schema_is_json(call: Call) -> None:
    assert "properties" in json.loads(call("schema").out)
