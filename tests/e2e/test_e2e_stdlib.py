"""The whole of Python's standard library through all five phases, with the tools that ship."""

from __future__ import annotations

import json
import re
import shutil
import sysconfig
import warnings
from collections import Counter
from hashlib import sha256
from itertools import combinations
from pathlib import Path

import pytest

from tests.e2e.journals import check_journal, check_phases_in_turn, most_at_once, overlap
from tests.e2e.projects import Done, Project, files_below

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PACK = Path(__file__).parents[2] / "tools" / "pipeline"
TREES = ("sources", "config", "data")
LEFT_OUT = shutil.ignore_patterns("site-packages", "__pycache__", "dist-packages")
PAIR = re.compile(
    r"^(Total Artifacts Processed|Successful Transformations|Artifacts Built): +(\d+)$"
)


def compiles(file: Path) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(file.read_bytes(), file.name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Done]:
    """Run it for the first time."""
    pytest.importorskip("ast_grep_py")
    project = Project(tmp_path_factory.mktemp("stdlib") / "library")
    snapshot = project.root / "deliveries" / "snapshot-1"
    shutil.copytree(sysconfig.get_path("stdlib"), snapshot, symlinks=True, ignore=LEFT_OUT)
    shutil.copytree(PACK, project.root / "tools" / "pipeline", ignore=LEFT_OUT)
    every_name = "[gate]\npattern = '\\|\\s*([^|]+?)\\s*\\|\\s*0\\s*\\|'\n"
    (project.root / "pipeline.toml").write_text(every_name)
    done = project.run("--app", "library", "-j", "4", within=800)
    assert done.status == 0, done.err[-4000:]
    return project, done


def delivered(project: Project) -> Path:
    return project.root / "deliveries" / "snapshot-1"


def manifest(project: Project) -> dict[str, dict[str, object]]:
    data = json.loads((project.root / "target" / "manifest.json").read_bytes())
    return {entry["path"]: entry for entry in data["artifacts"]}


def test_the_journal_shows_extraction_side_by_side_and_the_bound_kept(
    library: tuple[Project, Done],
) -> None:
    project, _ = library
    events = project.last.events
    check_journal(events)
    check_phases_in_turn(events)
    assert most_at_once(events) <= project.last.summary["concurrency"]
    steps = {e["step"] for e in events if e["event"] == "step_started" and e["phase"] == "extract"}
    assert steps == {"source-files", "config-files", "data-files", "metadata"}
    assert all(overlap(events, "extract", *pair) for pair in combinations(sorted(steps), 2))


def test_every_file_of_the_snapshot_is_in_exactly_one_tree_or_listed_as_left_out(
    library: tuple[Project, Done],
) -> None:
    project, _ = library
    extracted = project.root / "work" / "extracted"
    found = Counter(name for tree in TREES for name in files_below(extracted / tree))
    told = json.loads((extracted / "left-out.json").read_bytes())["left_out"]
    found.update(item["path"] for item in told)

    assert [name for name, count in found.items() if count > 1] == []
    assert sorted(found) == files_below(delivered(project))
    assert len(files_below(extracted / "sources")) > 100
    for tree in TREES:
        for name in files_below(extracted / tree):
            assert (extracted / tree / name).read_bytes() == (
                delivered(project) / name
            ).read_bytes()


def test_every_promoted_python_file_compiles(library: tuple[Project, Done]) -> None:
    project, _ = library
    promoted = [name for name in project.promoted if name.endswith(".py")]

    assert len(promoted) > 100
    target = project.root / "target" / "artifacts"
    assert [name for name in promoted if not compiles(target / name)] == []


def test_what_does_not_compile_in_the_snapshot_is_converted_or_has_a_row_and_stays_out(
    library: tuple[Project, Done],
) -> None:
    project, _ = library
    broken = {
        name
        for name in files_below(delivered(project))
        if name.endswith(".py") and not compiles(delivered(project) / name)
    }
    told = {row["source"] for row in project.last.rows if row["errors"]}

    # Files of the 2-era are converted; all others have a row with errors, and stay out.
    promoted = broken & set(manifest(project))
    assert broken - told == promoted
    target = project.root / "target" / "artifacts"
    assert [name for name in promoted if not compiles(target / name)] == []
    assert len(broken - promoted) > 0


def test_all_numbers_agree_with_one_another_and_with_the_files_on_disk(
    library: tuple[Project, Done],
) -> None:
    project, done = library
    counts = project.last.summary["artifacts"]
    entries = manifest(project)
    log = (project.root / "logs" / "transformation.log").read_text().splitlines()
    clean = [line for line in log if re.search(r"\| 0 \|", line)]
    shown = [int(found[2]) for line in done.out.splitlines() if (found := PAIR.match(line))]
    gate = project.last.only("gate_judged")
    rows = [row for row in project.last.rows if row["phase"] == "transform"]

    assert shown == [counts["processed"], counts["successful"], counts["built"]]
    assert counts["processed"] == len(files_below(project.root / "work" / "extracted" / "sources"))
    assert counts["successful"] == len({entry["source"] for entry in entries.values()})
    assert sorted(entries) == project.promoted
    assert len(clean) == gate["promoted"] == len(entries)
    assert len(log) == len(rows)
    assert (gate["processed"], gate["successful"]) == (counts["processed"], counts["successful"])
    assert counts["built"] <= counts["successful"]
    share = counts["successful"] / counts["processed"]
    assert project.last.summary["rates"]["transformation"] == pytest.approx(share)
    assert f"Transformation Success Rate:  {share:.2%}" in done.out
    for name, entry in entries.items():
        data = (project.root / "target" / "artifacts" / name).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), sha256(data).hexdigest())


def test_what_was_processed_and_not_promoted_has_a_row_with_errors(
    library: tuple[Project, Done],
) -> None:
    project, _ = library
    told = {row["source"] for row in project.last.rows if row["errors"]}
    sources = set(files_below(project.root / "work" / "extracted" / "sources"))

    lost = sources - {str(entry["source"]) for entry in manifest(project).values()} - told
    assert {name for name in lost if re.search(r"\.\w+$", name)} == set()


def test_running_it_again_promotes_the_same_bytes(library: tuple[Project, Done]) -> None:
    project, first = library
    target = project.root / "target" / "artifacts"
    before = {name: sha256((target / name).read_bytes()).digest() for name in project.promoted}

    again = project.run("--app", "library", within=800)

    assert again.status == 0
    after = {name: sha256((target / name).read_bytes()).digest() for name in project.promoted}
    assert after == before
    assert [line for line in again.out.splitlines() if PAIR.match(line)] == [
        line for line in first.out.splitlines() if PAIR.match(line)
    ]
