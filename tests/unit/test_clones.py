"""Snapshots from git, with the git of this machine and repositories on its disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from asyncorch import clones, trees
from asyncorch.errors import ProjectError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def repository(tmp_path: Path) -> str:
    root = tmp_path / "repository"
    root.mkdir()
    (root / "a.txt").write_text("a")
    (root / "out").symlink_to("/etc")
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return f"file://{root}"


def test_a_clone_has_the_files_and_nothing_of_git(repository: str, tmp_path: Path) -> None:
    taken = clones.clone(repository, tmp_path / "into", environ=os.environ)

    assert list(trees.files(tmp_path / "into")) == ["a.txt"]
    assert (taken.files, taken.left_out) == (1, {"git's own files": 1, trees.OUTWARD: 1})


def test_a_clone_is_made_from_within_a_git_hook_too(repository: str, tmp_path: Path) -> None:
    environ = {**os.environ, "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/nowhere"}

    assert clones.clone(repository, tmp_path / "into", environ=environ).files == 1


def test_what_git_refuses_is_told_in_its_words_without_the_password(tmp_path: Path) -> None:
    url = f"file://user:secret@{tmp_path}/nothing"

    with pytest.raises(ProjectError) as error:
        clones.clone(url, tmp_path / "into", environ=os.environ)

    assert "git cannot clone it: " in str(error.value)
    assert "secret" not in str(error.value)


def test_an_archive_on_a_server_is_not_git_s_business(tmp_path: Path) -> None:
    with pytest.raises(ProjectError) as error:
        clones.clone(f"file://{tmp_path}/x.zip", tmp_path / "into", environ=os.environ)

    assert error.value.hint == "archives are taken from the disk: download it first"


@pytest.mark.parametrize("url", ["ext::touch {}", "fd::17", "ftp://example.org/x", "EXT::touch {}"])
def test_a_url_that_runs_commands_is_refused(url: str, tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    with pytest.raises(ProjectError, match="is not taken"):
        clones.clone(url.format(ran), tmp_path / "into", environ=os.environ)

    assert not ran.exists()


def test_a_url_is_never_an_option(tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    with pytest.raises(ProjectError):
        clones.clone(f"--upload-pack=touch {ran}", tmp_path / "into", environ=os.environ)

    assert not ran.exists()


def test_without_git_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="git is not installed"):
        clones.clone("file:///x", tmp_path / "into", environ={"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://example.org/shop.git", True),
        ("git@example.org:team/shop.git", True),
        ("ext::sh", True),
        ("shop", False),
        ("../shop.tar.gz", False),
        ("C:shop", False),
    ],
)
def test_a_url_is_told_by_its_form(source: str, expected: bool) -> None:  # noqa: FBT001  # a table
    assert clones.is_url(source) is expected


def test_what_is_on_the_disk_is_no_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a@b:c").mkdir()

    assert not clones.is_url("a@b:c")
