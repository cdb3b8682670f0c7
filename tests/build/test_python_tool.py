"""Python: what compiles becomes a wheel, the rest has rows."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import pytest

from asyncorch.build.python import wheel_name
from tests.build.building import Builder

pytestmark = [pytest.mark.real_tool, pytest.mark.slow]

HATCH = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "shop"
version = "1.2"
"""


@pytest.fixture
def shop(project: Builder) -> Builder:
    """Two files that compile and one that does not."""
    project.write("shop/__init__.py", "")
    project.write("shop/order.py", "total = 3\n")
    project.write("shop/old.py", "print 'sold'\n")
    return project


def contents(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        return sorted(name for name in archive.namelist() if ".dist-info/" not in name)


def test_a_tree_without_a_project_file_becomes_a_wheel_of_what_compiles(shop: Builder) -> None:
    shop.write("os.py", "raise SystemExit\n")
    shop.write("a-script.py", "x = 1\n")
    shop.write("data/prices.csv", "1\n")
    shop.write(".gitignore", "*.csv\n")

    built = shop.build(app="Müller & Söhne_2")

    assert built.status == 0, built.output
    assert "| shop/old.py | 1 |" in built.output
    assert "| shop/order.py | 0 |" in built.output
    assert built.names == ["m_ller_s_hne_2-0.1.0-py3-none-any.whl"]
    assert contents(built.packages[0]) == [
        ".gitignore",
        "a-script.py",
        "data/prices.csv",
        "os.py",
        "shop/__init__.py",
        "shop/order.py",
    ]


@pytest.mark.parametrize("text", ["", HATCH])
def test_the_same_tree_makes_the_same_bytes(shop: Builder, text: str) -> None:
    if text:
        shop.write("pyproject.toml", text)
    first = shop.build().packages[0].read_bytes()
    shutil.rmtree(shop.folder.parent)

    assert shop.build().packages[0].read_bytes() == first


def test_a_project_is_packed_as_it_says_without_what_does_not_compile(shop: Builder) -> None:
    shop.write("pyproject.toml", HATCH + "[tool.hatch.build.targets.wheel]\npackages = ['shop']\n")
    shop.write("tests/test_order.py", "x = 1\n")

    built = shop.build()

    assert built.status == 0, built.output
    assert [name.split("-")[:2] for name in built.names] == [["shop", "1.2"]]
    assert contents(built.packages[0]) == ["shop/__init__.py", "shop/order.py"]


def test_a_gitignore_above_the_build_folder_hides_nothing(shop: Builder) -> None:
    (shop.sources.parent / ".git").mkdir()
    (shop.sources.parent / ".gitignore").write_text("*.py\nwork/\n")
    shop.write("pyproject.toml", HATCH)

    assert contents(shop.build().packages[0]) == ["shop/__init__.py", "shop/order.py"]


def test_a_pyproject_that_only_holds_settings_is_no_project(shop: Builder) -> None:
    shop.write("pyproject.toml", "[tool.ruff]\nline-length = 100\n")

    built = shop.build()

    assert built.names == ["shop-0.1.0-py3-none-any.whl"]
    assert "pyproject.toml" in contents(built.packages[0])


def test_a_project_file_that_is_damaged_fails_the_build_with_its_reason(shop: Builder) -> None:
    shop.write("pyproject.toml", "[build-system\n")

    built = shop.build()

    assert built.status == 1
    assert "line 1, column 14" in built.output
    assert built.packages == ()


def test_nothing_is_packed_when_nothing_compiles(project: Builder) -> None:
    project.write("old.py", "print 1\n")

    built = project.build()

    assert built.status == 1
    assert built.steps == ("python-compile",)
    assert built.packages == ()


def test_the_projects_own_interpreter_compiles_and_this_one_packs(
    shop: Builder, tmp_path: Path
) -> None:
    venv = tmp_path / "venv"  # with nothing installed
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)

    built = shop.build(python=str(venv / "bin" / "python"))

    assert built.status == 0, built.output
    assert len(built.packages) == 1


def test_the_whole_standard_library_is_packed(project: Builder) -> None:
    library = Path(sysconfig.get_path("stdlib"))
    skip = shutil.ignore_patterns("__pycache__", "site-packages", "config-*", "*.so")
    shutil.copytree(library, project.sources, ignore=skip)

    built = project.build(app="stdlib")

    assert built.status == 0, built.output[-2000:]
    rows = [line for line in built.output.splitlines() if line.startswith("| ")]
    sources = {str(p.relative_to(project.sources)) for p in project.sources.rglob("*.py")}
    assert len(rows) == len(sources)
    good = {row.split(" | ")[0][2:] for row in rows if row.endswith("| 0 |")}
    assert good == {name for name in contents(built.packages[0]) if name.endswith(".py")}


@pytest.mark.parametrize(
    ("app", "name"),
    [("shop", "shop"), ("The Shop_2", "the-shop-2"), ("-._x", "x"), ("店", "app"), ("../a", "a")],
)
def test_the_applications_name_becomes_one_that_a_wheel_may_have(app: str, name: str) -> None:
    assert wheel_name(app) == name
