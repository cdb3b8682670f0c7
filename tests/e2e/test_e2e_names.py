"""Hostile names of files pass through the whole run unchanged."""

from __future__ import annotations

import os

import pytest

from tests.e2e.projects import Project

pytestmark = pytest.mark.slow

HARD_NAMES: list[bytes] = [
    b"plain.txt",
    b"with space.txt",
    b" lead.txt",
    b"quote'single.txt",
    b'quote"double.txt',
    b"new\nline.txt",
    b"tab\there.txt",
    b"a|b|0|.txt",
    b"-rf.txt",
    b"--help.txt",
    b"$(reboot).txt",
    b"`id`;&.txt",
    b"back\\slash.txt",
    b"%41percent%.txt",
    b"{file}{path}.txt",
    b"*?[a].txt",
    b"\xff\xfe-not-utf8.txt",
    b"\x1b[31mred.txt",
    "ünï-日本-🙂.txt".encode(),
    b".hidden.txt",
    b"~.txt",
    b"n" * 251 + b".txt",
    b"deep/" * 40 + b"leaf.txt",
    b"d.d/| x | 0 |.txt",
]
ANY_NAME = "pattern = '(?s)\\|\\s*(.+)\\s*\\|\\s*0\\s*\\|'\n"
PYTHON_COPY = """#!{python}
import os, sys
from urllib.parse import quote_from_bytes
for name in map(os.fsencode, sys.argv[1:]):
    path = name.split(b"/", 2)[2]
    place = b"work/transformed/" + path
    os.makedirs(os.path.dirname(place), exist_ok=True)
    open(place, "wb").write(open(name, "rb").read())
    {row}
"""
ENCODED = 'print("|", quote_from_bytes(path), "| 0 |", flush=True)'
RAW = 'os.write(1, b"| " + path + b" | 0 |\\n")'


def promoted_bytes(project: Project) -> list[bytes]:
    return sorted(os.fsencode(name) for name in project.promoted)


@pytest.mark.parametrize("form", ["no rows", "encoded", "raw"])
def test_files_of_any_name_are_promoted_under_exactly_that_name(
    project: Project, form: str
) -> None:
    names = list(HARD_NAMES)
    if form == "raw":  # a tool that does not encode cannot speak of these
        names = [n for n in names if b"\n" not in n and not n.startswith(b" ")]
    project.deliver(*names)
    if form == "no rows":
        run = 'run = \'mkdir -p "$(dirname "$1")"; cp -- {file} "$1"\'\n'
        run = 'run = ["sh", "-c", \'p="work/transformed/${1#*/*/}"; mkdir -p "${p%/*}"; '
        run += 'cp -- "$1" "$p"\', "sh", "{file}"]\n'
    else:
        run = ""
        row = ENCODED if form == "encoded" else RAW
        project.script("transform-copy.py", PYTHON_COPY.format(python=PYTHON, row=row))
    project.config(
        f"[gate]\n{ANY_NAME}[steps.transform-copy]\n"
        'foreach = "deliveries/{snapshot}/**"\n'
        f'outputs = ["work/transformed/{{path}}"]\n{run}'
    )

    done = project.run()

    assert done.status == 0, done.err
    assert promoted_bytes(project) == sorted(names)
    assert project.last.summary["artifacts"]["successful"] == len(names)
    for name in names:
        promoted = project.root / "target" / "artifacts" / os.fsdecode(name)
        assert promoted.read_bytes() == b"x\n" + name + b"\n"
    again = project.run()
    assert again.status == 0
    assert promoted_bytes(project) == sorted(names)


PYTHON = os.path.realpath("/proc/self/exe")


def test_a_shell_command_gets_every_name_as_one_word(project: Project) -> None:
    project.deliver(*HARD_NAMES)
    project.config(
        '[steps.extract-show]\nforeach = "deliveries/{snapshot}/**"\nbatch = 100\nrows = false\n'
        'run = \'for f in {files}; do printf "%s\\0" "$f"; done >shown\'\n'
    )

    assert project.run().status == 0
    shown = (project.root / "shown").read_bytes().split(b"\0")[:-1]
    assert sorted(shown) == sorted(b"deliveries/s1/" + name for name in HARD_NAMES)


def test_a_list_of_names_reaches_a_tool_through_a_file(project: Project) -> None:
    project.deliver(*HARD_NAMES)
    project.config(
        '[steps.extract-show]\nforeach = "deliveries/{snapshot}/**"\nbatch = 100\nrows = false\n'
        'run = "cat {filelist} >shown"\n'
    )

    assert project.run().status == 0
    shown = (project.root / "shown").read_bytes().split(b"\0")[:-1]
    assert sorted(shown) == sorted(b"deliveries/s1/" + name for name in HARD_NAMES)
