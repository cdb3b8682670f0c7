"""Hashes are believed while a file is what it was; results and seconds are kept by name."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from asyncorch import freshstore as module
from asyncorch.freshstore import Result, Store, place

LATER = 10**18 * 8  # a time at which everything was changed long ago
ODD = os.fsdecode(b"work/caf\xe9.txt")


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path


def store(root: Path, now: int = LATER) -> Store:
    return Store(root / "work", root, lambda: now)


def known(root: Path) -> int:
    with sqlite3.connect(place(root / "work")) as connection:
        return int(connection.execute("select count(*) from files").fetchone()[0])


def test_a_file_is_told_by_its_sha256_and_a_missing_one_by_none(root: Path) -> None:
    (root / "a").write_bytes(b"one")

    assert store(root).digests(["a", "b", "bad\0name"]) == {
        "a": sha(b"one"),
        "b": None,
        "bad\0name": None,
    }


@pytest.mark.parametrize("count", [3, 200])
def test_an_unchanged_file_is_not_read_again(root: Path, count: int) -> None:
    names = [f"work/f{i}" for i in range(count)] + [ODD, "work/😀", "work/é"]
    for name in names:
        (root / name).write_bytes(os.fsencode(name))
    first = store(root)
    before = first.digests(names)
    first.close()
    reading = store(root)
    reading._hash = lambda path: pytest.fail(f"{path} was read")  # type: ignore[method-assign]

    assert reading.digests(names) == before
    assert before[ODD] == sha(os.fsencode(ODD))


def test_much_to_read_is_read_by_several_at_a_time(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MUCH", 1)
    for name in "abc":
        (root / name).write_bytes(name.encode())
    (root / "d").mkdir()

    assert store(root).digests(list("abcd")) == {**{n: sha(n.encode()) for n in "abc"}, "d": None}
    assert known(root) == 3


def test_the_same_size_and_the_same_time_do_not_hide_a_change(root: Path) -> None:
    path = root / "a"
    path.write_bytes(b"one")
    times = path.stat()
    store(root).digests(["a"])

    path.write_bytes(b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert store(root).digests(["a"]) == {"a": sha(b"two")}


def test_another_file_of_the_same_name_is_read(root: Path) -> None:
    (root / "a").write_bytes(b"one")
    store(root).digests(["a"])
    shutil.copy2(root / "a", root / "b")
    (root / "b").write_bytes(b"two")
    (root / "b").replace(root / "a")

    assert store(root).digests(["a"]) == {"a": sha(b"two")}


@pytest.mark.parametrize("now", [0, None])
def test_a_file_just_changed_or_of_a_time_to_come_is_not_remembered(
    root: Path, now: int | None
) -> None:
    """It may change once more, within the same tick of the kernel's clock."""
    (root / "a").write_bytes(b"one")
    changed = (root / "a").stat().st_ctime_ns
    young = store(root, changed if now is None else now)

    assert young.digests(["a"]) == {"a": sha(b"one")}
    assert known(root) == 0


def test_what_was_too_young_is_remembered_at_the_end(root: Path) -> None:
    (root / "a").write_bytes(b"one")
    times = iter([(root / "a").stat().st_ctime_ns, LATER])
    hashing = Store(root / "work", root, lambda: next(times))
    hashing.digests(["a"])
    hashing.close()

    assert known(root) == 1


def test_a_link_is_what_it_leads_to_and_a_pipe_is_nothing(root: Path) -> None:
    (root / "a").write_bytes(b"one")
    (root / "link").symlink_to("a")
    os.mkfifo(root / "pipe")
    asking = store(root)
    assert asking.digests(["link", "pipe", "work"]) == {
        "link": sha(b"one"),
        "pipe": None,
        "work": None,
    }

    (root / "a").write_bytes(b"two")

    assert asking.digests(["link"]) == {"link": sha(b"two")}


def test_results_stand_under_what_their_files_share(root: Path) -> None:
    cache = store(root)
    number = cache.share("s", b"1", {"its command": "x"})
    assert number is not None
    usual, special = Result(b"made"), Result(b"more", '[["b", 1, "b", ""]]', '{"o": "00"}')
    cache.record("s", number, {"a": usual, "b": special, ODD: usual})

    assert cache.share("s", b"1", {}) == number
    assert cache.usual("s", number) == {"a": b"made", ODD: b"made"}
    assert cache.unusual("s", number) == {"b": special}
    assert cache.usual("s", number + 1) == {}
    assert cache.everything("s")[ODD] == (number, usual)
    assert cache.parts("s") == {number: {"its command": "x"}}

    cache.forget("s", ["a", ODD])

    assert cache.usual("s", number) == {}


def test_what_no_result_shares_any_more_is_dropped(root: Path) -> None:
    cache = store(root)
    for digest in (b"1", b"2", b"3"):
        number = cache.share("s", digest, {})
        assert number is not None
        cache.record("s", number, {"a": Result(digest)})

    assert len(cache.parts("s")) <= 2


def test_seconds_are_kept_by_step_and_file(root: Path) -> None:
    cache = store(root)
    cache.note([("s", "a", 1.5), ("s", ODD, 2.0), ("t", "a", 3.0), ("s", "a", 2.5)])

    assert cache.seconds("s") == {"a": 2.5, ODD: 2.0}
    assert cache.seconds("s", [ODD, "none"]) == {ODD: 2.0}


@pytest.mark.parametrize("damage", [b"", b"no database" * 100])
def test_a_damaged_cache_is_made_anew(root: Path, damage: bytes) -> None:
    store(root).close()
    place(root / "work").write_bytes(damage)

    cache = store(root)
    cache.note([("s", "a", 1.0)])

    assert cache.seconds("s") == {"a": 1.0}


def test_a_cache_in_use_is_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store(root)
    first.note([("s", "a", 1.0)])
    first.close()
    with sqlite3.connect(place(root / "work")) as other:
        other.execute("pragma journal_mode = delete")
        other.execute("begin exclusive")
        monkeypatch.setattr(module, "_PATIENCE", 0.01)
        assert store(root).seconds("s") == {}
        other.rollback()

    assert store(root).seconds("s") == {"a": 1.0}


def test_a_cache_of_another_form_is_made_anew(root: Path) -> None:
    place(root / "work").parent.mkdir()
    with sqlite3.connect(place(root / "work")) as connection:
        connection.execute("create table results (step, file, fingerprint)")

    cache = store(root)
    cache.note([("s", "a", 1.0)])

    assert cache.seconds("s") == {"a": 1.0}


def test_the_clock_is_the_machine_s_where_none_is_given(root: Path) -> None:
    (root / "a").write_bytes(b"one")
    os.utime(root / "a", ns=(1, 1))

    assert Store(root / "work", root).digests(["a"]) == {"a": sha(b"one")}
    assert time.time_ns() < LATER
