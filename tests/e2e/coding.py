"""A project with an orchestrator class of its own."""

from __future__ import annotations

from tests.e2e.projects import Project

HEAD = "import anyio\nfrom asyncorch import PipelineOrchestrator\n"
MODES = '[modes]\nship = ["deploy"]\n'


def coded(project: Project, code: str, toml: str = "", name: str = "Deploying") -> Project:
    """Give the project an orchestrator of its own."""
    (project.root / "shipping.py").write_text(HEAD + code)
    project.config(f'orchestrator = "shipping:{name}"\n{toml}')
    return project
