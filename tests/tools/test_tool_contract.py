"""What every shipped tool keeps: how it declares itself, how it ends, what it leaves behind."""

from __future__ import annotations

import ast
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tools.toolrun import CLEAN, PACK, Pack

SCRIPTS = sorted(PACK.glob("*.py"))
NAMES = [script.stem for script in SCRIPTS]
BLOCK = re.compile(r"^# /// script$\n((?:^#(?: .*)?$\n)+)^# ///$", re.MULTILINE)
KEYS = {"foreach", "outputs", "inputs", "uses", "needs", "rows", "slots", "timeout", "batch"}
KEYS |= {"limits", "env", "env_inputs"}


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def declared(script: Path) -> dict[str, object]:
    """Return how the script wants to be run, as any reader of PEP 723 would."""
    (block,) = BLOCK.findall(script.read_text())
    text = "".join(
        line[2:] if line.startswith("# ") else line[1:] for line in block.splitlines(keepends=True)
    )
    found = tomllib.loads(text)
    assert found["requires-python"] == ">=3.11"
    assert isinstance(found["dependencies"], list)
    table = found["tool"]["asyncorch"]
    assert isinstance(table, dict)
    return table


def test_the_pack_has_the_tools_of_the_five_phases_that_are_due() -> None:
    assert NAMES == [
        "analyze-assessment",
        "analyze-dependencies",
        "analyze-metrics",
        "analyze-patterns",
        "extract-config-files",
        "extract-data-files",
        "extract-metadata",
        "extract-source-files",
        "transform-sources",
        "validate-config",
        "validate-data",
        "validate-encoding",
        "validate-syntax",
    ]


@pytest.mark.parametrize("script", SCRIPTS, ids=NAMES)
def test_each_script_declares_how_it_is_run_and_has_no_run_bit(script: Path) -> None:
    table = declared(script)

    assert set(table) <= KEYS
    assert "toolkit" in str(table["uses"]), "a change of the toolkit makes what it made stale"
    assert not script.stat().st_mode & 0o111


def test_the_validated_trees_go_on_to_the_steps_that_take_them() -> None:
    tables = {script.stem: declared(script) for script in SCRIPTS}

    for check in ("syntax", "config", "data"):
        assert tables[f"validate-{check}"]["needs"] == ["encoding"]
    others = {name.removeprefix("analyze-") for name in NAMES if name.startswith("analyze-")}
    assert set(tables["analyze-assessment"]["needs"]) == others - {"assessment"}  # type: ignore[call-overload]  # a list, as the next line's
    assert tables["transform-sources"]["outputs"] == ["work/transformed/{path}"]
    assert tables["validate-encoding"]["outputs"] == ["work/validated/{tree}/{path}"]


@pytest.mark.parametrize("file", sorted(PACK.rglob("*.py")), ids=lambda file: file.name)
def test_the_pack_stands_alone(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not any(name.split(".")[0] == "asyncorch" for name in names)


@pytest.mark.parametrize("script", SCRIPTS, ids=NAMES)
def test_help_needs_no_library_and_says_what_the_tool_does(script: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-S", str(script), "--help"],
        cwd=tmp_path,
        env=CLEAN,
        capture_output=True,
        text=True,
        check=True,
    )

    first = (ast.get_docstring(ast.parse(script.read_text())) or "").splitlines()[0]
    assert first in done.stdout


@pytest.mark.parametrize(
    ("tool", "name", "library"),
    [
        ("validate-syntax", "A.java", "ast_grep_py"),
        ("validate-syntax", "old.py", "fissix"),
        ("validate-config", "a.xml", "defusedxml"),
        ("validate-config", "a.yaml", "yaml"),
        ("transform-sources", "a.py", "fissix"),
        ("transform-sources", "A.java", "yaml"),
    ],
)
def test_a_missing_library_is_one_message_with_a_hint(
    pack: Pack, tool: str, name: str, library: str
) -> None:
    tree = "config" if tool == "validate-config" else "sources"
    pack.validated({name: "class A { }\n" if name.endswith("java") else "print 'a'\n"}, tree)

    done = subprocess.run(
        [sys.executable, "-S", str(PACK / f"{tool}.py"), f"work/validated/{tree}/{name}"],
        cwd=pack.root,
        env=CLEAN,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        f"error: the library `{library}` is not installed\n\nhint: pip install 'asyncorch[tools]'\n"
    )


@pytest.mark.parametrize(
    "tool", [name for name in NAMES if name.startswith(("validate-", "transform-"))]
)
def test_no_files_is_a_usage_error(pack: Pack, tool: str) -> None:
    end = pack.run(tool)

    assert end.status == 2
    assert "usage:" in end.errors


def test_rows_are_utf_8_whatever_the_locale(pack: Pack) -> None:
    pack.validated({"é.py": "x = (\n"})

    end = pack.fan_out(
        "validate-syntax", "validated/sources", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0"
    )

    assert end.rows == {"é.py": 1}


@pytest.mark.slow
def test_a_terminated_tool_has_told_of_what_is_in_place_and_leaves_no_half_files(
    pack: Pack,
) -> None:
    names = [f"{number:04}.txt" for number in range(3000)]
    pack.extracted(dict.fromkeys(names, "text\n"), "data")
    with subprocess.Popen(
        [sys.executable, str(PACK / "validate-encoding.py"),
         *(f"work/extracted/data/{name}" for name in names)],
        cwd=pack.root,
        env=CLEAN,
        stdout=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout
        told = [running.stdout.readline()]
        running.send_signal(signal.SIGTERM)
        told += running.stdout.readlines()

    assert running.returncode == 128 + signal.SIGTERM
    assert 0 < len(told) < len(names)
    made = pack.files("work/validated/data")
    assert set(made.values()) == {b"text\n"}
    assert len(told) <= len(made) <= len(told) + 1
    assert not any((pack.root / "work/.staging").iterdir())


@pytest.mark.slow
def test_a_reader_that_goes_away_ends_the_tool_without_a_traceback(pack: Pack) -> None:
    names = [f"{number:04}.txt" for number in range(3000)]
    pack.extracted(dict.fromkeys(names, "text\n"), "data")
    with subprocess.Popen(
        [sys.executable, str(PACK / "validate-encoding.py"),
         *(f"work/extracted/data/{name}" for name in names)],
        cwd=pack.root,
        env=CLEAN,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        errors = running.stderr.read()

    assert running.returncode == 141
    assert errors == b""
