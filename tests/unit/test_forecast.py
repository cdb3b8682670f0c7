"""What took long is expected to take long; size stands in for what was never seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from asyncorch.forecast import Forecast
from asyncorch.freshstore import Store


class Yard:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = Store(root / "work", root)
        self.forecast = Forecast(self.store, root)

    def file(self, name: str, size: int) -> None:
        (self.root / name).write_bytes(b"x" * size)

    def next_run(self) -> None:
        self.forecast.close()
        self.forecast = Forecast(self.store, self.root)


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def test_nothing_is_known_of_a_step_that_never_ran(yard: Yard) -> None:
    assert yard.forecast.whole("s") is None


def test_a_step_is_expected_to_take_what_it_took_on_average(yard: Yard) -> None:
    yard.forecast.learn("s", 4.0)
    yard.next_run()
    assert yard.forecast.whole("s") == 4.0
    yard.forecast.learn("s", 2.0)
    yard.next_run()

    assert yard.forecast.whole("s") == 3.0
    assert yard.forecast.whole("t") is None


def test_at_first_size_stands_in(yard: Yard) -> None:
    yard.file("small", 0)
    yard.file("large", 4096)

    expected = yard.forecast.of_files("s", {"small": "a", "large": "b", "none": "c"})

    assert not expected.known
    assert expected.work == {"small": 4096, "large": 8192, "none": 4096}


def test_a_batch_is_divided_over_its_files_by_size_and_then_by_what_they_took(yard: Yard) -> None:
    yard.file("small", 0)
    yard.file("large", 4096)
    files = {"small": "a", "large": "b"}
    yard.forecast.of_files("s", files)
    yard.forecast.learn_files("s", files, 3.0)
    yard.next_run()

    expected = yard.forecast.of_files("s", files)
    assert expected.known
    assert expected.work == pytest.approx({"small": 1.0, "large": 2.0})

    yard.forecast.learn_files("s", {"large": "b"}, 6.0)
    yard.next_run()

    assert yard.forecast.of_files("s", files).work == pytest.approx({"small": 1.0, "large": 4.0})


def test_a_new_file_is_expected_to_take_what_others_do_for_their_size(yard: Yard) -> None:
    yard.file("old", 0)
    yard.file("new", 3 * 4096)
    yard.forecast.of_files("s", {"old": "a"})
    yard.forecast.learn_files("s", {"old": "a"}, 2.0)
    yard.next_run()

    assert yard.forecast.of_files("s", {"new": "n"}).work == pytest.approx({"new": 8.0})
