"""What did not come through is told once, a line each, safe for a terminal."""

from __future__ import annotations

from pathlib import Path

from asyncorch import refusals
from asyncorch.quality.ledger import Ledger, Rejection


def ledger(*rejections: Rejection) -> Ledger:
    made = Ledger()
    made.reject(rejections)
    return made


def test_the_first_are_lines_with_name_reason_and_step() -> None:
    made = ledger(
        Rejection("b.c", "validate", "syntax", (), "no end"), Rejection("a.c", "x", "y", ())
    )

    assert refusals.first(made) == ("a.c: errors (y)", "b.c: no end (syntax)")


def test_a_reason_that_begins_with_the_name_does_not_say_it_twice() -> None:
    made = ledger(Rejection("a.c", "validate", "syntax", (), "a.c:3: no end"))

    assert refusals.first(made) == ("a.c: 3: no end (syntax)",)


def test_the_list_has_all_of_them_a_line_each(tmp_path: Path) -> None:
    made = ledger(*(Rejection(f"{i:02}\n.c", "p", "s", (), "why\tnot") for i in range(20)))

    refusals.write(tmp_path / "refused.tsv", made)

    lines = (tmp_path / "refused.tsv").read_text().splitlines()
    assert lines[0] == "path\tphase\tstep\treason"
    assert len(lines) == 21
    assert all(line.count("\t") == 3 for line in lines)


def test_nothing_refused_leaves_no_list(tmp_path: Path) -> None:
    refusals.write(tmp_path / "refused.tsv", Ledger())

    assert list(tmp_path.iterdir()) == []
