"""Which imports of a cycle to cut: enough that none is left, and few."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.toolrun import PACK

sys.path.append(str(PACK))  # as the tools see it, which run from there

from toolkit.cuts import cuts
from toolkit.knots import knots

FILES = "abcdefgh"
EDGES = st.sets(
    st.tuples(st.sampled_from(FILES), st.sampled_from(FILES)).filter(lambda e: e[0] != e[1])
)


@given(EDGES)
def test_without_the_imports_to_cut_there_is_no_cycle(edges: set[tuple[str, str]]) -> None:
    cut = set(cuts(FILES, edges))

    left = edges - cut
    imports = {path: [other for one, other in left if one == path] for path in FILES}
    assert cut <= edges
    assert all(len(knot) == 1 for knot in knots(imports))
    assert len(cut) <= len(edges) / 2


def test_one_import_back_is_the_one_to_cut() -> None:
    edges = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("b", "d"), ("d", "a")]

    assert cuts("abcd", [*edges, ("a", "elsewhere")]) == [("d", "a")]
