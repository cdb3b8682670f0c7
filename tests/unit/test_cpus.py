"""How many CPUs this process may use: by affinity and by quota, the smaller of both."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asyncorch.cpus import usable

MANY = set(range(16))


@pytest.fixture
def cgroups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty tree of cgroups; 16 CPUs by affinity."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: MANY, raising=False)
    return tmp_path


def count(cgroups: Path, own: str) -> int:
    (cgroups / "own").write_text(own)
    return usable(cgroups, cgroups / "own")


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_without_cgroups_the_affinity_counts(cgroups: Path) -> None:
    assert usable(cgroups, cgroups / "missing") == 16
    assert count(cgroups, "0::/\n") == 16


def test_where_there_is_no_affinity_all_cpus_count(
    cgroups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)

    assert usable(cgroups, cgroups / "missing") == 1


@pytest.mark.parametrize(
    ("quota", "cpus"),
    [
        ("max 100000", 16),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("9900000 100000", 16),
        ("0 100000", 16),
        ("100000 0", 16),
        ("nonsense", 16),
        ("", 16),
    ],
)
def test_a_quota_of_version_2_counts_rounded_up(cgroups: Path, quota: str, cpus: int) -> None:
    write(cgroups / "user" / "job", cpu__max=quota)

    assert count(cgroups, "0::/user/job\n") == cpus


def test_a_quota_of_a_cgroup_above_counts_too(cgroups: Path) -> None:
    write(cgroups / "user", cpu__max="300000 100000")
    write(cgroups / "user" / "job", cpu__max="max 100000")

    assert count(cgroups, "0::/user/job\n") == 3


@pytest.mark.parametrize(("quota", "cpus"), [("-1", 16), ("250000", 3)])
@pytest.mark.parametrize("controllers", ["cpu", "cpu,cpuacct"])
def test_a_quota_of_version_1_counts(
    cgroups: Path, controllers: str, quota: str, cpus: int
) -> None:
    write(cgroups / controllers / "job", cpu__cfs_quota_us=quota, cpu__cfs_period_us="100000\n")

    own = f"5:memory:/job\n4:{controllers}:/job\n3:cpuset:/job\n1:name=systemd:/job\n"

    assert count(cgroups, own) == cpus


def test_in_a_container_the_path_of_the_host_is_not_there_and_the_root_counts(
    cgroups: Path,
) -> None:
    write(cgroups / "cpu,cpuacct", cpu__cfs_quota_us="400000", cpu__cfs_period_us="100000")

    assert count(cgroups, "4:cpu,cpuacct:/docker/0123456789abcdef\n") == 4


def test_this_machine_has_at_least_one() -> None:
    assert 1 <= usable() <= (os.cpu_count() or 1)
