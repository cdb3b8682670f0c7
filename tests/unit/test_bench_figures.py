"""The benchmark's own rules: how contenders take turns, and how scores become goals and pages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

sys.path.append(str(Path(__file__).parents[2] / "tools" / "bench"))  # as its programs see it

from chart import svg  # after the path
from contest import Command, Contender, MissingError, Work, compete, median
from goals import goals
from page import BEGIN, END, put


def work(*contenders: Contender, **changes: Any) -> Work:
    words: dict[str, Any] = {"name": "w", "title": "some work", "rounds": 2}
    return Work(contenders=contenders, **(words | changes))


def contender(name: str, argv: tuple[str, ...] = ("true",), **changes: Any) -> Contender:
    return Contender(name, lambda _: Command(argv), **changes)


def scores(**seconds: list[float]) -> dict[str, Any]:
    """Return the scores of a work, by contender."""
    runs = {
        name: [{"seconds": s, "cpu": s, "peak": 2048.0, "others": 0.0} for s in times]
        for name, times in seconds.items()
    }
    return {
        "title": "some work",
        "made": "today",
        "contenders": {n: {"version": "1.0", "runs": r, "skipped": ""} for n, r in runs.items()},
    }


def test_each_round_begins_with_another_contender(tmp_path: Path) -> None:
    said: list[str] = []
    names = ("a", "b", "c")

    compete(work(*map(contender, names), rounds=3), tmp_path / "w", said.append)

    order = [line.split()[0] for line in said[1:]]
    assert order == ["a", "b", "c", "b", "c", "a", "c", "a", "b"]


def test_each_run_is_in_a_fresh_folder_unless_the_work_keeps_it(tmp_path: Path) -> None:
    leaves = contender("a", ("sh", "-c", "test ! -e left && touch left"))

    fresh = compete(work(leaves), tmp_path / "fresh", lambda _: None)
    kept = compete(work(leaves, kept=True), tmp_path / "kept", lambda _: None)

    assert len(fresh["contenders"]["a"]["runs"]) == 2
    assert "ended with 1" in kept["contenders"]["a"]["skipped"]


def test_what_is_missing_or_fails_is_skipped_with_a_word(tmp_path: Path) -> None:
    def no_compiler(_: Path) -> Command:
        raise MissingError("there is no compiler")

    done = compete(
        work(
            contender("absent", needs="no-such-program-anywhere"),
            Contender("floor", no_compiler),
            contender("fails", ("sh", "-c", "echo no such flag; exit 3")),
            contender("fine"),
        ),
        tmp_path / "w",
        lambda _: None,
    )["contenders"]

    assert done["absent"]["skipped"] == "not on this machine"
    assert done["floor"]["skipped"] == "there is no compiler"
    assert done["fails"]["skipped"] == "it ended with 3: no such flag"
    assert len(done["fine"]["runs"]) == 2


def test_a_contender_that_has_had_its_time_is_not_run_again(tmp_path: Path) -> None:
    done = compete(work(contender("slow"), patience=0.0), tmp_path / "w", lambda _: None)

    assert len(done["contenders"]["slow"]["runs"]) == 1


def test_cpu_seconds_and_other_figures_are_kept(tmp_path: Path) -> None:
    burns = contender("a", ("sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"))
    told = Contender("b", burns.prepare, figures=lambda _: {"step": 4.0})

    done = compete(work(burns, told), tmp_path / "w", lambda _: None)

    assert done["contenders"]["a"]["runs"][0]["cpu"] > 0
    assert median(done, "b", "step") == 4.0


def test_a_goal_compares_medians() -> None:
    made = scores(asyncorch=[9.0, 1.5, 1.4])
    made["contenders"]["C, posix_spawn"] = scores(x=[1.0, 1.0, 7.0])["contenders"]["x"]
    made["contenders"]["ninja"] = scores(x=[2.0])["contenders"]["x"]

    found = goals({"steps-10000-j2": made})

    assert [(goal.measured, goal.reached) for goal in found] == [("1.50 x; ninja 2.00 x", True)]


def test_a_goal_without_figures_is_left_out() -> None:
    assert goals({}) == []
    assert goals({"steps-10000-j2": scores(asyncorch=[])}) == []


def test_the_fastest_other_must_not_be_ahead() -> None:
    made = scores(asyncorch=[1.5], make=[1.1])
    made["contenders"]["C, posix_spawn"] = scores(x=[1.0])["contenders"]["x"]

    assert not goals({"steps-10000-j2": made})[0].reached


def test_the_page_keeps_what_stands_around_the_figures(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Benchmarks\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    made = {"machine": "A machine", "works": {"w": scores(asyncorch=[2.0], make=[1.0, 3.0])}}

    put(page, made)
    once = page.read_text()
    put(page, made)

    assert page.read_text() == once
    assert once.startswith("# Benchmarks\n\nBefore.\n")
    assert once.endswith(f"{END}\n\nAfter.\n")
    assert "old" not in once
    assert "| make | 1.0 | 2 | 2.000 | 1.000-3.000 | 1.00 | 2.000 | 2 |" in once


def test_the_page_names_who_was_skipped(tmp_path: Path) -> None:
    made = scores(asyncorch=[2.0], just=[])
    made["contenders"]["just"]["skipped"] = "not on this machine"

    put(tmp_path / "new.md", {"machine": "A machine", "works": {"w": made}})

    assert "just was skipped: not on this machine" in (tmp_path / "new.md").read_text()


def test_the_picture_has_a_bar_for_each_contender_and_escapes_names() -> None:
    picture = svg([scores(asyncorch=[1.0, 1.2], **{"a < b": [2.0]}), scores(make=[1.0])])

    root = ET.fromstring(picture)  # noqa: S314  # our own text
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == 2
    assert texts == ["some work", "asyncorch", "1.1 s", "a < b", "2.0 s"]


def test_a_bar_that_is_far_too_long_is_cut_off() -> None:
    picture = svg([scores(asyncorch=[1.0], slow=[500.0])])

    assert 'class="cut"' in picture
    assert "500.0 s …" in picture


def test_a_run_that_others_disturbed_does_not_count_if_there_is_a_calm_one() -> None:
    made = scores(asyncorch=[9.0, 2.0], make=[7.0])
    made["contenders"]["asyncorch"]["runs"][0]["others"] = 8.0
    made["contenders"]["make"]["runs"][0]["others"] = 8.0

    assert median(made, "asyncorch") == 2.0
    assert median(made, "make") == 7.0
