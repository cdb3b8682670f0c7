"""A project to build, new for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.building import Builder


@pytest.fixture
def project(tmp_path: Path) -> Builder:
    return Builder(tmp_path)
