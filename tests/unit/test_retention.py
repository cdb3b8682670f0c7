"""Retention: which runs are made small, what stays of them, and what is never touched."""

from __future__ import annotations

import gzip
import json
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from asyncorch.retention import Pruned, prune

LOG = b"a line of a log\n" * 200
ROWS = b'{"row": 1}\n' * 100
DAY = 86400
NOW = datetime(2025, 3, 1, 12).astimezone().timestamp()


@dataclass(frozen=True)
class Rules:
    runs: int | None = None
    days: int | None = None
    bytes: int | None = None
    everything: bool = False


@pytest.fixture
def runlogs(tmp_path: Path) -> Path:
    folder = tmp_path / "runlogs"
    folder.mkdir()
    return folder


def make(
    runlogs: Path, day: int, *, status: str | None = "failed", summary: bool = True, end: str = ""
) -> Path:
    """Make the run of a day of February 2025."""
    name = f"202502{day:02}-120000-shop{end}"
    run = runlogs / name
    run.mkdir()
    (run / "extract-a.log").write_bytes(LOG)
    (run / "rows.jsonl").write_bytes(ROWS)
    lines = [{"seq": 1, "event": "run_started"}] * 50
    lines += [{"seq": 2, "event": "run_ended", "status": status}] if status else []
    (run / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    if status and summary:
        (run / "summary.json").write_text(json.dumps({"status": status}))
    return run


def tree(run: Path) -> list[str]:
    return sorted(path.name for path in run.iterdir())


def apply(
    runlogs: Path,
    rules: Rules,
    *,
    keep: tuple[str, ...] = (),
    alone: bool = True,
    dry_run: bool = False,
) -> list[Pruned]:
    found = prune(runlogs, rules, now=NOW, keep=keep, alone=alone, dry_run=dry_run)
    return list(found)


def done(pruned: list[Pruned]) -> list[tuple[int, str]]:
    return [(int(one.run[6:8]), one.action) for one in pruned]


WHOLE = ["events.jsonl", "extract-a.log", "rows.jsonl", "summary.json"]
RECORDS = ["events.jsonl", "rows.jsonl", "summary.json"]
PACKED = ["events.jsonl.gz", "extract-a.log.gz", "rows.jsonl.gz", "summary.json"]


def test_without_a_rule_everything_stays(runlogs: Path) -> None:
    runs = [make(runlogs, day) for day in range(1, 5)]

    assert apply(runlogs, Rules()) == []
    assert all(tree(run) == WHOLE for run in runs)


def test_logs_past_the_number_of_runs_go_and_the_older_half_of_the_rest_is_packed(
    runlogs: Path,
) -> None:
    runs = [make(runlogs, day) for day in range(1, 7)]

    pruned = apply(runlogs, Rules(runs=4))

    assert done(pruned) == [(1, "remove logs"), (2, "remove logs"), (3, "pack"), (4, "pack")]
    assert [tree(run) for run in runs] == [RECORDS, RECORDS, PACKED, PACKED, WHOLE, WHOLE]
    assert gzip.decompress((runs[2] / "extract-a.log.gz").read_bytes()) == LOG
    assert gzip.decompress((runs[2] / "rows.jsonl.gz").read_bytes()) == ROWS


def test_logs_past_the_days_go(runlogs: Path) -> None:
    for day in (1, 20, 26, 28):
        make(runlogs, day)

    assert done(apply(runlogs, Rules(days=10))) == [
        (1, "remove logs"),
        (20, "pack"),
    ]


def test_what_has_been_done_is_not_done_again(runlogs: Path) -> None:
    for day in range(1, 7):
        make(runlogs, day)

    assert apply(runlogs, Rules(runs=4))
    assert apply(runlogs, Rules(runs=4)) == []


def test_above_the_bytes_the_oldest_logs_are_packed_first_and_removed_only_if_that_is_too_little(
    runlogs: Path,
) -> None:
    runs = [make(runlogs, day) for day in range(1, 5)]
    size = sum(path.stat().st_size for run in runs for path in run.iterdir())

    assert done(apply(runlogs, Rules(bytes=size))) == []
    assert done(apply(runlogs, Rules(bytes=size - 1))) == [(1, "pack")]
    assert done(apply(runlogs, Rules(bytes=1))) == [
        (2, "pack"),
        (3, "pack"),
        (1, "remove logs"),
        (2, "remove logs"),
        (3, "remove logs"),
    ]
    assert tree(runs[0]) == ["events.jsonl.gz", "rows.jsonl.gz", "summary.json"]
    assert tree(runs[3]) == WHOLE


def test_everything_takes_the_whole_run(runlogs: Path) -> None:
    runs = [make(runlogs, day) for day in range(1, 4)]

    pruned = apply(runlogs, Rules(runs=1, everything=True))

    assert done(pruned) == [(1, "remove"), (2, "remove")]
    assert [run.exists() for run in runs] == [False, False, True]


def test_the_bytes_told_are_those_freed(runlogs: Path) -> None:
    runs = [make(runlogs, day) for day in range(1, 5)]

    def size() -> int:
        return sum(path.stat().st_size for run in runs for path in run.iterdir())

    before = size()
    pruned = apply(runlogs, Rules(runs=2))
    assert before - size() == sum(one.freed for one in pruned)


@pytest.mark.parametrize("summary", [True, False])
def test_the_last_run_that_passed_is_never_touched(runlogs: Path, summary: bool) -> None:  # noqa: FBT001  # a parameter of pytest
    make(runlogs, 1, status="passed")
    passed = make(runlogs, 2, status="passed", summary=summary)
    make(runlogs, 3)
    make(runlogs, 4)

    pruned = apply(runlogs, Rules(runs=1, everything=True))

    assert done(pruned) == [(1, "remove"), (3, "remove")]
    assert "extract-a.log" in tree(passed)


def test_the_newest_run_and_the_one_that_latest_names_are_never_touched(runlogs: Path) -> None:
    named = make(runlogs, 1)
    make(runlogs, 2)
    newest = make(runlogs, 3)
    (runlogs / "latest").symlink_to(named.name)

    assert done(apply(runlogs, Rules(runs=1, bytes=1, everything=True))) == [(2, "remove")]
    assert tree(named) == tree(newest) == WHOLE


def test_what_the_caller_keeps_is_never_touched(runlogs: Path) -> None:
    kept = make(runlogs, 1)
    make(runlogs, 2)

    assert apply(runlogs, Rules(runs=1), keep=(kept.name,)) == []


def test_a_run_without_an_end_is_left_alone_while_another_run_holds_the_project(
    runlogs: Path,
) -> None:
    running = make(runlogs, 1, status=None)
    make(runlogs, 2)
    make(runlogs, 3)

    assert done(apply(runlogs, Rules(runs=1), alone=False)) == [(2, "remove logs")]
    assert "extract-a.log" in tree(running)
    assert done(apply(runlogs, Rules(runs=1), alone=True)) == [(1, "remove logs")]


def test_the_journal_of_a_run_without_an_end_stays_readable_as_it_is(runlogs: Path) -> None:
    interrupted = make(runlogs, 1, status=None)
    make(runlogs, 2)

    assert done(apply(runlogs, Rules(runs=2))) == [(1, "pack")]
    assert tree(interrupted) == ["events.jsonl", "extract-a.log.gz", "rows.jsonl"]


def test_a_dry_run_tells_the_same_and_changes_nothing(runlogs: Path) -> None:
    runs = [make(runlogs, day) for day in range(1, 7)]

    told = apply(runlogs, Rules(runs=4), dry_run=True)

    assert all(tree(run) == WHOLE for run in runs)
    really = apply(runlogs, Rules(runs=4))
    assert done(told) == done(really)
    removed = [one for one in really if one.action != "pack"]
    assert [one for one in told if one.action != "pack"] == removed


def test_nothing_is_followed_out_of_runlogs(runlogs: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    elsewhere = make(outside, 1)
    run = make(runlogs, 2)
    make(runlogs, 3)
    (runlogs / elsewhere.name).symlink_to(elsewhere)
    (run / "folder").symlink_to(elsewhere)
    (run / "deep").mkdir()
    (run / "deep" / "link").symlink_to(elsewhere)
    (run / "file.log").symlink_to(elsewhere / "extract-a.log")
    os.mkfifo(run / "pipe.log")

    assert done(apply(runlogs, Rules(runs=2))) == [(2, "pack")]
    assert tree(elsewhere) == WHOLE
    assert stat.S_ISFIFO((run / "pipe.log").stat().st_mode)
    assert done(apply(runlogs, Rules(runs=1))) == [(2, "remove logs")]
    assert tree(elsewhere) == WHOLE
    assert tree(run) == ["events.jsonl.gz", "rows.jsonl.gz", "summary.json"]


def test_runlogs_that_is_a_link_is_not_touched(runlogs: Path, tmp_path: Path) -> None:
    make(runlogs, 1)
    make(runlogs, 2)
    link = tmp_path / "link"
    link.symlink_to(runlogs)

    assert apply(link, Rules(runs=1)) == []
    assert apply(tmp_path / "nowhere", Rules(runs=1)) == []


def test_what_is_no_run_is_left_alone(runlogs: Path) -> None:
    make(runlogs, 28)
    for name in ("notes", "20250201-120000", "20259901-120000-shop", "20250202-120000-mine"):
        (runlogs / name).mkdir()
        (runlogs / name / "a.log").write_bytes(LOG)
    (runlogs / "20250203-120000-file").write_bytes(LOG)

    before = tree(runlogs)
    assert apply(runlogs, Rules(runs=1, days=1, bytes=1, everything=True)) == []
    assert tree(runlogs) == before


@pytest.mark.parametrize("text", ["", "null", "[1]", "{", "[" * 100_000, '{"status": 5}'])
def test_a_damaged_summary_is_no_reason_to_fail(runlogs: Path, text: str) -> None:
    (make(runlogs, 1) / "summary.json").write_text(text)
    make(runlogs, 2)

    assert done(apply(runlogs, Rules(runs=1))) == [(1, "remove logs")]


def test_runs_of_one_second_go_in_the_order_in_which_they_began(runlogs: Path) -> None:
    make(runlogs, 1, end="-10")
    make(runlogs, 1, end="-2")
    make(runlogs, 1)

    pruned = apply(runlogs, Rules(runs=1))

    assert [one.run[16:] for one in pruned] == ["shop", "shop-2"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may remove everything")
def test_a_folder_that_may_not_be_changed_is_told_and_the_others_go_on(runlogs: Path) -> None:
    locked = make(runlogs, 1)
    make(runlogs, 2)
    make(runlogs, 3)
    locked.chmod(0o500)

    pruned = apply(runlogs, Rules(runs=1))

    locked.chmod(0o700)
    assert [(one.run[7], bool(one.trouble)) for one in pruned] == [("1", True), ("2", False)]
