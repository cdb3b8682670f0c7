"""Which tool builds a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asyncorch.build.base import BuildContext
from asyncorch.build.registry import ORDER, choose

BUILD_SCRIPT = '{"scripts": {"build": "node build.js"}}'
OWN_FILES = [
    ("pom.xml", "", "maven"),
    ("build.gradle.kts", "", "gradle"),
    ("build.xml", "", "ant"),
    ("setup.py", "", "python"),
    ("pyproject.toml", "[project]\n", "python"),
    ("package.json", BUILD_SCRIPT, "npm"),
    ("makefile", "", "make"),
    ("deep/er/module.py", "", "python"),
]


def write(folder: Path, path: str, text: str) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)


def chosen(name: str, folder: Path) -> str | None:
    tool = choose(name, folder)
    return tool.name if tool else None


@pytest.mark.parametrize(("path", "text", "tool"), OWN_FILES)
def test_auto_finds_a_tool_by_its_own_file(tmp_path: Path, path: str, text: str, tool: str) -> None:
    write(tmp_path, path, text)

    assert chosen("auto", tmp_path) == tool


def test_where_several_fit_the_first_of_the_order_wins(tmp_path: Path) -> None:
    for path, text, tool in reversed(OWN_FILES):
        write(tmp_path, path, text)
        assert chosen("auto", tmp_path) == tool


def test_auto_looks_in_the_root_only(tmp_path: Path) -> None:
    write(tmp_path, "lib/pom.xml", "")
    write(tmp_path, "lib/package.json", BUILD_SCRIPT)
    write(tmp_path, "readme.txt", "")

    assert choose("auto", tmp_path) is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("package.json", "{}"),
        ("package.json", '{"scripts": {"test": "x"}}'),
        ("package.json", "[" * 100_000),
        ("package.json", "[]"),
        ("package.json", "\0"),
        ("pyproject.toml", "[tool.ruff]\n"),
    ],
)
def test_a_file_that_does_not_say_how_to_build_is_passed_over(
    tmp_path: Path, path: str, text: str
) -> None:
    write(tmp_path, path, text)

    assert choose("auto", tmp_path) is None


@pytest.mark.parametrize("name", [tool.name for tool in ORDER])
def test_a_name_is_taken_at_its_word(tmp_path: Path, name: str) -> None:
    assert chosen(name, tmp_path) == name


def test_any_other_word_is_a_command(tmp_path: Path) -> None:
    tool = choose("ninja -C out", tmp_path)

    assert tool
    assert [command.argv for command in tool.commands(context(tmp_path))] == ["ninja -C out"]


@pytest.mark.parametrize("name", ["ant", "gradle", "make", "maven", "npm"])
def test_a_tool_that_is_not_installed_says_what_to_install(tmp_path: Path, name: str) -> None:
    tool = choose(name, tmp_path)

    assert tool
    assert "install" in (tool.missing(context(tmp_path, path=str(tmp_path))) or "")


@pytest.mark.parametrize(("name", "wrapper"), [("maven", "mvnw"), ("gradle", "gradlew")])
def test_the_projects_own_wrapper_comes_first_even_without_its_run_bit(
    tmp_path: Path, name: str, wrapper: str
) -> None:
    write(tmp_path, wrapper, "")
    tool = choose(name, tmp_path)

    assert tool
    assert tool.missing(context(tmp_path, path="")) is None
    assert tool.commands(context(tmp_path))[0].argv[:2] == ("sh", f"./{wrapper}")


def test_make_runs_as_many_jobs_as_the_build_has_slots(tmp_path: Path) -> None:
    tool = choose("make", tmp_path)

    assert tool
    assert tool.commands(context(tmp_path))[0].argv == ("make", "-j3")


def context(folder: Path, *, path: str = os.defpath) -> BuildContext:
    return BuildContext(folder=folder, app="shop", slots=3, python="python3", path=path)
