"""A script dropped into tools/pipeline is a step, or a message says why it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asyncorch.errors import ConfigError
from asyncorch.plan.scripts import Script, discover, python, split_phase
from asyncorch.project import Project
from asyncorch.tables import PHASES


class Tools:
    def __init__(self, root: Path) -> None:
        self.project = Project(root)
        self.folder = self.project.tools
        self.folder.mkdir(parents=True)

    def add(self, name: str, text: str = "", *, run_bit: bool = False) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o755 if run_bit else 0o644)
        return path

    def scripts(self, **interpreters: str) -> dict[str, Script]:
        return discover(self.project, PHASES, interpreters)[0]

    def error(self, **interpreters: str) -> ConfigError:
        with pytest.raises(ConfigError) as raised:
            self.scripts(**interpreters)
        return raised.value


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Tools(tmp_path)


def test_a_script_is_a_step_named_after_its_file(tools: Tools) -> None:
    tools.add("extract-ddl.py")
    tools.add("validate-code-style.sh")

    found = tools.scripts()

    assert [(s.phase, s.name, s.file) for s in found.values()] == [
        ("extract", "ddl", "tools/pipeline/extract-ddl.py"),
        ("validate", "code-style", "tools/pipeline/validate-code-style.sh"),
    ]
    assert list(found) == ["extract-ddl", "validate-code-style"]


def test_no_folder_is_no_script(tmp_path: Path) -> None:
    assert discover(Project(tmp_path), PHASES, {}) == ({}, [])


@pytest.mark.parametrize(
    ("name", "text", "run_bit", "command"),
    [
        ("extract-a.py", "", False, (sys.executable, "tools/pipeline/extract-a.py")),
        ("extract-a.sh", "", False, ("sh", "tools/pipeline/extract-a.sh")),
        ("extract-a.sh", "#!/bin/bash\n", False, ("sh", "tools/pipeline/extract-a.sh")),
        ("extract-a.sh", "#!/bin/bash\n", True, ("./tools/pipeline/extract-a.sh",)),
        ("extract-a.py", "#!/usr/bin/env python\n", True, ("./tools/pipeline/extract-a.py",)),
        ("extract-a.py", "no first line", True, (sys.executable, "tools/pipeline/extract-a.py")),
        ("extract-a.rb", "#!/usr/bin/env ruby\n", True, ("./tools/pipeline/extract-a.rb",)),
        ("extract-a", "#!/bin/sh\n", True, ("./tools/pipeline/extract-a",)),
        ("extract-a.pl", "", False, ("perl", "-w", "tools/pipeline/extract-a.pl")),
        ("extract-a.jar", "", False, ("java", "-jar", "tools/pipeline/extract-a.jar")),
    ],
)
def test_a_script_runs_by_its_first_line_or_by_its_extension(
    tools: Tools,
    name: str,
    text: str,
    run_bit: bool,  # noqa: FBT001  # a case
    command: tuple[str, ...],
) -> None:
    tools.add(name, text, run_bit=run_bit)

    (script,) = tools.scripts(pl="perl -w", jar="java -jar").values()

    assert script.command == command


def test_python_scripts_run_in_the_project_s_own_environment(tools: Tools, tmp_path: Path) -> None:
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.touch()
    tools.add("extract-a.py")

    (script,) = tools.scripts().values()

    assert script.command == (str(own), "tools/pipeline/extract-a.py")
    assert python(tools.project) == str(own)


def test_from_another_folder_a_script_is_named_in_full(tools: Tools) -> None:
    path = tools.add("extract-a.py")
    (script,) = tools.scripts().values()

    assert script.command_from("") == script.command
    assert script.command_from("sub") == (sys.executable, str(path))


@pytest.mark.parametrize(
    ("name", "text", "run_bit"),
    [
        ("extract-a.pl", "#!/usr/bin/perl\n", False),
        ("extract-a.xyz", "", False),
        ("extract-a.xyz", "no first line", True),
        ("extract-a", "", False),
    ],
)
def test_a_script_that_nothing_can_run_is_an_error(
    tools: Tools,
    name: str,
    text: str,
    run_bit: bool,  # noqa: FBT001  # a case
) -> None:
    tools.add(name, text, run_bit=run_bit)

    error = tools.error()

    assert error.message == "nothing is known that runs this script"
    assert error.where == f"tools/pipeline/{name}"
    assert error.hint is not None
    assert f"chmod +x tools/pipeline/{name}" in error.hint


def test_two_scripts_of_one_step_are_an_error(tools: Tools) -> None:
    tools.add("extract-a.py")
    tools.add("extract-a.sh")

    error = tools.error()

    assert str(error) == (
        "tools/pipeline: two scripts for step `extract-a`: extract-a.py and extract-a.sh"
    )
    assert error.hint == "rename or remove one of them"


@pytest.mark.parametrize(
    "name",
    [
        ".extract-a.py",
        "extract-a.py~",
        "#extract-a.py#",
        "extract-a.py.bak",
        "extract-a.py.orig",
        "extract-a.py.rej",
        ".extract-a.py.swp",
        "extract-a.pyc",
        "extract-a.md",
        "extract-a.TXT",
        "extract-a.toml",
    ],
)
def test_hidden_files_leftovers_and_texts_are_no_scripts(tools: Tools, name: str) -> None:
    tools.add(name)

    assert discover(tools.project, PHASES, {}) == ({}, [])


def test_a_folder_is_no_script(tools: Tools) -> None:
    (tools.folder / "extract-a").mkdir()

    assert tools.scripts() == {}


def test_a_link_that_leads_nowhere_is_an_error_and_not_left_out_in_silence(tools: Tools) -> None:
    (tools.folder / "extract-a.py").symlink_to("/no/such/file")

    assert tools.error().where == "tools/pipeline/extract-a.py"


def test_a_file_of_no_phase_is_warned_of_with_the_phase_that_may_be_meant(tools: Tools) -> None:
    tools.add("extrakt-ddl.py")
    tools.add("helpers.py")

    assert discover(tools.project, PHASES, {})[1] == [
        "tools/pipeline/extrakt-ddl.py is no step: no phase `extrakt` (did you mean `extract`?)"
    ]


def test_the_longest_phase_that_fits_takes_the_step() -> None:
    assert split_phase("load-all-now", ("load", "load-all")) == "load-all"
    assert split_phase("load-all", ("load", "load-all")) == "load"
    assert split_phase("load", ("load",)) is None
    assert split_phase("load-", ("load",)) is None
    assert split_phase("-load", ("load",)) is None


# --- headers


@pytest.mark.parametrize(
    ("name", "lead"),
    [("a.py", "#"), ("a.sql", "--"), ("a.js", "//"), ("a.erl", "%"), ("a.lisp", ";")],
)
def test_a_script_s_header_says_how_it_wants_to_be_run(tools: Tools, name: str, lead: str) -> None:
    block = (
        f"{lead} /// script\n{lead} dependencies = []\n{lead}\n{lead} [tool.asyncorch]\n"
        f'{lead} foreach = "work/**/*.py"\n{lead} timeout = "10m"\n{lead} ///\nrest\n'
    )
    tools.add(f"extract-{name}", "first line\n" + block)

    (script,) = tools.scripts(sql="x", js="x", erl="x", lisp="x").values()

    assert (script.table.foreach, script.table.timeout) == (("work/**/*.py",), 600.0)


def test_a_header_with_windows_line_ends_is_read(tools: Tools) -> None:
    tools.add("extract-a.py", "# /// script\r\n# [tool.asyncorch]\r\n# slots = 2\r\n# ///\r\n")

    (script,) = tools.scripts().values()

    assert script.table.slots == 2


def test_a_header_without_our_table_says_nothing(tools: Tools) -> None:
    tools.add("extract-a.py", "# /// script\n# requires-python = '>=3.11'\n# ///\n")

    (script,) = tools.scripts().values()

    assert script.table.said == ()


def header(*lines: str) -> str:
    return "".join(f"# {text}\n" for text in ("/// script", *lines, "///"))


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        (
            header("[tool.asyncorch]", "timeuot = 3"),
            "tools/pipeline/extract-a.py, [tool.asyncorch]",
            "unknown key `timeuot`",
        ),
        (
            "# /// script\n# slots = 2\nprint()\n",
            "tools/pipeline/extract-a.py",
            "the block `/// script` is not closed",
        ),
        (
            "# /// script\n# slots = 2\n",
            "tools/pipeline/extract-a.py",
            "the block `/// script` is not closed",
        ),
        (
            header("tool = 1"),
            "tools/pipeline/extract-a.py",
            "`tool.asyncorch` is no table",
        ),
        (
            header("[tool]", "asyncorch = 1"),
            "tools/pipeline/extract-a.py",
            "`tool.asyncorch` is no table",
        ),
    ],
)
def test_a_header_that_does_not_fit_is_one_clear_error(
    tools: Tools, text: str, where: str, message: str
) -> None:
    tools.add("extract-a.py", text)

    error = tools.error()

    assert (error.where, error.message) == (where, message)


def test_a_header_that_is_not_toml_is_told(tools: Tools) -> None:
    tools.add("extract-a.py", header("slots ="))

    error = tools.error()

    assert error.where == "tools/pipeline/extract-a.py"
    assert error.message.startswith("the block `/// script` is not TOML: ")


def test_an_interpreter_with_an_open_quote_is_told(tools: Tools) -> None:
    tools.add("extract-a.pl")

    error = tools.error(pl="perl 'x")

    assert error.where == "pipeline.toml, [interpreters]"


def test_binary_scripts_are_read_without_a_fuss(tools: Tools) -> None:
    (tools.folder / "extract-a.py").write_bytes(b"\xff\xfe\x00" * 10_000)

    assert list(tools.scripts()) == ["extract-a"]
