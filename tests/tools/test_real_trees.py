"""The pipeline that ships, over real trees in four forms: nothing is lost, and nothing is spoilt.

Python's standard library, Apache Ant from Debian's source packages, JavaScript and TypeScript from
npm, and three projects of the 2-era from the package index.
"""

from __future__ import annotations

import pytest

from tests.e2e.projects import files_below
from tests.tools.realruns import GATE, RealRun, compiles, real_run, unlike, unreadable
from tests.tools.realtrees import TREES

pytestmark = [pytest.mark.slow, pytest.mark.real_tool, pytest.mark.timeout(600)]

KINDS = {"source": "syntax", "config": "config", "data": "data"}

MADE = (
    "work/extracted",
    "work/validated",
    "work/analysis",
    "work/transformed",
    "target/artifacts",
)


@pytest.fixture(params=TREES)
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> RealRun:
    return real_run(request.param, tmp_path_factory.getbasetemp())


def test_every_file_is_in_the_inventory_or_left_out_with_a_reason(real: RealRun) -> None:
    inventory, left_out = set(real.inventory()), real.left_out()

    assert inventory | left_out == set(files_below(real.snapshot))
    assert not inventory & left_out
    assert len(inventory) > 500


def test_every_file_has_a_row_of_each_step_until_one_rejects_it(real: RealRun) -> None:
    rows = real.rows()
    expected = {}
    for kind, step in KINDS.items():
        paths = {path for path, at in real.inventory().items() if at["kind"] == kind}
        expected[f"extract-{kind}-files"] = paths
        expected[f"validate-{step}"] = {
            path for path in paths if not rows["validate-encoding"][path]
        }
    expected["validate-encoding"] = set(real.inventory())
    expected[GATE] = {path for path, errors in rows["validate-syntax"].items() if not errors}

    assert {step: set(judged) for step, judged in rows.items()} == {
        step: paths for step, paths in expected.items() if paths
    }


def test_every_error_is_in_the_ledger_and_keeps_its_file_from_going_further(real: RealRun) -> None:
    rows = real.rows()
    bad = {step: {path for path, errors in rows[step].items() if errors} for step in rows}

    assert {step: paths for step, paths in bad.items() if paths} == {
        step: paths for step, paths in real.findings().items() if paths
    }
    assert set(real.project.promoted) == set(rows[GATE]) - bad[GATE]


def test_no_good_file_comes_out_bad(real: RealRun) -> None:
    language = {path: at["language"] for path, at in real.inventory().items()}
    before, made = real.files("work/validated/sources"), real.files("target/artifacts")
    lost = {path for path, errors in real.rows()[GATE].items() if errors}

    # Other languages cannot lose a file: what the rules would spoil stays as it was.
    assert {path for path in lost if language[path] != "python" or compiles(before[path])} == set()
    for path in unlike(before, made) & set(made):
        if language[path] == "python":
            assert compiles(made[path]), path
        else:
            was, now = (unreadable(each[path], language[path]) for each in (before, made))
            assert now <= was, path


def test_a_second_run_changes_no_byte_and_runs_nothing_again(real: RealRun) -> None:
    before, rows = {folder: real.files(folder) for folder in MADE}, real.rows()

    real.run()

    after = {folder: real.files(folder) for folder in MADE}
    assert [unlike(before[folder], after[folder]) for folder in MADE] == [set() for _ in MADE]
    assert real.rows() == rows
    again = {step for step, outcome in real.project.last.outcomes.items() if outcome != "fresh"}
    assert again == set()
