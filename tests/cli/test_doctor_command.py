"""`asyncorch doctor`: what is printed where, and the exit status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.calling import Call


@pytest.fixture
def shop(here: Path) -> Path:
    (here / "shop/tools/pipeline").mkdir(parents=True)
    (here / "shop/tools/pipeline/extract-a.sh").write_text("true\n")
    (here / "shop/deliveries/v1").mkdir(parents=True)
    return here / "shop"


def test_each_finding_is_a_line_of_its_level(shop: Path, call: Call) -> None:
    ended = call("doctor", "shop")

    lines = ended.out.splitlines()
    assert lines[0].startswith("ok       Python:          3.")
    assert all(re.match(r"(ok|warning|error|) {2,}\S", line) for line in lines)
    assert "ok       configuration:   valid" in lines
    assert ended.code == 0
    assert ended.err.startswith("✓ nothing found that would stop a run")


def test_an_error_ends_with_1_and_has_its_hint(shop: Path, call: Call) -> None:
    (shop / "pipeline.toml").write_text('[steps.extract-b]\nrun = ["none-such"]\n')

    ended = call("doctor", "shop")

    assert (
        "error    programs:        extract-b runs `none-such`, which is not there\n"
        "                          hint: install it, or mend `run` of [steps.extract-b]\n"
    ) in ended.out
    assert ended.code == 1
    assert ended.err.startswith("✗ 1 error and ")
    assert ended.err.endswith(": a run would fail\n")


def test_what_a_file_says_is_made_safe(shop: Path, call: Call) -> None:
    (shop / "pipeline.toml").write_text('[steps.extract-b]\nrun = ["\\u001b[31mred"]\n')

    assert "\x1b" not in call("doctor", "shop").out


def test_a_folder_that_is_no_project_is_told(here: Path, call: Call) -> None:
    (here / "empty").mkdir()

    assert call("doctor", "empty").code == 2
