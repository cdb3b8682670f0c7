"""The transform on whole trees: no good file comes out bad, and a second run changes nothing.

The standard library is on every machine. Python of the 2-era is fetched by name where unearth is
installed and the package index answers; none of it is ever run.
"""

from __future__ import annotations

import functools
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.toolrun import PACK, Pack

sys.path.append(str(PACK))  # as the tools see it, which run from there
sys.path.append(str(PACK.parent / "bench"))

from sdists import UnreachableError, fetch

from toolkit.encoding import NotTextError, to_utf_8
from toolkit.python_syntax import refused

LIBRARY = Path(sysconfig.get_path("stdlib"))
OLD = ("Twisted==10.1.0", "Zope2==2.12.0", "bzr==2.6.0")
BATCH = 200


def utf_8(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield a tree's Python files as the step `encoding` gives them on, if it does."""
    for file in sorted(folder.rglob("*.py")):
        path = file.relative_to(folder)
        if file.is_file() and not {"site-packages", "__pycache__"} & set(path.parts):
            try:
                yield path.as_posix(), to_utf_8(file.read_bytes(), "python", known=None)
            except NotTextError:
                continue


def transform(pack: Pack, files: dict[str, bytes]) -> dict[str, int]:
    """Run the tool on all files, some hundred at a time, and return the rows."""
    pack.validated(dict(files))
    names = [f"work/validated/sources/{path}" for path in files]
    rows: dict[str, int] = {}
    for start in range(0, len(names), BATCH):
        end = pack.run("transform-sources", *names[start : start + BATCH])
        assert end.status in (0, 1), end.errors
        rows |= end.rows
    return rows


def check(folder: Path, tmp_path: Path) -> tuple[int, int]:
    """Check both properties on a tree; return how many files were refused, and how many still."""
    files = dict(utf_8(folder))
    once, twice = Pack(tmp_path / "once"), Pack(tmp_path / "twice")
    for pack in (once, twice):
        pack.root.mkdir()
    old = {path for path, content in files.items() if refused(content)}

    rows = transform(once, files)

    made = once.files("work/transformed")
    bad = {path for path, errors in rows.items() if errors}
    assert set(rows) == set(files), "every file has its row"
    assert set(made) == set(files) - bad
    assert bad <= old, "a good file came out bad"
    assert [path for path, content in made.items() if refused(content)] == []

    again = transform(twice, made)

    assert set(again.values()) == {0}
    assert twice.files("work/transformed") == made, "a second run changed something"
    return len(old), len(bad)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_standard_library_comes_out_whole(tmp_path: Path) -> None:
    check(LIBRARY, tmp_path)


@functools.cache
def fetched(requirement: str, folder: Path) -> Path:
    pytest.importorskip("unearth", reason="unearth, which finds the archives, is not installed")
    try:
        return fetch(requirement, folder)
    except UnreachableError as error:
        pytest.skip(f"no package index: {error}")


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_of_old_files_that_the_compiler_refuses_98_in_100_compile(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = tmp_path_factory.getbasetemp() / "sdists"
    refusals, lost = 0, 0
    for requirement in OLD:
        (tmp_path / requirement).mkdir()
        was, still = check(fetched(requirement, cache), tmp_path / requirement)
        refusals, lost = refusals + was, lost + still

    assert refusals > 750
    assert lost / refusals < 0.02
