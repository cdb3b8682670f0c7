"""The documents say what is so: links lead somewhere, and every key and command is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import Struct

from asyncorch.cli.main import COMMANDS
from asyncorch.tables import BuildTable, Config, GateTable, PhaseTable, StepTable

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = LINK.findall(page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("table", [Config, StepTable, PhaseTable, GateTable, BuildTable])
def test_every_key_of_pipeline_toml_is_in_the_table_of_keys(table: type[Struct]) -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()

    told = set(re.findall(r"`\[?(?:notify\.|retention\.)?(\w+)\]?`", text))
    told |= set(re.findall(r"\[(\w+)[].]", text))
    assert set(table.__struct_fields__) - told == {"said"} & set(table.__struct_fields__)


def test_every_command_is_in_the_readme_or_the_docs() -> None:
    text = " ".join(page.read_text() for page in PAGES)

    assert [
        name for name in COMMANDS if f"asyncorch {name}" not in text and f"`{name}" not in text
    ] == []
