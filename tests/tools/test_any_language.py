"""A tool in any language: the same small tool in shell, Node and Java, run by the real program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.projects import Project, files_below

EXAMPLES = Path(__file__).parent / "examples"
CONFIG = """\
phases = ["transform"]
[modes]
full = ["transform"]
[interpreters]
java = "java"
[steps.transform-upper]
foreach = "work/validated/data/**/*.txt"
outputs = ["work/transformed/{path}"]
"""
NEEDS = {"sh": "tr", "js": "node", "java": "java"}


@pytest.fixture(params=NEEDS)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    """Return a project with the example in one of the languages, and four files."""
    if shutil.which(NEEDS[request.param]) is None:
        pytest.skip(f"{NEEDS[request.param]} is not installed")
    made = Project(tmp_path)
    example = EXAMPLES / f"transform-upper.{request.param}"
    tool = made.script(example.name, "#!", mode=0o755 if request.param == "js" else 0o644)
    shutil.copyfile(example, tool)
    made.config(CONFIG)
    (tmp_path / "deliveries/s1").mkdir(parents=True)
    for name, text in {
        "a.txt": "one\n",
        "b/c d.txt": "two\n",
        "é.txt": "drei\n",
        "f.txt": "",
    }.items():
        file = tmp_path / "work/validated/data" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return made


@pytest.mark.slow
def test_a_tool_makes_what_its_rows_say_whatever_it_is_written_in(project: Project) -> None:
    done = project.run("-j", "1")

    made = project.root / "work/transformed"
    assert files_below(made) == ["a.txt", "b/c d.txt", "é.txt"], done.out + done.err
    assert {(made / name).read_text() for name in files_below(made)} == {"ONE\n", "TWO\n", "DREI\n"}
    assert project.promoted == ["a.txt", "b/c d.txt", "é.txt"]
    assert "75.00%" in done.out
    log = (project.root / "logs/transformation.log").read_text()
    assert "| f.txt | 1 |" in log


@pytest.mark.slow
def test_a_second_run_of_it_has_nothing_to_do(project: Project) -> None:
    project.run("-j", "1")
    before = (project.root / "work/transformed/a.txt").stat().st_mtime_ns

    done = project.run("-j", "1")

    assert (project.root / "work/transformed/a.txt").stat().st_mtime_ns == before
    assert "75.00%" in done.out
