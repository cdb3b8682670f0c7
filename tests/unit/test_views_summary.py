"""The summary block is literal, summary.json has its fixed part, and nothing divides by zero."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from asyncorch.model import Artifacts, Outcome
from asyncorch.state import RunState
from asyncorch.views.summary import summary_dict, summary_text, verdict, write_summary
from tests.views.stories import failing, interrupted, passing
from tests.views.telling import Story


def folded(story: Story) -> RunState:
    state = RunState()
    for stamped in story:
        state.apply(stamped)
    return state


def ended(status: str = "passed", exit_status: int = 0, **more: Any) -> RunState:
    return folded(Story().run().close(status, exit_status, **more))


def test_the_block_is_the_contract_s_literally() -> None:
    story = Story().run()
    story.now += 324.56
    state = folded(story.close(artifacts=Artifacts(150, 150, 142)))

    assert summary_text(state).startswith(
        "PIPELINE EXECUTION SUMMARY\n"
        "\n"
        "Total Artifacts Processed:    150\n"
        "Successful Transformations:   150\n"
        "Artifacts Built:              142\n"
        "\n"
        "Transformation Success Rate:  100.00%\n"
        "Build Success Rate:           94.67%\n"
        "\n"
        "✓ Pipeline completed successfully\n"
        "Total execution time: 324.56 seconds\n"
    )


def test_values_stand_in_one_column() -> None:
    metrics = {"coverage": 81.5, "rules": 7, "tiny": 0.00012, "team": "blue"}
    lines = summary_text(ended(metrics=metrics)).splitlines()
    values = [line for line in lines if ":" in line and "execution" not in line]

    assert all(line[29] == " " and line[30] != " " for line in values)
    assert "coverage:                     81.50" in lines
    assert "rules:                        7" in lines
    assert "tiny:                         0.00012" in lines


def test_rates_without_anything_processed_are_not_available() -> None:
    state = ended(artifacts=Artifacts(0, 0, None))
    lines = summary_text(state).splitlines()

    assert "Artifacts Built:              n/a" in lines
    assert "Transformation Success Rate:  n/a" in lines
    assert "Build Success Rate:           n/a" in lines
    assert summary_dict(state)["rates"] == {"transformation": None, "build": None}


def test_a_build_that_left_nothing_is_zero_and_not_unknown() -> None:
    rates = summary_dict(ended(artifacts=Artifacts(10, 5, 0)))["rates"]
    assert rates == {"transformation": 0.5, "build": 0.0}


def test_success_with_failing_artifacts_says_how_many() -> None:
    assert verdict(ended(artifacts=Artifacts(150, 110, 110))) == (
        "✓ Pipeline completed, 40 artifacts with errors"
    )
    assert verdict(ended(artifacts=Artifacts(2, 1))) == (
        "✓ Pipeline completed, 1 artifact with errors"
    )


def test_where_the_gate_phase_did_not_run_files_with_errors_are_told() -> None:
    story = Story().run(mode="analysis").open_phase("validate", "VALIDATION", "syntax")
    story.start("syntax", "Validating syntax", 100).end(
        "syntax", "Validating syntax", exit_status=1, files=100, rows=100, errors=17
    )
    state = folded(story.close_phase().close())
    assert verdict(state) == "✓ Pipeline completed, 17 files with errors"


def test_a_failure_names_its_root_cause() -> None:
    assert verdict(folded(failing())) == "✗ Pipeline failed: extract-ddl (exit 3)"


def test_further_failed_steps_are_counted() -> None:
    story = Story().run().open_phase("transform", "T", "a", "b", "c")
    for step in ("a", "b", "c"):
        story.end(step, step, Outcome.FAILED, 3)
    state = folded(story.close_phase(Outcome.FAILED).close("failed", 1))
    assert verdict(state) == "✗ Pipeline failed: transform-a (exit 3) and 2 other steps"


def test_a_failure_without_a_failed_step_gives_the_reason() -> None:
    assert verdict(ended("failed", 1, reason="the disk is full")) == (
        "✗ Pipeline failed: the disk is full"
    )
    story = Story().run().open_phase("transform", "T").close_phase(Outcome.FAILED, "no row came")
    assert verdict(folded(story.close("failed", 1))) == "✗ Pipeline failed: no row came"


def test_an_interrupted_run_and_one_whose_end_is_missing_say_so() -> None:
    assert verdict(folded(interrupted())) == "✗ Pipeline interrupted"
    cut_short = Story(told=passing().told[:12])
    state = folded(cut_short)
    assert verdict(state) == "✗ Pipeline interrupted"
    assert summary_dict(state)["seconds"] == state.time - cut_short.told[0].time


def test_the_block_ends_with_where_things_are() -> None:
    assert summary_text(folded(passing())).endswith(
        "lines converted:              48213\n"
        "share by rule:                0.81\n"
        "\n"
        "Package:                      target/packages/shop-1.0-py3-none-any.whl\n"
        "Logs:                         runlogs/20251123-041354-shop\n"
    )
    assert (
        "Log of the failure:           runlogs/20251123-041354-shop/extract-ddl_20251123-041354.log"
    ) in summary_text(folded(failing())).splitlines()


def test_summary_json_has_its_fixed_part() -> None:
    found = summary_dict(folded(passing()))

    assert found["run"] == "20251123-041354-shop"
    assert (found["app"], found["snapshot"], found["mode"]) == ("shop", "snapshot-2", "full")
    assert (found["status"], found["exit"]) == ("passed", 0)
    assert found["artifacts"] == {"processed": 150, "successful": 145, "built": 142}
    assert found["rates"] == {"transformation": 145 / 150, "build": 142 / 150}
    assert [phase["name"] for phase in found["phases"]] == [
        "extract",
        "validate",
        "analyze",
        "transform",
        "build",
    ]
    assert found["phases"][0]["steps"][0] == {
        "name": "source-files",
        "outcome": "passed",
        "exit": 0,
        "seconds": 3.2,
        "log": "runlogs/20251123-041354-shop/extract-source-files_20251123-041354.log",
    }
    assert found["metrics"] == {"lines converted": 48213, "share by rule": 0.8125}
    assert (found["concurrency"], found["version"]) == (4, "0.1.0")


def test_summary_json_names_steps_that_never_started() -> None:
    steps = summary_dict(folded(failing()))["phases"][0]["steps"]
    assert steps[-1] == {
        "name": "late",
        "outcome": "skipped",
        "exit": None,
        "seconds": 0.0,
        "log": None,
    }


def test_summary_json_is_written_whole_and_strictly(tmp_path: Path) -> None:
    state = ended(metrics={"bad": float("inf"), "name \udcff": 1})
    (tmp_path / "summary.json").write_text("old")
    write_summary(tmp_path, state)

    text = (tmp_path / "summary.json").read_text(encoding="ascii")
    assert json.loads(text, parse_constant=_refuse) == summary_dict(state)
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"]


def test_nothing_at_all_has_a_summary_too() -> None:
    assert "n/a" in summary_text(RunState())
    assert summary_dict(RunState())["status"] == "interrupted"


def test_hostile_metrics_do_not_reach_the_terminal() -> None:
    text = summary_text(ended(metrics={"\x1b[2Jname": "\x1b]0;x\x07value\nnext"}))
    assert all(line.isprintable() for line in text.splitlines())
    assert "name:                         value next" in text.splitlines()


def _refuse(constant: str) -> None:
    raise AssertionError(constant)
