"""The transform on whole trees: once is enough, and what Python 3 refuses comes out as Python 3.

The trees are those of test_real_trees, transformed once a session; nothing of them is ever run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.realruns import RealRun, compiles, real_run, unlike
from tests.tools.realtrees import TREES
from tests.tools.toolrun import Pack

pytestmark = [pytest.mark.slow, pytest.mark.real_tool, pytest.mark.timeout(600)]

BATCH = 500


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp()


@pytest.mark.parametrize("tree", TREES)
def test_what_was_transformed_once_stays_as_it_is(tree: str, base: Path, tmp_path: Path) -> None:
    real = real_run(tree, base)
    before, made = real.files("work/validated/sources"), real.files("work/transformed")
    # What the transform left alone it leaves alone again: it sees the same bytes.
    again = {path: made[path] for path in sorted(unlike(before, made) & set(made))}
    pack = Pack(tmp_path)
    pack.validated(again)
    names = [f"work/validated/sources/{path}" for path in again]

    for start in range(0, len(names), BATCH):
        done = pack.run("transform-sources", *names[start : start + BATCH])
        assert (done.status, set(done.rows.values())) == (0, {0}), done.errors

    assert unlike(again, pack.files("work/transformed")) == set()


def refused(files: dict[str, bytes]) -> set[str]:
    return {path for path, content in files.items() if not compiles(content)}


def python_files(real: RealRun, folder: str) -> dict[str, bytes]:
    language = {path: at["language"] for path, at in real.inventory().items()}
    return {
        path: content for path, content in real.files(folder).items() if language[path] == "python"
    }


def test_of_old_files_that_the_compiler_refuses_98_in_100_compile(base: Path) -> None:
    real = real_run("old-python", base)
    delivered = python_files(real, "work/extracted/sources")
    old = refused(delivered)
    promoted = python_files(real, "target/artifacts")
    lost = set(delivered) - set(promoted)

    assert len(delivered) > 1000
    assert len(old) > 750
    assert len(lost & old) / len(old) < 0.02
    # What is promoted as it came has been compiled once.
    again = {path: promoted[path] for path in unlike(delivered, promoted) & set(promoted)}
    assert refused(again) | (old & set(promoted) - set(again)) == set(), "promoted all the same"
    told = {path for step in real.rows().values() for path, errors in step.items() if errors}
    assert lost <= told, "a file is lost without a row that says why"
    assert lost <= old, "a good file was lost"
