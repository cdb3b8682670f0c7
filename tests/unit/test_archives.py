"""Archives of strangers: what is taken, and what is refused whole."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from asyncorch import archives, trees
from asyncorch.archives import unpack
from asyncorch.errors import ProjectError


def _tar(path: Path, *members: tuple[str, bytes | tarfile.TarInfo], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]  # the mode is a literal
        for name, content in members:
            if isinstance(content, tarfile.TarInfo):
                content.name = name
                tar.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def _link(target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


def _zip(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in members:
            pack.writestr(name, content)
    return path


def _zip_link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_is_unpacked_whatever_packed_it(mode: str, tmp_path: Path) -> None:
    archive = _tar(tmp_path / "x", ("a/b.txt", b"text"), ("c", b""), mode=mode)

    taken = unpack(archive, tmp_path / "into")

    assert (tmp_path / "into" / "a" / "b.txt").read_bytes() == b"text"
    assert sorted(trees.files(tmp_path / "into")) == ["a/b.txt", "c"]
    assert (taken.files, taken.size) == (2, 4)


def test_a_zip_is_unpacked_with_its_run_bits_and_times(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("run.sh", (2020, 1, 2, 3, 4, 6))
    info.external_attr = (stat.S_IFREG | 0o755) << 16
    archive = _zip(tmp_path / "x.zip", (info, b"#!/bin/sh"), ("old", b""))

    unpack(archive, tmp_path / "into")

    assert os.access(tmp_path / "into" / "run.sh", os.X_OK)
    assert not os.access(tmp_path / "into" / "old", os.X_OK)
    assert (tmp_path / "into" / "run.sh").stat().st_mtime % 60 == 6


def test_a_zip_without_times_is_unpacked(tmp_path: Path) -> None:
    path = _zip(tmp_path / "x.zip", ("a", b"a"))
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 10), (b"PK\x01\x02", 12)):
        start = data.index(magic) + offset
        data[start : start + 4] = bytes(4)
    path.write_bytes(data)

    assert unpack(path, tmp_path / "into").files == 1


@pytest.mark.parametrize(
    ("name", "top", "below"),
    [
        ("shop-1.2.tar.gz", "shop-1.2", "shop-1.2"),
        ("shop.tar", "shop-main", "shop-main"),
        ("Shop-2.zip.tar", "shop", "shop"),
        ("delivery.tar", "src", None),
        ("shop.tar", "shop\n2", "shop\n2"),
    ],
)
def test_a_single_top_folder_named_like_the_archive_is_taken_for_the_whole(
    name: str, top: str, below: str | None, tmp_path: Path
) -> None:
    archive = _tar(tmp_path / name, (f"{top}/a", b""), (f"{top}/b/c", b""))

    taken = unpack(archive, tmp_path / "into")

    assert taken.below == below
    expected = ["a", "b/c"] if below else [f"{top}/a", f"{top}/b/c"]
    assert sorted(trees.files(tmp_path / "into")) == expected


def test_a_top_folder_with_something_beside_it_stays(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "shop.tar", ("shop/a", b""), ("README", b""))

    assert unpack(archive, tmp_path / "into").below is None


def test_links_that_stay_inside_are_kept(tmp_path: Path) -> None:
    archive = _tar(
        tmp_path / "x.tar",
        ("a/link", _link("../b")),
        ("a/hard", _link("b", tarfile.LNKTYPE)),
        ("b", b"text"),
    )

    unpack(archive, tmp_path / "into")

    assert (tmp_path / "into" / "a" / "link").readlink() == Path("../b")
    assert (tmp_path / "into" / "a" / "hard").read_bytes() == b"text"


def test_a_later_member_of_the_same_name_counts(tmp_path: Path) -> None:
    archive = _tar(tmp_path / "x.tar", ("a", b"old old"), ("a", b"new"))

    unpack(archive, tmp_path / "into")

    assert (tmp_path / "into" / "a").read_bytes() == b"new"


HOSTILE: dict[str, list[tuple[str, bytes | tarfile.TarInfo]]] = {
    "traversal": [("../evil", b"x")],
    "traversal below": [("a/../../evil", b"x")],
    "an absolute name": [("/tmp/evil", b"x")],
    "an absolute link": [("a", _link("/etc"))],
    "a link out": [("a", _link("../evil"))],
    "a link out through another": [("d", _link(".")), ("a", _link("d/../evil"))],
    "a file through a link": [("d", _link("..")), ("d/evil", b"x")],
    "a link through a link": [("d", _link("e")), ("d/evil", _link("x")), ("e/x", b"")],
    "a hard link out": [("a", _link("../evil", tarfile.LNKTYPE))],
    "a hard link to a link": [
        ("d/e/a", _link("../../b")),
        ("b", b""),
        ("c", _link("d/e/a", tarfile.LNKTYPE)),
    ],
    "a device": [("a", _link("", tarfile.CHRTYPE))],
    "a pipe": [("a", _link("", tarfile.FIFOTYPE))],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_tar_is_refused(case: str, tmp_path: Path) -> None:
    archive = _tar(tmp_path / "x.tar", *HOSTILE[case])

    (tmp_path / "in").mkdir()

    with pytest.raises(ProjectError):
        unpack(archive, tmp_path / "in" / "to")

    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../evil", b""),
        ("a/../../evil", b""),
        ("/tmp/evil", b""),
        (_zip_link("a"), b"/etc"),
        (_zip_link("a"), b"../evil"),
    ],
)
def test_a_hostile_zip_is_refused(
    name: str | zipfile.ZipInfo, content: bytes, tmp_path: Path
) -> None:
    archive = _zip(tmp_path / "x.zip", (name, content))

    with pytest.raises(ProjectError, match="leads out of it"):
        unpack(archive, tmp_path / "into")


def _bomb(tmp_path: Path, kind: str) -> Path:
    zeros = bytes(4 << 20)
    if kind == "zip":
        return _zip(tmp_path / "x.zip", ("zeros", zeros))
    if kind == "tar":
        return _tar(tmp_path / "x.tgz", ("zeros", zeros), mode="w:gz")
    info = tarfile.TarInfo("a")  # the bomb is in a header
    info.pax_headers = {"comment": "0" * (4 << 20)}
    return _tar(tmp_path / "x.tgz", ("a", info), mode="w:gz")


@pytest.mark.parametrize("kind", ["zip", "tar", "header"])
def test_an_archive_that_grows_beyond_measure_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED", 1 << 20)
    archive = _bomb(tmp_path, kind)

    with pytest.raises(ProjectError, match="grows to more than 200 times its size"):
        unpack(archive, tmp_path / "into")


def test_an_archive_of_too_many_entries_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_ENTRIES", 3)
    archive = _tar(tmp_path / "x.tar", *((f"f{i}", b"") for i in range(4)))

    with pytest.raises(ProjectError, match="more than 3 entries"):
        unpack(archive, tmp_path / "into")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "w"])
def test_a_broken_tar_is_refused(mode: str, tmp_path: Path) -> None:
    archive = _tar(tmp_path / "x", ("a", os.urandom(100_000)), mode=mode)
    os.truncate(archive, 60_000)

    with pytest.raises(ProjectError):
        unpack(archive, tmp_path / "into")


def test_a_broken_zip_is_refused(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "x.zip", ("a", os.urandom(100_000)))
    data = bytearray(archive.read_bytes())
    data[50_000] ^= 255
    archive.write_bytes(data)

    with pytest.raises(ProjectError, match="cannot be taken in: Bad CRC-32"):
        unpack(archive, tmp_path / "into")


@pytest.mark.parametrize("content", [b"", b"text", b"\x1f\x8b", bytes(2000), b"PK"])
def test_what_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(content)

    with pytest.raises(ProjectError):
        unpack(tmp_path / "x", tmp_path / "into")


def test_a_link_whose_name_is_no_name_is_refused(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "x.zip", (_zip_link("a"), b"b\0c"))

    with pytest.raises(ProjectError):
        unpack(archive, tmp_path / "into")
