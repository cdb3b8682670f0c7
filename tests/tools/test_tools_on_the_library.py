"""The tools one after another on real input: part of this Python's own library."""

from __future__ import annotations

import shutil
import sysconfig
import warnings
from pathlib import Path

import pytest

from tests.tools.toolrun import Pack

LIBRARY = Path(sysconfig.get_path("stdlib"))
PARTS = [
    "json",
    "email",
    "xml",
    "importlib",
    "ctypes",
    "encodings",
    "idlelib",
    "test/encoded_modules",
]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    made = Pack(tmp_path)
    snapshot = tmp_path / "deliveries" / "library"
    for part in PARTS:
        if (LIBRARY / part).is_dir():
            shutil.copytree(LIBRARY / part, snapshot / part)
    made.deliver({"old.py": "print 'old'\n", "broken.py": "x = (\n"}, "library")
    return made


def compiles(content: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(content, "<file>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
    return True


def run_all(pack: Pack) -> dict[str, int]:
    trees = ("sources", "config", "data")
    pack.extract()
    pack.fan_out(
        "validate-encoding",
        *(f"extracted/{tree}" for tree in trees if pack.files(f"work/extracted/{tree}")),
    )
    pack.fan_out("validate-syntax", "validated/sources")
    for tree in ("config", "data"):
        if pack.files(f"work/validated/{tree}"):
            assert pack.fan_out(f"validate-{tree}", f"validated/{tree}").status == 0
    for step in ("dependencies", "metrics", "patterns", "assessment"):
        assert pack.run(f"analyze-{step}").status == 0
    return pack.fan_out("transform-sources", "validated/sources").rows


@pytest.mark.slow
def test_every_file_is_accounted_for_and_none_is_broken_and_a_second_run_writes_nothing(
    pack: Pack,
) -> None:
    rows = run_all(pack)

    delivered = {
        path: content
        for path, content in pack.files("deliveries/library").items()
        if "__pycache__" not in path
    }
    trees = [pack.files(f"work/extracted/{tree}") for tree in ("sources", "config", "data")]
    assert trees[0] | trees[1] | trees[2] == delivered
    assert sum(map(len, trees)) == len(delivered) == len(pack.inventory())
    made = pack.files("work/transformed")
    assert {path for path, errors in rows.items() if not errors} == set(made)
    assert {path for path, errors in rows.items() if errors} == {"broken.py"}
    assert all(compiles(content) for path, content in made.items() if path.endswith(".py"))
    before = pack.stamps()

    run_all(pack)

    assert pack.stamps() == before
