"""`asyncorch init`: what it says it wrote, and that the result runs as it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pexpect
import pytest

from asyncorch.project import pack
from tests.cli.calling import Call

NEXT = """
next:
  cd shop
  asyncorch snapshot add SOURCE   # your data: a folder, an archive or a git URL
  asyncorch run
"""


def test_it_says_what_it_wrote_and_what_comes_next(here: Path, call: Call) -> None:
    ended = call("init", "shop", "--template", "empty")

    assert ended.err == (
        "wrote pipeline.toml\nwrote pipeline_orchestrator.py\nwrote .gitignore\n"
        "wrote tools/pipeline/ (1 file)\n" + NEXT
    )
    assert (ended.code, ended.out) == (0, "")


def test_it_says_what_it_kept(here: Path, call: Call) -> None:
    count = sum(1 for p in pack().rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    (here / "pipeline.toml").touch()

    assert call("init").err.splitlines()[:4] == [
        "kept  pipeline.toml",
        "wrote pipeline_orchestrator.py",
        "wrote .gitignore",
        f"wrote tools/pipeline/ ({count} files)",
    ]
    assert f"kept  tools/pipeline/ ({count} files)" in call("init").err


@pytest.mark.slow
def test_a_new_project_runs_as_it_is(here: Path, process: Call) -> None:
    (here / "data").mkdir()
    (here / "data" / "a.txt").write_text("a")
    process("init", "shop", "--template", "empty")
    process("snapshot", "add", "data", "--project", "shop")

    ended = process("run", "shop", "--progress", "plain")

    assert "✓ Pipeline completed successfully" in ended.out
    assert ended.code == 0
    assert (here / "shop" / "work" / "extracted" / "a.txt").read_text() == "a"


@pytest.mark.slow
def test_the_project_s_class_adds_a_phase(here: Path, process: Call) -> None:
    process("init", "shop", "--template", "empty")
    script = here / "shop" / "pipeline_orchestrator.py"
    head, _, tail = script.read_text().partition("def main()")
    method = '    async def deploy_phase(self) -> bool:\n        print("deployed")\n'
    script.write_text(f"{head.rstrip()}\n\n{method}        return True\n\n\ndef main(){tail}")
    with (here / "shop" / "pipeline.toml").open("a") as config:
        config.write('\n[modes]\nship = ["extract", "deploy"]\n')

    ended = process("run", "shop", "--mode", "ship", "--progress", "plain")

    assert "deployed" in ended.out + ended.err
    assert ended.code == 0


@pytest.mark.slow
def test_the_project_s_script_opens_the_interactive_workflow(here: Path, process: Call) -> None:
    process("init", "shop", "--template", "empty")
    child = pexpect.spawn(sys.executable, ["pipeline_orchestrator.py"], cwd="shop", timeout=30)
    child.expect_exact("Enter project directory path: ")
    child.sendline(".")
    child.expect_exact("Enter application name: ")
    child.close(force=True)
