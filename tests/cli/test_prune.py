"""`asyncorch prune`: the whole of both streams."""

from __future__ import annotations

import fcntl
import json
from pathlib import Path

import pytest

from tests.cli.calling import Call


@pytest.fixture
def shop(here: Path) -> Path:
    """Make a project with four old runs."""
    root = here / "shop"
    for day in range(1, 5):
        run = root / "runlogs" / f"2024010{day}-120000-shop"
        run.mkdir(parents=True)
        (run / "extract-a.log").write_bytes(b"a line\n" * 1000)
        (run / "events.jsonl").write_text('{"event": "run_ended", "status": "failed"}\n')
        (run / "summary.json").write_text(json.dumps({"status": "failed"}))
    (root / "pipeline.toml").write_text("[retention]\nruns = 2\n")
    return root


REMOVED = """\
20240101-120000-shop  remove 1 log  7.0 kB
20240102-120000-shop  remove 1 log  7.0 kB
"""


def test_it_tells_what_it_removes_and_how_much_that_frees(shop: Path, call: Call) -> None:
    ended = call("prune", "shop")

    lines = ended.out.splitlines(keepends=True)
    assert "".join(lines[:2]) == REMOVED
    assert lines[2].startswith("20240103-120000-shop  pack 1 log  6.9 kB")
    assert (ended.code, ended.err) == (0, "✓ 3 runs, 21 kB freed\n")
    assert not (shop / "runlogs/20240101-120000-shop/extract-a.log").exists()


def test_a_dry_run_only_tells(shop: Path, call: Call) -> None:
    ended = call("prune", "shop", "--dry-run")

    assert ended.out == REMOVED + "20240103-120000-shop  pack 1 log  about 6.1 kB\n"
    assert (ended.code, ended.err) == (0, "✓ 3 runs, 20 kB would be freed\n")
    assert len(list(shop.glob("runlogs/*/extract-a.log"))) == 4


def test_with_nothing_to_do_it_says_so(shop: Path, call: Call) -> None:
    call("prune", "shop")

    assert call("prune", "shop").err == "✓ nothing to prune\n"


def test_everything_names_whole_runs(shop: Path, call: Call) -> None:
    (shop / "pipeline.toml").write_text("[retention]\nruns = 3\neverything = true\n")

    assert call("prune", "shop").out.startswith("20240101-120000-shop  remove  7.1 kB\n")
    assert not (shop / "runlogs/20240101-120000-shop").exists()


@pytest.mark.parametrize("text", ["", "[retention]\n", "[retention]\neverything = true\n"])
def test_without_a_bound_all_runs_stay(shop: Path, call: Call, text: str) -> None:
    (shop / "pipeline.toml").write_text(text)

    ended = call("prune", "shop")

    assert (ended.code, ended.out) == (0, "")
    assert ended.err == (
        "warning: pipeline.toml sets no bound in [retention], such as `runs = 50`: all runs stay\n"
    )


def test_a_linked_runlogs_is_left_alone(shop: Path, call: Call) -> None:
    (shop / "runlogs").rename(shop / "elsewhere")
    (shop / "runlogs").symlink_to("elsewhere")

    ended = call("prune", "shop")

    assert (ended.code, ended.out) == (0, "")
    assert "runlogs is a link" in ended.err


def test_while_a_run_holds_the_project_runs_without_an_end_stay(shop: Path, call: Call) -> None:
    run = shop / "runlogs/20240101-120000-shop"
    (run / "summary.json").unlink()
    (run / "events.jsonl").write_text('{"event": "run_started"}\n')
    lock = shop / "work/.asyncorch/lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "20240101" not in call("prune", "shop").out
    assert "20240101" in call("prune", "shop").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("runs = 0", "`runs`: expected `int` >= 1"),
        ('bytes = "lots"', "`bytes`: write a number of bytes, or a size such as `500 MB`"),
        ("weeks = 3", "unknown key `weeks`"),
    ],
)
def test_a_wrong_rule_is_named(shop: Path, call: Call, text: str, message: str) -> None:
    (shop / "pipeline.toml").write_text(f"[retention]\n{text}\n")

    ended = call("prune", "shop")

    assert ended.code == 2
    assert ended.err.startswith(f"error: pipeline.toml, [retention]: {message}")
