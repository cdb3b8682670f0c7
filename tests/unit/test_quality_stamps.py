"""A stamp says what a phase's outputs were made of; a damaged one is as good as none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asyncorch.quality.ledger import Rejection
from asyncorch.quality.stamps import Stamp, Stamps, content_fingerprint, steps_fingerprint
from tests.bench import phase, step

STAMP = Stamp(
    "snapshot-1",
    "content",
    "steps",
    "run",
    (Rejection("caf\udce9.py", "validate", "syntax", ("work/a", "work/b")),),
)


def test_a_stamp_comes_back_as_it_was_written(tmp_path: Path) -> None:
    Stamps(tmp_path).write("validate", STAMP)

    assert Stamps(tmp_path).read("validate") == STAMP
    assert Stamps(tmp_path).read("extract") is None


def test_a_dropped_stamp_is_gone_and_dropping_twice_is_no_error(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path)
    stamps.write("validate", STAMP)

    stamps.drop("validate")
    stamps.drop("validate")

    assert stamps.read("validate") is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"rejected": 3}', '{"rejected": [3]}', '"x"', "\xff"]
)
def test_a_damaged_stamp_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    stamps = Stamps(tmp_path)
    stamps.write("validate", STAMP)
    (tmp_path / ".asyncorch" / "validate.json").write_text(text, encoding="latin-1")
    (tmp_path / ".asyncorch" / "a-b.outputs.json").write_text(text, encoding="latin-1")

    assert stamps.read("validate") is None
    assert isinstance(stamps.outputs("a-b"), set)


def test_claimed_outputs_come_back(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path)

    stamps.claim("transform-sources", {"work/b", "work/\udce9"})

    assert stamps.outputs("transform-sources") == {"work/b", "work/\udce9"}
    assert stamps.outputs("transform-other") == set()


@pytest.mark.parametrize(
    ("snapshot", "content", "steps", "reason"),
    [
        ("snapshot-1", "content", "steps", None),
        ("snapshot-2", "content", "steps", "its outputs are of snapshot `snapshot-1`"),
        ("snapshot-1", "other", "steps", "its outputs are of snapshot an older state of it"),
        ("snapshot-1", "content", "other", "its steps have changed"),
    ],
)
def test_a_stamp_says_why_it_does_not_fit(
    snapshot: str, content: str, steps: str, reason: str | None
) -> None:
    assert STAMP.fits(snapshot=snapshot, content=content, steps=steps) == reason


# --- fingerprints


def test_a_step_s_words_its_script_and_what_it_uses_are_in_its_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("1")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yml").write_text("1")
    plan = step("s", command=("python", "tool.py"), uses=("rules/**",))

    def fingerprint(**changes: object) -> str:
        words = {"command": plan.command, "uses": plan.uses} | changes
        return steps_fingerprint(phase(step("s", **words)), tmp_path, {}, lambda _: {})

    first = fingerprint()
    assert fingerprint() == first
    assert fingerprint(env={"A": "1"}) != first
    assert fingerprint(command=("python", "tool.py", "-v")) != first

    (tmp_path / "tool.py").write_text("2")
    second = fingerprint()
    assert second != first

    (tmp_path / "rules" / "a.yml").write_text("2")
    assert fingerprint() != second


def test_a_script_in_a_command_for_the_shell_is_in_the_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "tool.sh").write_text("1")
    plan = phase(step("s", command="sh tool.sh {files} | cat"))
    first = steps_fingerprint(plan, tmp_path, {}, lambda _: {})

    (tmp_path / "tool.sh").write_text("2")

    assert steps_fingerprint(plan, tmp_path, {}, lambda _: {}) != first


def test_words_that_are_no_paths_harm_nobody(tmp_path: Path) -> None:
    plan = phase(step("s", command=("x" * 5000, "/etc/passwd", "a\0b", "..", "")))

    first, second = (steps_fingerprint(plan, tmp_path, {}, lambda _: {}) for _ in range(2))
    assert first == second


def test_a_snapshot_s_fingerprint_changes_with_paths_and_contents(tmp_path: Path) -> None:
    snapshot = tmp_path / "s"
    (snapshot / "sub").mkdir(parents=True)
    (snapshot / "sub" / "a").write_text("1")
    first = content_fingerprint(snapshot)
    assert content_fingerprint(snapshot) == first

    (snapshot / "sub" / "a").write_text("22")
    second = content_fingerprint(snapshot)
    (snapshot / "sub" / "a").rename(snapshot / "sub" / "b")
    third = content_fingerprint(snapshot)

    assert len({first, second, third}) == 3


def test_no_snapshot_has_an_empty_fingerprint_and_a_hostile_one_some(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff\n")).touch()
    (tmp_path / "loop").symlink_to(tmp_path)

    assert content_fingerprint(None) == ""
    assert content_fingerprint(tmp_path) != ""
