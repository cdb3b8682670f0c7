"""Who can share slots: told by the programs themselves, asked once, and only those that matter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from asyncorch.model import Step
from asyncorch.toolversions import too_old


class Programs:
    """A folder of programs that say a version, and count how often they are asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, str] = {}

    def says(self, name: str, line: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho asked >>'{self.folder}/asked'\necho '{line}'\n")
        path.chmod(0o755)
        return path

    def complaint(self, command: tuple[str, ...] | str, cwd: str = "") -> str | None:
        step = Step("extract", "x", command, cwd=cwd, jobserver=True)
        return too_old(step, {"PATH": f"{self.folder}"}, self.folder, self.known)

    @property
    def asked(self) -> int:
        path = self.folder / "asked"
        return len(path.read_text().split()) if path.exists() else 0


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)


@pytest.mark.parametrize("version", ["GNU Make 4.4", "GNU Make 4.4.1", "GNU Make 5.0"])
def test_a_make_that_knows_named_pipes_is_no_trouble(programs: Programs, version: str) -> None:
    programs.says("make", version)

    assert programs.complaint("make all") is None


@pytest.mark.parametrize(
    ("version", "complaint"),
    [
        ("GNU Make 4.3", "make 4.3 is older than 4.4"),
        ("GNU Make 3.81", "make 3.81 is older than 4.4"),
        ("usage: make [-j]", "this make does not say its version"),
        ("", "this make does not say its version"),
    ],
)
def test_other_makes_are_too_old(programs: Programs, version: str, complaint: str) -> None:
    programs.says("make", version)

    assert programs.complaint(("make", "all")) == complaint


@pytest.mark.parametrize(
    "command",
    [
        "cd x && make;",
        "exec gmake -C y",
        ("sh", "-c", "(make)"),
        "VERBOSE=1 make",
        "/usr/bin/env make",
    ],
)
def test_a_make_is_found_wherever_the_command_names_it(
    programs: Programs, command: tuple[str, ...] | str
) -> None:
    programs.says("make", "GNU Make 4.3")
    programs.says("gmake", "GNU Make 4.3")

    assert programs.complaint(command) == "make 4.3 is older than 4.4"


def test_of_a_script_the_make_that_it_would_find_decides(programs: Programs) -> None:
    programs.says("make", "GNU Make 4.3")

    assert programs.complaint(("./build.sh",)) == "make 4.3 is older than 4.4"


def test_a_step_that_calls_cargo_or_a_new_ninja_does_not_mind_an_old_make(
    programs: Programs,
) -> None:
    programs.says("make", "GNU Make 4.3")
    programs.says("ninja", "1.13.0")

    assert programs.complaint("ninja -C out") is None
    assert programs.complaint("cargo build --release") is None


def test_an_old_ninja_is_told(programs: Programs) -> None:
    programs.says("ninja", "1.11.1")

    assert programs.complaint("ninja") == "ninja 1.11 is older than 1.13"


def test_what_is_not_there_is_no_trouble(programs: Programs) -> None:
    assert programs.complaint("make all") is None


def test_a_path_is_seen_from_the_step_s_folder(programs: Programs) -> None:
    programs.says("own/make", "GNU Make 4.3")

    assert programs.complaint("./make", cwd="own") == "make 4.3 is older than 4.4"


def test_a_program_is_asked_once(programs: Programs) -> None:
    programs.says("make", "GNU Make 4.4")

    programs.complaint("make a && make b")
    programs.complaint("make c")

    assert programs.asked == 1


def test_a_program_that_cannot_be_run_does_not_say_its_version(programs: Programs) -> None:
    programs.says("make", "").write_bytes(b"\0\0\0")

    assert programs.complaint("make") == "this make does not say its version"


def test_bytes_that_are_no_text_harm_nobody(programs: Programs) -> None:
    path = programs.says("make", "")
    path.write_text(f"#!{sys.executable}\nimport os\nos.write(1, bytes([255, 10]) * 9)\n")

    assert programs.complaint("make") == "this make does not say its version"
    assert os.access(path, os.X_OK)
