"""What a build stands on: the later over the earlier, nothing rejected, and what it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asyncorch.building import carry, layout
from asyncorch.config import parse
from asyncorch.model import Built, Row
from asyncorch.quality import manifest
from asyncorch.quality.ledger import Ledger


class Site:
    def __init__(self, root: Path) -> None:
        self.root, self.ledger = root, Ledger()

    def make(self, *names: str, text: str = "") -> Site:
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text or name)
        return self

    def promote(self, **sources: str) -> Site:
        names = {name.replace("_", "."): ("s", source) for name, source in sources.items()}
        self.make(*(f"work/transformed/{name}" for name in names))
        manifest.promote(
            self.root / "work/transformed",
            self.root / "target/artifacts",
            names,
            remove=(),
            stale=(),
            run="r",
        )
        return self

    def layout(self, **build: Any) -> tuple[dict[str, str], dict[str, str]]:
        config = parse({"build": build}, "pipeline.toml")
        laid, sources = layout(config, self.root, self.ledger, self.root / "deliveries/s")
        return {k: v.relative_to(self.root).as_posix() for k, v in laid.items()}, sources


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_build_stands_on_validated_files_and_promoted_artifacts(site: Site) -> None:
    site.make("work/validated/config/pom.xml", "work/validated/data/x.csv")
    site.make("work/validated/source/never.py", "target/artifacts/foreign.txt").promote(
        a_py="a.cob"
    )

    laid, sources = site.layout()

    assert laid == {
        "pom.xml": "work/validated/config/pom.xml",
        "x.csv": "work/validated/data/x.csv",
        "a.py": "target/artifacts/a.py",
    }
    assert sources == {"a.py": "a.cob"}


def test_rejected_files_are_left_out(site: Site) -> None:
    site.make("work/validated/config/a.xml", "work/validated/config/b.xml")
    site.ledger.settle("validate", "config", [Row("b.xml", 1, "b.xml")], {})

    assert list(site.layout()[0]) == ["a.xml"]


def test_the_later_lies_over_the_earlier(site: Site) -> None:
    site.make("work/validated/config/a.py", "overlay/a.py", "overlay/b.py").promote(
        a_py="a", b_py="b", c_py="c"
    )

    laid, _ = site.layout(overlay="overlay/")

    assert laid == {
        "a.py": "overlay/a.py",
        "b.py": "overlay/b.py",
        "c.py": "target/artifacts/c.py",
    }


def test_originals_stand_in_for_what_was_not_promoted_only_if_that_is_wished(site: Site) -> None:
    site.make("deliveries/s/a.py", "deliveries/s/b.py").promote(a_py="a.py")
    site.ledger.processed.update({"a.py", "b.py", "gone.py"})

    assert "b.py" not in site.layout()[0]
    assert site.layout(unpromoted="original")[0] == {
        "a.py": "target/artifacts/a.py",
        "b.py": "deliveries/s/b.py",
    }


def test_sources_says_where_the_artifacts_go(site: Site) -> None:
    site.make("work/validated/config/pom.xml").promote(a_py="a.cob")

    laid, sources = site.layout(sources="/src/main/java/")

    assert set(laid) == {"pom.xml", "src/main/java/a.py"}
    assert sources == {"src/main/java/a.py": "a.cob"}


# --- how many are left standing


@pytest.mark.parametrize(
    ("passed", "named", "count"),
    [(True, (), 10), (True, ("a", "b"), 8), (False, ("a",), 9), (False, (), 0)],
)
def test_built_are_the_successful_that_no_error_names(
    *, passed: bool, named: tuple[str, ...], count: int
) -> None:
    built = Built(passed=passed, named=frozenset(named), packages=())

    assert built.count(10) == count


def test_never_less_than_none_are_built() -> None:
    assert Built(passed=False, named=frozenset("abc"), packages=()).count(2) == 0


# --- packages


def test_packages_are_carried_whole_over_older_ones(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    package = tmp_path / "made" / "x-1.0.whl"
    package.write_text("new")
    target = tmp_path / "target" / "packages"
    target.mkdir(parents=True)
    (target / "x-1.0.whl").write_text("old")

    assert carry([package], target) == (f"{target.parent.name}/{target.name}/x-1.0.whl",)
    assert (target / "x-1.0.whl").read_text() == "new"
    assert [path.name for path in target.iterdir()] == ["x-1.0.whl"]


def test_no_package_makes_no_folder(tmp_path: Path) -> None:
    assert carry([], tmp_path / "packages") == ()
    assert not (tmp_path / "packages").exists()
