"""What a run tells in the end: pages that its steps made, and no figure for what did not run."""

from __future__ import annotations

import pytest

from tests.e2e.projects import Project

pytestmark = pytest.mark.slow


def test_the_summary_names_the_pages_that_steps_made(project: Project) -> None:
    project.script("analyze-a.sh", "mkdir -p work/analysis; echo '# page' > work/analysis/a.md")
    project.config(
        '[steps.analyze-a]\noutputs = ["work/analysis/a.md", "work/analysis/b.md", "work/*.html"]\n'
    )

    done = project.run("--mode", "analysis")

    assert "Report:                       work/analysis/a.md\n" in done.out
    assert project.last.summary["reports"] == ["work/analysis/a.md"]
    assert "Total Artifacts Processed:    n/a\n" in done.out


def test_of_steps_that_ran_twice_in_a_phase_the_last_rows_count(project: Project) -> None:
    project.copying("a.c", "b.c")
    (project.root / "mine.py").write_text(
        "from asyncorch import PipelineOrchestrator\n"
        "class Mine(PipelineOrchestrator):\n"
        "    async def transform_phase(self) -> bool:\n"
        "        return await self.run_steps('transform') and await self.run_steps('transform')\n"
    )
    config = project.root / "pipeline.toml"
    config.write_text('orchestrator = "mine:Mine"\n' + config.read_text())

    done = project.run()

    assert done.status == 0, done.err
    assert project.last.summary["artifacts"]["successful"] == 2
    lines = (project.root / "logs/transformation.log").read_text().splitlines()
    assert sorted(lines) == ["| a.c | 0 |", "| b.c | 0 |"]
