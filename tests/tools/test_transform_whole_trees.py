"""The transform on whole trees: once is enough, and what Python 3 refuses comes out as Python 3.

The trees are those of test_real_trees, transformed once a session; nothing of them is ever run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.realruns import RealRun, compiles, real_run, unlike, unreadable
from tests.tools.realtrees import TREES
from tests.tools.toolrun import PACK, Pack

pytestmark = [pytest.mark.slow, pytest.mark.real_tool, pytest.mark.timeout(600)]

BATCH = 500
OPTIONAL = str(PACK / "rules" / "optional")


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp()


@pytest.mark.parametrize("tree", TREES)
def test_what_was_transformed_once_stays_as_it_is(tree: str, base: Path, tmp_path: Path) -> None:
    real = real_run(tree, base)
    before, made = real.files("work/validated/sources"), real.files("work/transformed")
    # What the transform left alone it leaves alone again: it sees the same bytes.
    again = {path: made[path] for path in sorted(unlike(before, made) & set(made))}

    assert unlike(again, transformed(again, tmp_path)) == set()


def test_the_optional_rules_of_java_break_no_syntax_and_once_is_enough(
    base: Path, tmp_path: Path
) -> None:
    sources = real_run("java", base).files("work/validated/sources")
    before = {path: content for path, content in sources.items() if path.endswith(".java")}

    made = transformed(before, tmp_path / "once", TRANSFORM_RULES=OPTIONAL)

    changed = {path: made[path] for path in unlike(before, made)}
    assert len(changed) > 100
    for path in changed:
        assert unreadable(made[path], "java") <= unreadable(before[path], "java"), path
    again = transformed(changed, tmp_path / "twice", TRANSFORM_RULES=OPTIONAL)
    assert unlike(changed, again) == set()


def transformed(files: dict[str, bytes], root: Path, **env: str) -> dict[str, bytes]:
    """Run the tool on files, a few hundred at a time; all must come through."""
    pack = Pack(root)
    pack.validated(files)
    names = [f"work/validated/sources/{path}" for path in files]
    for start in range(0, len(names), BATCH):
        done = pack.run("transform-sources", *names[start : start + BATCH], **env)
        assert (done.status, set(done.rows.values())) == (0, {0}), done.errors
    return pack.files("work/transformed")


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
