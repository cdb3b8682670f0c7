"""The gate lets through exactly what has no errors, and judges before it touches anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from asyncorch.model import Row
from asyncorch.quality.gate import GateStep, Rules, Verdict, judge
from asyncorch.quality.manifest import Entry
from asyncorch.tables import ROW_PATTERN


class Yard:
    """A gate with a source folder; artifacts are made as they are named."""

    def __init__(self, root: Path, **rules: Any) -> None:
        self.source, self.target = root / "work", root / "target"
        words: dict[str, Any] = {"pattern": re.compile(ROW_PATTERN), "max_removed": 1.0}
        self.rules = Rules(self.source, self.target, **(words | rules))
        self.steps: list[GateStep] = []
        self.previous: dict[str, Entry] = {}

    def step(self, name: str = "s", *rows: Row, passed: bool = True) -> Yard:
        self.steps.append(GateStep(name, passed, rows))
        return self

    def made(self, *names: str, folder: Path | None = None) -> Yard:
        for name in names:
            path = (folder or self.source) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        return self

    def before(self, *names: str, step: str = "s") -> Yard:
        for name in names:
            self.previous[name] = Entry(name, 1, "", "run", step, name)
        return self.made(*names, folder=self.target)

    def judge(self, *processed: str) -> Verdict:
        return judge(self.rules, self.steps, processed, self.previous)


def row(artifact: str, errors: int = 0, source: str | None = None) -> Row:
    return Row(artifact, errors, source or artifact)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


# --- what goes through


def test_a_zero_row_whose_file_is_there_goes_through(yard: Yard) -> None:
    verdict = yard.made("sub/a.py").step("s", row("sub/a.py")).judge("sub/a.py")

    assert verdict.passed
    assert verdict.promote == {"sub/a.py": ("s", "sub/a.py")}
    assert verdict.successful == {"sub/a.py"}


@pytest.mark.parametrize(("errors", "reason"), [(1, "1 error"), (12, "12 errors")])
def test_a_row_with_errors_does_not(yard: Yard, errors: int, reason: str) -> None:
    verdict = yard.made("a.py", "b.py").step("s", row("a.py", errors), row("b.py")).judge("a.py")

    assert verdict.refused == {"a.py": reason}
    assert list(verdict.promote) == ["b.py"]


def test_a_row_without_a_file_does_not(yard: Yard) -> None:
    verdict = yard.made("b.py").step("s", row("a.py"), row("b.py")).judge("a.py", "b.py")

    assert verdict.refused == {"a.py": "there is no such file"}
    assert verdict.successful == {"b.py"}


def test_a_folder_and_a_link_are_no_files(yard: Yard, tmp_path: Path) -> None:
    yard.made("dir.py/x", "real.py")
    (yard.source / "link.py").symlink_to(yard.source / "real.py")
    (yard.source / "linked").symlink_to(tmp_path)
    (tmp_path / "out.py").touch()
    names = ("dir.py", "link.py", "linked/out.py", "real.py")

    verdict = yard.step("s", *map(row, names)).judge(*names)

    assert list(verdict.promote) == ["real.py"]


@pytest.mark.parametrize("name", ["../x.py", "/etc/x.py", "a/../../x.py", "a\0.py"])
def test_a_path_that_leads_out_does_not(yard: Yard, name: str, tmp_path: Path) -> None:
    (tmp_path / "x.py").touch()

    verdict = yard.made("b.py").step("s", row(name), row("b.py")).judge()

    assert verdict.refused == {name: "leads out of the tree"}


def test_a_name_that_is_too_long_is_no_file(yard: Yard) -> None:
    verdict = yard.made("b.py").step("s", row("x" * 300 + ".py"), row("b.py")).judge()

    assert list(verdict.promote) == ["b.py"]


def test_across_steps_the_worst_row_counts(yard: Yard) -> None:
    yard.made("a.py").step("one", row("a.py")).step("two", row("a.py", 1))

    assert yard.judge("a.py").promote == {}
    yard.steps.reverse()
    assert yard.judge("a.py").promote == {}


def test_two_sources_of_one_artifact_across_steps_promote_nothing_of_it(yard: Yard) -> None:
    yard.made("a.py").step("one", row("a.py", 0, "x")).step("two", row("a.py", 0, "y"))

    verdict = yard.judge("x", "y")

    assert verdict.promote == {}
    assert verdict.refused == {"a.py": "claimed by `x` and by `y`"}
    assert verdict.successful == frozenset()


# --- pattern


def test_zero_rows_that_the_pattern_does_not_take_are_told_and_not_promoted(yard: Yard) -> None:
    names = ("Makefile", "ORDER", "a.py")

    verdict = yard.made(*names).step("s", *map(row, names)).judge(*names)

    assert list(verdict.promote) == ["a.py"]
    assert verdict.filtered == ("Makefile", "ORDER")


def test_a_pattern_must_take_the_whole_name(tmp_path: Path) -> None:
    yard = Yard(tmp_path, pattern=re.compile(r"\|\s*(\w+\.py)"))

    verdict = yard.made("a.py", "a.py.bak").step("s", row("a.py"), row("a.py.bak")).judge()

    assert list(verdict.promote) == ["a.py"]


def test_a_pattern_whose_group_takes_no_part_takes_nothing(tmp_path: Path) -> None:
    yard = Yard(tmp_path, pattern=re.compile(r"\| (?:(\w+\.py)|Makefile) \|"))

    verdict = yard.made("a.py", "Makefile").step("s", row("a.py"), row("Makefile")).judge()

    assert list(verdict.promote) == ["a.py"]
    assert verdict.filtered == ("Makefile",)


# --- successful


def test_a_source_is_successful_only_if_all_its_artifacts_go_through(yard: Yard) -> None:
    yard.made("A.java", "B.java", "C.java")
    yard.step("s", row("A.java", 0, "x"), row("B.java", 1, "x"), row("C.java", 0, "y"))

    assert yard.judge("x", "y").successful == {"y"}


def test_a_source_that_was_not_processed_is_not_successful(yard: Yard) -> None:
    verdict = yard.made("a.py").step("s", row("a.py")).judge()

    assert list(verdict.promote) == ["a.py"]
    assert verdict.successful == frozenset()


# --- what an earlier run promoted


def test_what_its_step_no_longer_makes_is_removed(yard: Yard) -> None:
    yard.before("old.py", "a.py").made("a.py").step("s", row("a.py"))

    verdict = yard.judge("a.py")

    assert verdict.remove == ("old.py",)
    assert list(verdict.promote) == ["a.py"]


def test_what_has_errors_now_is_removed(yard: Yard) -> None:
    yard.before("a.py", "b.py").made("a.py", "b.py").step("s", row("a.py", 1), row("b.py"))

    assert yard.judge("a.py", "b.py").remove == ("a.py",)


def test_what_a_failed_step_promoted_stays_and_is_stale_and_it_promotes_nothing_new(
    yard: Yard,
) -> None:
    yard.before("old.py", "kept.py", step="bad").before("gone.py", "b.py", step="good")
    yard.made("old.py", "new.py", "b.py")
    yard.step("bad", row("old.py"), row("new.py"), passed=False).step("good", row("b.py"))

    verdict = yard.judge("new.py", "b.py")

    assert verdict.stale == {"old.py", "kept.py"}
    assert verdict.remove == ("gone.py",)
    assert verdict.promote == {"b.py": ("good", "b.py")}
    assert verdict.refused["new.py"] == "bad did not pass"
    assert verdict.successful == {"b.py"}


def test_a_passed_step_takes_over_what_a_failed_one_promoted(yard: Yard) -> None:
    yard.before("a.py", step="bad").made("a.py")
    yard.step("bad", passed=False).step("good", row("a.py"))

    verdict = yard.judge("a.py")

    assert verdict.promote == {"a.py": ("good", "a.py")}
    assert verdict.stale == frozenset()


def test_when_no_step_passed_the_gate_is_closed_and_the_old_is_stale(yard: Yard) -> None:
    verdict = yard.before("a.py").made("a.py").step("s", row("a.py"), passed=False).judge("a.py")

    assert verdict.reason == "no step of this phase passed, so nothing is promoted"
    assert not verdict.promote
    assert verdict.remove == ()
    assert verdict.stale == {"a.py"}


# --- what others put into the target


def test_a_foreign_file_in_the_way_is_left_alone(yard: Yard) -> None:
    yard.made("a.py", "b.py").step("s", row("a.py"), row("b.py"))
    yard.target.mkdir()
    (yard.target / "a.py").write_text("not ours")

    verdict = yard.judge("a.py", "b.py")

    assert verdict.refused == {"a.py": "a file that asyncorch did not put there is in the way"}
    assert verdict.successful == {"b.py"}


def test_a_foreign_file_with_the_same_bytes_is_not_in_the_way(yard: Yard) -> None:
    yard.made("a.py").made("a.py", folder=yard.target).step("s", row("a.py"))

    assert list(yard.judge("a.py").promote) == ["a.py"]


@pytest.mark.parametrize("dangling", [True, False])
def test_a_link_in_the_way_is_refused(yard: Yard, tmp_path: Path, dangling: bool) -> None:  # noqa: FBT001  # a case
    yard.made("a.py", "b.py").step("s", row("a.py"), row("b.py"))
    yard.target.mkdir()
    (yard.target / "a.py").symlink_to(tmp_path / "gone" if dangling else yard.source / "a.py")

    assert list(yard.judge("a.py").promote) == ["b.py"]


@pytest.mark.parametrize("what", ["file", "link"])
def test_an_artifact_whose_folder_is_a_foreign_file_or_link_is_refused_before_anything_is_touched(
    yard: Yard, tmp_path: Path, what: str
) -> None:
    yard.made("sub/a.py", "b.py").step("s", row("sub/a.py"), row("b.py"))
    yard.target.mkdir()
    if what == "file":
        (yard.target / "sub").write_text("not ours")
    else:
        (tmp_path / "elsewhere").mkdir()
        (yard.target / "sub").symlink_to(tmp_path / "elsewhere")

    assert list(yard.judge("sub/a.py", "b.py").promote) == ["b.py"]


# --- what closes the gate


def assert_closed(verdict: Verdict, reason: str) -> None:
    assert verdict.reason == reason
    assert (dict(verdict.promote), verdict.remove, verdict.successful) == ({}, (), frozenset())


def test_no_row_at_all_closes_the_gate(yard: Yard) -> None:
    verdict = yard.before("a.py").step("s").judge("a.py")

    assert_closed(verdict, "no row came: the steps of this phase print none (`| path | errors |`)")


def test_a_success_rate_below_the_minimum_closes_the_gate(tmp_path: Path) -> None:
    yard = Yard(tmp_path, minimum=0.9).made("a.py").step("s", row("a.py"), row("b.py", 1))

    assert_closed(
        yard.judge("a.py", "b.py", "rejected.py"),
        "the success rate 33.33% is below the minimum 90.00%",
    )


def test_a_success_rate_at_the_minimum_opens_it(tmp_path: Path) -> None:
    yard = Yard(tmp_path, minimum=0.5).made("a.py").step("s", row("a.py"), row("b.py", 1))

    assert yard.judge("a.py", "b.py").passed


@pytest.mark.parametrize(("allow", "passes"), [(False, False), (True, True)])
def test_more_removals_than_allowed_close_the_gate_unless_they_are_meant(
    tmp_path: Path, *, allow: bool, passes: bool
) -> None:
    yard = Yard(tmp_path, max_removed=0.1, allow_removal=allow)
    yard.before("a.py", "b.py", "c.py").made("a.py").step("s", row("a.py"))

    verdict = yard.judge("a.py")

    assert verdict.passed is passes
    if not passes:
        assert_closed(
            verdict,
            "2 of 3 promoted artifacts would be removed (`b.py`, `c.py`), more than 10%; if that "
            "is meant, run with --allow-removal",
        )


def test_a_tenth_may_be_removed(tmp_path: Path) -> None:
    names = [f"f{i}.py" for i in range(10)]
    yard = Yard(tmp_path, max_removed=0.1).before(*names).made(*names[1:])

    verdict = yard.step("s", *map(row, names[1:])).judge(*names)

    assert verdict.remove == ("f0.py",)
    assert verdict.passed


def test_judging_touches_nothing(yard: Yard, tmp_path: Path) -> None:
    yard.before("old.py", "a.py").made("a.py", "new.py")
    yard.step("s", row("a.py", 1), row("new.py"))
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}

    yard.judge("a.py", "new.py")

    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before
