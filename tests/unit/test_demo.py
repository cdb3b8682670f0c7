"""The demo project, from a small library like Python's own, and from the real one."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from asyncorch import demo, snapshots, trees
from asyncorch.errors import ProjectError


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Make a library with everything that the demo must leave out."""
    root = tmp_path / "lib" / "python3"
    for path in (
        "os.py",
        "LICENSE.txt",
        "test/test_grammar.py",
        "lib2to3/tests/data/bom.py",
        "lib2to3/main.py",
        "site-packages/numpy/big.py",
        "dist-packages/apt.py",
        "__pycache__/os.cpython-311.pyc",
        "lib-dynload/_ssl.cpython-311.so",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    (root / "large.bin").write_bytes(bytes((1 << 20) + 1))
    (root / "out").symlink_to("/etc/hostname")
    return root


def _made(root: Path, library: Path) -> list[str]:
    said: list[str] = []
    demo.claim(root, library)
    demo.make(root, library, said.append)
    return said


def test_one_snapshot_is_whole_and_one_without_the_tests(library: Path, tmp_path: Path) -> None:
    said = _made(tmp_path / "demo", library)

    first, second = snapshots.listing(tmp_path / "demo" / "deliveries")
    assert sorted(trees.files(first.path)) == ["LICENSE.txt", "lib2to3/main.py", "os.py"]
    assert sorted(trees.files(second.path)) == [
        "LICENSE.txt",
        "lib2to3/main.py",
        "lib2to3/tests/data/bom.py",
        "os.py",
        "test/test_grammar.py",
    ]
    assert said == ["snapshot-1: 3 files", "snapshot-2: 5 files"]


def test_the_second_time_uses_what_is_there(library: Path, tmp_path: Path) -> None:
    _made(tmp_path / "demo", library)
    (library / "new.py").touch()

    said = _made(tmp_path / "demo", library)

    assert said == ["snapshot-1: already there", "snapshot-2: already there"]


def test_an_interrupted_demo_is_finished_the_next_time(library: Path, tmp_path: Path) -> None:
    root = tmp_path / "demo"

    def interrupt(text: str) -> None:
        raise KeyboardInterrupt

    demo.claim(root, library)
    with pytest.raises(KeyboardInterrupt):
        demo.make(root, library, interrupt)

    assert _made(root, library) == ["snapshot-1: already there", "snapshot-2: 5 files"]


def test_an_empty_folder_may_become_the_demo(library: Path, tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()

    assert _made(tmp_path / "demo", library)


def test_a_folder_that_is_something_else_is_left_alone(library: Path, tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="there is something else already"):
        demo.claim(library, library)

    assert not (library / demo.MARK).exists()


def test_python_without_its_tests_is_told_apart(library: Path) -> None:
    assert demo.has_tests(library)
    (library / "test" / "test_grammar.py").unlink()
    assert not demo.has_tests(library)


@pytest.mark.slow
def test_the_real_library_is_taken_with_all_its_sources(tmp_path: Path) -> None:
    library = Path(sysconfig.get_path("stdlib"))

    _made(tmp_path / "demo", library)

    outside = {"site-packages", "dist-packages", "__pycache__"}
    real = [p for p in library.rglob("*.py") if not outside & set(p.relative_to(library).parts)]
    whole = tmp_path / "demo" / "deliveries" / "snapshot-2"
    assert len(list(whole.rglob("*.py"))) == len(real)
    assert not list(whole.rglob("*.so"))
