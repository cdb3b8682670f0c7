"""What stands from earlier runs, what is remembered of this one, and what never is."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from asyncorch.environment import Environment
from asyncorch.freshstore import Store
from asyncorch.memory import Made, Memory
from asyncorch.model import Batch, Row, Step
from asyncorch.tables import Config
from asyncorch.work import FileNames, Work
from tests.bench import step


class Yard:
    def __init__(self, root: Path, plan: Step) -> None:
        self.root, self.step = root, plan
        self.names = {f"in/{n}": FileNames(n, (f"out/{n}",)) for n in ("a", "b")}
        for name in ("in/a", "in/b", "out/a", "out/b"):
            self.write(name, name)

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text)

    def memory(self, **changes: Any) -> Memory:
        words: dict[str, Any] = {"app": "shop", "values": {}, "params": {}, "origin": "run-1"}
        environment = Environment(Config(), caller={}, root=self.root, wished={})
        return Memory(
            Store(self.root / "work", self.root),
            self.root,
            environment=environment,
            gate=lambda _: None,
            **(words | changes),
        )

    def run(
        self,
        *rows: Row,
        unsure: frozenset[str] = frozenset(),
        change: str = "",
    ) -> None:
        """Run what must run; the tool says these rows, and `change` is written meanwhile."""
        memory = self.memory()
        fresh, hashes = memory.of_files(self.step, self.names)
        files = tuple(f for f, names in self.names.items() if names.identity not in fresh)
        memory.forecast.of_files(self.step.id, {f: self.names[f].identity for f in files})
        work = Work(self.step, (Batch(1, files),), self.names, fingerprints=hashes)
        if change:
            self.write(change, "meanwhile")
        memory.keep(Made(work, files, rows, unsure, 1.0))
        memory.close()

    def fresh(self, **changes: Any) -> dict[str, tuple[Row, ...]]:
        memory = self.memory(**changes)
        try:
            return memory.of_files(self.step, self.names)[0]
        finally:
            memory.close()


GOOD = (Row("a", 0, "a"), Row("b", 0, "b"))


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    outputs = ("out/{path}",)
    return Yard(tmp_path, step("s", foreach=("in/*",), outputs=outputs, rows=True))


def test_what_was_made_stands_with_its_rows(yard: Yard) -> None:
    assert yard.fresh() == {}
    odd = Row("b", 3, "b", "three errors")
    yard.run(GOOD[0], odd)

    assert yard.fresh() == {"a": (GOOD[0],), "b": (odd,)}
    assert yard.fresh(force=True) == {}


def test_a_file_that_was_changed_while_it_was_read_is_not_remembered(yard: Yard) -> None:
    yard.run(*GOOD, change="in/a")

    assert yard.fresh() == {"b": (GOOD[1],)}


@pytest.mark.parametrize("changed", ["in/b", "out/b"])
def test_what_has_changed_does_not_stand(yard: Yard, changed: str) -> None:
    yard.run(*GOOD)
    yard.write(changed, "other")

    assert list(yard.fresh()) == ["a"]


@pytest.mark.parametrize("what", [{"app": "x"}, {"params": {"p": "1"}}])
def test_what_all_files_share_counts_for_all(yard: Yard, what: dict[str, Any]) -> None:
    yard.run(*GOOD)

    assert yard.fresh(**what) == {}
    assert len(yard.fresh()) == 2


def test_a_row_that_is_ours_and_a_file_without_a_row_are_not_remembered(yard: Yard) -> None:
    yard.run(Row("a", 1, "a", "its tool died"), unsure=frozenset("a"))

    assert yard.fresh() == {}


def test_old_outputs_go_before_their_files_are_run_again(yard: Yard) -> None:
    """A tool that exits 0 and writes nothing must not find its old work taken for new."""
    memory = yard.memory(begun=time.time() + 1)
    memory.of_files(yard.step, yard.names, lambda: ("out/a",))
    memory.close()

    assert not (yard.root / "out/a").exists()
    assert (yard.root / "out/b").exists()  # not claimed by an earlier run


def test_what_this_run_has_written_stays(yard: Yard) -> None:
    memory = yard.memory(begun=time.time() - 60)
    memory.of_files(yard.step, yard.names, lambda: ("out/a", "out/b"))
    memory.close()

    assert (yard.root / "out/a").exists()


def test_a_file_that_is_its_own_output_is_never_taken_away(yard: Yard) -> None:
    yard.names = {"in/a": FileNames("a", ("in/a",))}
    memory = yard.memory(begun=time.time() + 1)
    memory.of_files(yard.step, yard.names, lambda: ("in/a",))
    memory.close()

    assert (yard.root / "in/a").exists()


def test_a_step_that_says_too_little_stands_in_its_own_run_only(yard: Yard) -> None:
    yard.step = step("s", foreach=("in/*",), rows=True)
    yard.names = {f"in/{n}": FileNames(n) for n in ("a", "b")}
    yard.run(*GOOD)

    assert len(yard.fresh()) == 2
    assert yard.fresh(origin="run-2") == {}


def test_files_of_one_identity_never_stand(yard: Yard) -> None:
    yard.names = {"in/a": FileNames("x", ("out/a",)), "in/b": FileNames("x", ("out/b",))}
    yard.run(Row("x", 0, "x"))

    assert yard.fresh() == {}
