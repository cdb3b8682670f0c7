"""Of an artifact the last row counts; two sources of one artifact are an error of both."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from asyncorch.model import Row
from asyncorch.quality.book import RowBook


def book(*rows: Row, order: tuple[str, ...] = ()) -> RowBook:
    made = RowBook(order)
    made.add(rows)
    return made


def test_rows_come_in_plan_order_whatever_order_they_were_printed_in() -> None:
    made = book(Row("c", 0, "c"), Row("a", 1, "a"), Row("b", 0, "b"), order=("a", "b", "c"))

    assert [row.source for row in made.settled()] == ["a", "b", "c"]


def test_sources_that_are_not_in_the_plan_come_last_by_name() -> None:
    made = book(Row("z", 0, "z"), Row("y", 0, "y"), Row("a", 0, "a"), order=("a",))

    assert [row.source for row in made.settled()] == ["a", "y", "z"]


def test_within_a_step_the_last_row_of_an_artifact_counts() -> None:
    made = book(Row("a", 3, "a"), Row("a", 0, "a"))

    assert made.settled() == [Row("a", 0, "a")]
    assert made.complaints == []
    assert len(made) == 1


def test_one_source_may_make_several_artifacts() -> None:
    made = book(Row("A.java", 0, "a.cob"), Row("B.java", 1, "a.cob"))

    assert made.settled() == [Row("A.java", 0, "a.cob"), Row("B.java", 1, "a.cob")]
    assert made.collisions == []


def test_two_sources_of_one_artifact_each_get_an_error_and_the_others_are_named() -> None:
    made = book(Row("X", 0, "one"), Row("X", 0, "two"), Row("Y", 0, "one"))

    why = "claimed by `one`, `two`"
    one, two = Row("X", 1, "one", why), Row("X", 1, "two", why)
    assert made.settled() == [one, Row("Y", 0, "one"), two]
    assert made.complaints == ["`X` is claimed by `one`, `two`: none is promoted"]
    assert made.collisions == [one, two]


def test_a_collision_in_a_later_batch_is_seen_as_well() -> None:
    made = book(Row("X", 0, "one"))
    made.add([Row("X", 2, "two")])
    made.add([Row("X", 0, "three")])

    settled = sorted(row[:3] for row in made.settled())
    assert settled == [("X", 1, "one"), ("X", 1, "three"), ("X", 2, "two")]


def test_a_claim_stays_when_the_same_source_reports_again() -> None:
    made = book(Row("X", 0, "one"), Row("X", 0, "two"), Row("X", 0, "one"))

    assert [row.errors for row in made.settled()] == [1, 1]


def test_an_artifact_that_leads_out_of_the_tree_is_an_error() -> None:
    made = book(Row("../x", 0, "a"), Row("/etc/x", 0, "b"))

    assert [row.errors for row in made.settled()] == [1, 1]
    assert made.complaints[0] == "`../x` leads out of the tree: an error"


rows = st.builds(Row, st.sampled_from("XYZ"), st.integers(0, 2), st.sampled_from("abc"))


@given(st.lists(rows, max_size=12))
def test_no_artifact_of_two_sources_is_ever_without_error(given_rows: list[Row]) -> None:
    settled = book(*given_rows).settled()

    assert {(row.artifact, row.source) for row in settled} == {
        (row.artifact, row.source) for row in given_rows
    }
    for artifact in "XYZ":
        sources = {row.source for row in given_rows if row.artifact == artifact}
        of_it = [row for row in settled if row.artifact == artifact]
        if len(sources) > 1:
            assert all(row.errors for row in of_it)
        elif of_it:
            assert of_it == [[row for row in given_rows if row.artifact == artifact][-1]]
