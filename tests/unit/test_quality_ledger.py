"""Whoever has a row with errors is left out from then on, and is still counted."""

from __future__ import annotations

from asyncorch.model import Row
from asyncorch.quality.ledger import Ledger, Rejection


def settled() -> Ledger:
    ledger = Ledger()
    rows = [Row("a.py", 0, "a.py"), Row("b.py", 2, "b.py")]
    places = {"b.py": ("work/extracted/b.py", "work/validated/b.py")}
    ledger.settle("validate", "syntax", rows, places)
    return ledger


def test_a_row_with_errors_rejects_its_source() -> None:
    assert settled().rejected == {
        "b.py": Rejection(
            "b.py", "validate", "syntax", ("work/extracted/b.py", "work/validated/b.py")
        )
    }


def test_the_first_rejection_is_the_one_that_is_kept() -> None:
    ledger = settled()

    ledger.settle("transform", "sources", [Row("b.py", 1, "b.py")], {})

    assert ledger.rejected["b.py"].phase == "validate"
    assert ledger.of_phase("validate") == [ledger.rejected["b.py"]]
    assert ledger.of_phase("transform") == []


def test_a_rejected_file_would_have_come_where_a_glob_matches_one_of_its_places() -> None:
    ledger = settled()

    assert ledger.would_have_come(("work/validated/**/*.py",)) == {"b.py"}
    assert ledger.would_have_come(("work/validated/**/*.js", "work/other/**")) == set()


def test_a_rejection_without_a_place_would_have_come_nowhere() -> None:
    ledger = Ledger()
    ledger.settle("validate", "x", [Row("a", 1, "a")], {})

    assert ledger.would_have_come(("**",)) == set()
