"""The documents say what is so: links lead somewhere; every key, option and event is told."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from msgspec import Struct

from asyncorch import config as configuration
from asyncorch.cli.main import COMMANDS, program
from asyncorch.events import Event
from asyncorch.model import Outcome, Row
from asyncorch.tables import (
    MODES,
    PHASES,
    BuildTable,
    Config,
    GateTable,
    NotifyTable,
    PhaseTable,
    RetentionTable,
    StepTable,
)

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TEXTS = {page.name: page.read_text() for page in PAGES}
COMMANDS_PAGE, KEYS_PAGE = TEXTS["commands.md"], TEXTS["configuration.md"]
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TABLES: dict[str, type[Struct]] = {
    "": Config,
    "steps.extract-x": StepTable,
    "phases.extract": PhaseTable,
    "gate": GateTable,
    "build": BuildTable,
    "notify": NotifyTable,
    "retention": RetentionTable,
}
SECTIONS = {  # of docs/configuration.md, by the table that it tells of
    "": "Top level",
    "steps.extract-x": "[steps.<phase>-<name>]",
    "phases.extract": "[phases]",
    "gate": "[gate]",
    "build": "[build]",
    "notify": "[notify] and [retention]",
    "retention": "[notify] and [retention]",
}


def anchor(heading: str) -> str:
    """Return the name by which a link reaches a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def section(text: str, name: str) -> str:
    """Return what stands below a heading, up to the next one that is no deeper."""
    found = next(m for m in HEADING.finditer(text) if anchor(m[2]) == anchor(name))
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def blocks(language: str) -> list[tuple[str, str]]:
    """Return the page and the text of each block of code in a language."""
    return [
        (p, m[2]) for p, text in TEXTS.items() for m in BLOCK.finditer(text) if m[1] == language
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading_of_it(page: Path) -> None:
    for file, heading in LINK.findall(page.read_text()):
        target = page.parent / file if file else page
        assert target.exists(), file
        if heading:
            assert heading in {anchor(m[2]) for m in HEADING.finditer(target.read_text())}


# --- commands


def leaves() -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, by the words that name it."""
    context = click.Context(program)
    for name in COMMANDS:
        command = program.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((f"{name} {inner}", c) for inner, c in command.commands.items())
        elif command is not None:
            yield name, command


LEAVES = dict(leaves())


def options(command: click.Command) -> set[str]:
    found = [*(p for p in command.params if isinstance(p, click.Option))]
    return {word for option in found for word in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize("name", LEAVES)
def test_every_option_is_in_a_table_or_the_usage_of_its_command(name: str) -> None:
    told = section(COMMANDS_PAGE, f"asyncorch {name}")
    told += "".join(section(COMMANDS_PAGE, link) for page, link in LINK.findall(told) if not page)

    places = " ".join(re.findall(r"^(?:\| .*? \||    asyncorch .*)", told, re.MULTILINE))
    words = set(re.findall(r"(?<![\w-])--?\w[\w-]*", places))
    assert options(LEAVES[name]) - words == set()


def test_no_option_is_told_that_there_is_none_of() -> None:
    told = set(re.findall(r"(?<![\w-])--\w[\w-]*", COMMANDS_PAGE))

    assert told - {word for command in LEAVES.values() for word in options(command)} == {
        "--help",
        "--version",
    }


@pytest.mark.parametrize("page", TEXTS)
def test_every_example_is_a_command_line_that_is_understood(page: str) -> None:
    fenced = "\n".join(match[2] for match in BLOCK.finditer(TEXTS[page]))
    lines = re.findall(r"^(?:\$ )?asyncorch\b(.*)$", fenced, re.MULTILINE)
    lines += re.findall(r"`asyncorch( [^`…]+)`", TEXTS[page])

    for line in lines:
        words = shlex.split(re.split(r" [|>&] |\s*;", line)[0], comments=True)
        name = " ".join(words[: 2 if words[:1] == ["snapshot"] else 1])
        assert name in LEAVES or name in ("", "snapshot", "--help", "--version"), line
        if name in LEAVES:
            LEAVES[name].make_context(name, words[len(name.split()) :])


def test_every_event_and_each_of_its_fields_is_told() -> None:
    told = section(COMMANDS_PAGE, "Events")
    for kind in get_args(Event):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
        if name in ("progressed", "rows_settled"):
            continue  # they are in no journal
        row = re.search(rf"^\| `{name}` \|.*$", told, re.MULTILINE)
        assert row, name
        assert set(kind.__struct_fields__) - set(re.findall(r"`(\w+)`", row[0])) == set(), name
    told_words = set(re.findall(r"`(\w[\w ]*)`", told))
    assert {*map(str, Outcome), *Row._fields} - told_words == set()


# --- pipeline.toml


def keys(table: str) -> dict[str, str]:
    """Return the keys that the page tells of a table, each with what it says is the default."""
    rows = re.findall(
        r"^\| `([^`]+)` \| (.*?) ?\| ", section(KEYS_PAGE, SECTIONS[table]), re.MULTILINE
    )
    if SECTIONS[table].startswith("[notify]"):
        start = f"{table}."
        return {key.removeprefix(start): told for key, told in rows if key.startswith(start)}
    return {key.strip("[]"): told for key, told in rows}


@pytest.mark.parametrize("table", TABLES)
def test_every_key_is_in_the_table_of_keys_and_no_other(table: str) -> None:
    fields = set(TABLES[table].__struct_fields__) - {"said"}

    with_pages_of_their_own = {"steps", "gate", "build", "notify", "retention"}
    assert fields - set(keys(table)) == (with_pages_of_their_own if table == "" else set())
    assert set(keys(table)) - fields == set()


@pytest.mark.parametrize("table", TABLES)
def test_a_default_that_is_told_as_a_value_is_the_default(table: str) -> None:
    for key, told in keys(table).items():
        value = re.fullmatch(r"`([^`]*)`", told)
        if value is None or value[1] in keys(table) or value[1].startswith("."):
            continue  # words, or another key
        text = f"[{table}]\n{key} = {value[1]}" if table else f"{key} = {value[1]}"
        loaded: Any = configuration.parse(tomllib.loads(text), "pipeline.toml")
        for word in filter(None, table.split(".")):
            loaded = loaded[word] if isinstance(loaded, dict) else getattr(loaded, word)
        default = getattr(TABLES[table](), key)
        assert getattr(loaded, key) == default or default is None, key


def test_the_phases_and_modes_that_are_told_are_those_that_come_with_it() -> None:
    told = keys("")

    assert told["phases"].split(", ") == list(PHASES)
    assert told["modes"].split(", ") == list(MODES)


@pytest.mark.parametrize(("page", "text"), blocks("toml"))
def test_every_example_of_a_configuration_is_one(page: str, text: str) -> None:
    configuration.parse(tomllib.loads(text), page)


# --- code


def test_every_room_of_the_house_is_in_its_table() -> None:
    told = set(re.findall(r"`(\w+)`", section(TEXTS["house.md"], "The house")))

    rooms = {path.stem for path in (ROOT / "asyncorch").iterdir() if path.suffix == ".py"}
    rooms |= {path.parent.name for path in (ROOT / "asyncorch").glob("*/__init__.py")}
    assert rooms - told == set()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(2))
def test_the_examples_of_the_python_api_run(tmp_path: Path, number: int) -> None:
    code = [text for page, text in blocks("python") if page == "api.md"][number]
    settings = [text for page, text in blocks("toml") if page == "api.md"][number]
    module = tomllib.loads(settings)["orchestrator"].partition(":")[0]
    (tmp_path / f"{module}.py").write_text(code)
    (tmp_path / "pipeline.toml").write_text(settings)
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "deploy.py").write_text("import sys\nprint('to', sys.argv[1])\n")
    (tmp_path / "deliveries").mkdir()
    words = [sys.executable, "-m", "asyncorch", "run", str(tmp_path), "--mode", "release"]

    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert re.search(r"^(Hosts reached|Bytes released): +\d+$", done.stdout, re.MULTILINE)
