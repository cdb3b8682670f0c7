"""A new project's files."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from asyncorch import config, scaffold
from asyncorch.errors import ProjectError
from asyncorch.plan import pipeline
from asyncorch.project import Project, pack


@pytest.mark.parametrize("template", scaffold.TEMPLATES)
def test_a_new_project_is_valid_as_it_is(template: str, tmp_path: Path) -> None:
    scaffold.write(tmp_path / "shop", template)

    project = Project(tmp_path / "shop")
    settings = config.load(project)
    plan = pipeline.load(project, settings)
    assert settings.name == "shop"
    assert plan.warnings == ()
    assert [phase.name for phase in plan.phases if phase.steps]


def test_what_pipeline_toml_suggests_is_valid_too(tmp_path: Path) -> None:
    scaffold.write(tmp_path, "empty")
    lines = (tmp_path / "pipeline.toml").read_text().splitlines()

    config.parse(tomllib.loads("\n".join(line.removeprefix("# ") for line in lines[1:])), "here")


def test_the_tools_are_those_that_ship(tmp_path: Path) -> None:
    scaffold.write(tmp_path, "full")

    tools = Project(tmp_path).tools
    for path in pack().rglob("*"):
        copied = tools / path.relative_to(pack())
        if path.is_file() and "__pycache__" not in path.parts:
            assert copied.read_bytes() == path.read_bytes()
            assert os.access(copied, os.X_OK) == os.access(path, os.X_OK)
    assert not list(tools.rglob("__pycache__"))


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "pipeline.toml").write_text("# mine")
    (tmp_path / ".gitignore").symlink_to("nowhere")

    written = scaffold.write(tmp_path, "empty")

    kept = [file.path for file in written if not file.new]
    assert kept == ["pipeline.toml", ".gitignore"]
    assert (tmp_path / "pipeline.toml").read_text() == "# mine"
    assert not (tmp_path / "nowhere").exists()


def test_the_second_time_writes_nothing(tmp_path: Path) -> None:
    scaffold.write(tmp_path, "full")

    assert not [file for file in scaffold.write(tmp_path, "full") if file.new]


@pytest.mark.parametrize(
    "name", ['quo"te', "new\nline", os.fsdecode(b"\xff"), "ünï", "back\\slash"]
)
def test_any_folder_name_makes_a_valid_file(name: str, tmp_path: Path) -> None:
    scaffold.write(tmp_path / name, "empty")

    assert config.load(Project(tmp_path / name)).name in (name, None)


def test_a_file_where_a_folder_must_be_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "tools").touch()

    with pytest.raises(ProjectError, match=r"tools.*cannot be written"):
        scaffold.write(tmp_path, "empty")


def test_missing_packages_are_named_as_they_are_installed() -> None:
    found = {"ruff": "found"}
    wanted = ["ast-grep-py", "charset-normalizer", "fissix", "pyyaml"]

    assert scaffold.missing_packages(found.get) == wanted
