"""Hostile input, end to end: each refusal is one message, and nothing outside is touched."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.projects import CLEAN, PROGRAM, Done, Project, files_below

pytestmark = pytest.mark.slow

MILLION = f"""#!{sys.executable}
import sys
for n in range(1_000_000):
    sys.stdout.write(f"| folder/f{{n % 1000:03d}}.txt | {{int(n < 999_500)}} |\\n")
"""


def told(done: Done) -> None:
    assert "Traceback" not in done.err + done.out
    assert "internal error" not in done.err + done.out


def test_a_million_rows_are_counted_and_the_last_of_each_artifact_stands(project: Project) -> None:
    project.script("validate-many.py", MILLION)

    done = project.run()

    assert done.status == 0, done.err
    end = project.last.only("batch_ended")
    assert (end["rows"], end["errors"]) == (1_000_000, 999_500)
    rows = project.last.rows
    assert len(rows) == 1000
    assert sum(row["errors"] for row in rows) == 500
    wrong = {row["artifact"] for row in rows if row["errors"]}
    assert wrong == {f"folder/f{n:03d}.txt" for n in range(500)}


@pytest.mark.parametrize(
    "app", ["../../out", "/etc/x", "a/b\\c", "..", "\n", "x" * 5000, "é\udcff|"]
)
def test_an_application_of_any_name_stays_below_runlogs(
    project: Project, tmp_path: Path, app: str
) -> None:
    project.script("extract-one.sh", "true")
    before = files_below(tmp_path)

    done = project.run("--app", app)

    told(done)
    assert done.status in (0, 2)
    new = set(files_below(tmp_path)) - set(before)
    allowed = ("shop/runlogs/", "shop/work/", "shop/target/", "shop/logs/")
    assert [name for name in new if not name.startswith(allowed)] == []


@pytest.mark.parametrize("name", ["..", "../..", "/etc", ".", "s1/..", "s1/sub", "\n", "-x"])
def test_a_snapshot_is_a_folder_of_deliveries_and_nothing_else(project: Project, name: str) -> None:
    project.copying("sub/a.txt")

    done = project.run(f"--snapshot={name}")

    told(done)
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert project.promoted == []


def test_sources_and_artifacts_outside_are_neither_read_nor_written(
    project: Project, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("not yours\n")
    project.copying("a.txt")
    (project.root / "work" / "transformed").mkdir(parents=True)
    (project.root / "work" / "transformed" / "link").symlink_to(tmp_path)
    (project.root / "work" / "transformed" / "out.txt").symlink_to(outside)
    rows = [
        "| ../../../outside.txt | 0 | a.txt |",
        f"| {outside} | 0 | a.txt |",
        "| link/outside.txt | 0 | a.txt |",
        "| out.txt | 0 | a.txt |",
        "| %2e%2e/%2e%2e/outside.txt | 0 | a.txt |",
        "| a.txt | 0 | ../../../outside.txt |",
    ]
    said = "\n".join(f"echo '{row}'" for row in rows)
    project.script("transform-rows.sh", said)

    done = project.run()

    told(done)
    assert outside.read_text() == "not yours\n"
    artifacts = project.root / "target" / "artifacts"
    for name in project.promoted:
        assert "not yours" not in (artifacts / name).read_text()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def _spoil(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"\xff\x00{]\n".join(lines) + b"[" * 100_000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _gone(path: Path) -> None:
    path.unlink()


def _nonsense(path: Path) -> None:
    events = ("run_started", "step_ended", "batch_started", "run_ended", "gate_judged")
    lines = [f'{{"seq": -1, "time": 1e999, "event": "{event}", "run": [1]}}\n' for event in events]
    path.write_text("".join(lines) + '{"seq": 1, "time": 0, "event": {}}\n[]\n7\nnull\n')


DAMAGES = [("events.jsonl", how) for how in (_cut, _spoil, _empty, _folder, _gone, _nonsense)]
DAMAGES += [(name, how) for name in ("rows.jsonl", "summary.json") for how in (_spoil, _folder)]


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_a_damaged_journal_stops_no_later_run(
    project: Project, name: str, damage: Callable[[Path], None]
) -> None:
    project.copying("a.txt", "b.txt")
    project.script("extract-fails.sh", "[ -e ok ]")
    assert project.run().status == 1
    damage(project.last.path / name)

    for words in (["prune", "--dry-run"], ["plan"], ["doctor"]):
        done = subprocess.run(
            (*PROGRAM, *words), cwd=project.root, env=CLEAN, capture_output=True, check=False
        )
        assert b"Traceback" not in done.stderr, words
        assert b"internal error" not in done.stderr, words
    (project.root / "ok").touch()
    resumed = project.run("--resume")
    told(resumed)
    assert resumed.status in (0, 1, 2)
    again = project.run()
    told(again)
    assert again.status == 0, again.err
    assert project.promoted == ["a.txt", "b.txt"]
