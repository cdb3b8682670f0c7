"""The order of a graph: cycles drawn together, what is imported before what imports it."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.toolrun import PACK

sys.path.append(str(PACK))  # as the tools see it, which run from there

from toolkit.knots import knots, layers

FILES = "abcdefgh"
GRAPHS = st.fixed_dictionaries({path: st.lists(st.sampled_from(FILES)) for path in FILES})


def reached(start: str, imports: dict[str, list[str]]) -> set[str]:
    found = {start}
    while more := {target for path in found for target in imports[path]} - found:
        found |= more
    return found


@given(GRAPHS)
def test_a_knot_holds_what_reaches_each_other_and_comes_after_what_it_imports(
    imports: dict[str, list[str]],
) -> None:
    found = knots(imports)

    reach = {path: reached(path, imports) for path in FILES}
    home = {path: number for number, knot in enumerate(found) for path in knot}
    assert sorted(path for knot in found for path in knot) == list(FILES)
    for one in FILES:
        for other in FILES:
            together = other in reach[one] and one in reach[other]
            assert (home[one] == home[other]) == together
            assert other not in reach[one] or home[other] <= home[one]


def test_a_layer_is_the_longest_way_down() -> None:
    assert layers([]) == []
    assert layers([[], [0], [], [1, 2], [0]]) == [[0, 2], [1, 4], [3]]


def test_a_chain_longer_than_the_stack_is_no_trouble() -> None:
    names = [str(number) for number in range(5000)]
    imports = {name: [other] for name, other in zip(names, [*names[1:], "0"], strict=True)}

    assert [len(knot) for knot in knots(imports)] == [5000]
    assert len(knots(imports | {"4999": []})) == 5000
