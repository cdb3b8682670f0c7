"""Every test here gets a project folder of its own; each run is a real program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.projects import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "shop"
    root.mkdir()
    return Project(root)
