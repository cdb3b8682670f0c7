"""A better tool in the place of ours: an ordinary step, three lines of pipeline.toml."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.e2e.projects import Project
from tests.tools.toolrun import PACK

pytest.importorskip("black", reason="black is not installed")

CONFIG = """\
phases = ["transform"]
[modes]
full = ["transform"]
[steps.transform-sources]
foreach = "work/validated/sources/**/*.py"
outputs = ["work/transformed/{path}"]
run = '''
from={file}
to=work/transformed/${from#work/validated/sources/}
mkdir -p "$(dirname "$to")" && PYTHON -m black -q - < "$from" > "$to"
'''
"""


@pytest.mark.slow
def test_a_program_that_knows_nothing_of_rows_takes_the_place_of_the_shipped_step(
    tmp_path: Path,
) -> None:
    project = Project(tmp_path)
    shutil.copytree(PACK, tmp_path / "tools/pipeline", ignore=shutil.ignore_patterns("[!t]*-*.py"))
    project.config(CONFIG.replace("PYTHON", sys.executable))
    (tmp_path / "deliveries/s1").mkdir(parents=True)
    sources = tmp_path / "work/validated/sources"
    (sources / "p q").mkdir(parents=True)
    (sources / "a.py").write_text("x = { 'a':1 }\n")
    (sources / "p q/b.py").write_text("f( 1 )\n")
    (sources / "broken.py").write_text("f( 1\n")

    done = project.run("-j", "2")

    made = tmp_path / "work/transformed"
    assert project.promoted == ["a.py", "p q/b.py"], done.out + done.err
    assert (made / "a.py").read_text() == 'x = {"a": 1}\n'
    assert (made / "p q/b.py").read_text() == "f(1)\n"
    assert "66.67%" in done.out
