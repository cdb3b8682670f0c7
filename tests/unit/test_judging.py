"""The end of the gate phase: rows gathered, judged, promoted, and the truth told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asyncorch.config import parse
from asyncorch.events import GateJudged, Noted
from asyncorch.judging import Gate
from asyncorch.model import Artifacts, Outcome, Row, StepSummary
from asyncorch.quality.ledger import Ledger
from asyncorch.telling import Judged
from tests.bench import step

pytestmark = pytest.mark.anyio


class Yard:
    def __init__(self, root: Path, **gate: Any) -> None:
        self.root, self.ledger, self.events = root, Ledger(), list[Any]()
        config = parse({"gate": gate}, "pipeline.toml")
        self.gate = Gate(config, root, "run-1", False, self.events.append, self.ledger)  # noqa: FBT003  # as the engine does
        self.judged: list[Judged] = []

    def made(self, *names: str) -> Yard:
        for name in names:
            path = self.root / "work" / "transformed" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name)
        return self

    def step(self, name: str, *rows: Row, foreach: bool = True, passed: bool = True) -> Yard:
        plan = step(name, foreach=("work/**",) if foreach else ())
        outcome = Outcome.PASSED if passed else Outcome.FAILED
        self.judged.append(Judged(plan, StepSummary(name, outcome), None, rows))
        return self

    async def close(self) -> tuple[str | None, Artifacts]:
        return await self.gate.close_phase("transform", self.judged)

    @property
    def log(self) -> Path:
        return self.root / "logs" / "transformation.log"

    def promoted(self) -> list[str]:
        target = self.root / "target" / "artifacts"
        return sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    return Yard(tmp_path)


def row(artifact: str, errors: int = 0, source: str | None = None) -> Row:
    return Row(artifact, errors, source or artifact)


async def test_rows_are_gathered_in_plan_order_and_what_has_no_errors_is_promoted(
    yard: Yard,
) -> None:
    yard.ledger.processed.update({"a.py", "b.py", "rejected.py"})
    yard.made("a.py", "b.py", "x.py").step("two", row("b.py", 2), row("a.py"))
    yard.step("one", row("x.py", 0, "a.py"))

    reason, artifacts = await yard.close()

    assert (reason, artifacts) == (None, Artifacts(processed=3, successful=1))
    assert yard.log.read_text() == "| b.py | 2 |\n| a.py | 0 |\n| x.py | 0 | a.py |\n"
    assert yard.promoted() == ["a.py", "x.py"]
    (judged,) = yard.events
    assert judged == GateJudged(
        phase="transform",
        passed=True,
        promoted=2,
        refused=1,
        removed=0,
        processed=3,
        successful=1,
        log="logs/transformation.log",
    )


async def test_a_step_without_a_fan_out_took_the_sources_that_its_rows_name(yard: Yard) -> None:
    yard.made("a.py").step("s", row("a.py"), row("b.py", 1), foreach=False)

    assert (await yard.close())[1] == Artifacts(processed=2, successful=1)


async def test_what_a_fan_out_took_is_known_and_its_rows_add_nothing_to_it(yard: Yard) -> None:
    yard.ledger.processed.add("a.py")
    yard.made("a.py", "b.py").step("s", row("a.py"), row("b.py", 0, "elsewhere.cob"))

    assert (await yard.close())[1] == Artifacts(processed=1, successful=1)


async def test_a_closed_gate_touches_nothing_and_says_why(tmp_path: Path) -> None:
    yard = Yard(tmp_path, minimum=0.9)
    yard.ledger.processed.update({"a.py", "b.py"})
    yard.made("a.py").step("s", row("a.py"), row("b.py", 1))

    reason, artifacts = await yard.close()

    assert reason == "the success rate 50.00% is below the minimum 90.00%"
    assert artifacts == Artifacts(processed=2, successful=0)
    assert not (tmp_path / "target").exists()
    assert yard.events[-1].reason == reason
    assert yard.log.exists()


async def test_a_damaged_manifest_closes_the_gate(yard: Yard, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "manifest.json").write_text("{")

    reason, _ = await yard.made("a.py").step("s", row("a.py")).close()

    assert "the manifest cannot be read" in (reason or "")


async def test_a_failed_step_leaves_what_it_promoted_before_and_it_is_stale(
    yard: Yard, tmp_path: Path
) -> None:
    await yard.made("a.py").step("s", row("a.py")).close()
    again = Yard(tmp_path).step("s", row("a.py"), passed=False)

    reason, artifacts = await again.close()

    assert reason == "no step of this phase passed, so nothing is promoted"
    assert artifacts.successful == 0
    assert again.promoted() == ["a.py"]
    assert '"stale": true' in (tmp_path / "target" / "manifest.json").read_text()


async def test_names_that_the_pattern_does_not_take_are_counted_and_shown(yard: Yard) -> None:
    names = ("Makefile", "A", "B", "C", "D", "a.py")
    yard.made(*names).step("s", *map(row, names))

    await yard.close()

    (note,) = [event for event in yard.events if isinstance(event, Noted)]
    assert note.text == (
        "5 artifacts without errors do not match the gate's `pattern` and are not promoted: "
        "`Makefile`, `A`, `B` and 2 more"
    )
    assert note.hint == "widen `pattern` in the table [gate] of pipeline.toml"


# --- logs that a tool writes itself


async def test_a_tool_s_own_log_is_read_and_not_written(tmp_path: Path) -> None:
    yard = Yard(tmp_path, gather=False)
    yard.log.parent.mkdir()
    yard.log.write_text("| a.py | 0 |\nother\n| b.py | 3 |\n")

    reason, artifacts = await yard.made("a.py", "b.py").step("s", row("c.py")).close()

    assert (reason, artifacts) == (None, Artifacts(processed=2, successful=1))
    assert yard.log.read_text() == "| a.py | 0 |\nother\n| b.py | 3 |\n"
    assert yard.promoted() == ["a.py"]


async def test_a_log_of_another_form_is_searched_with_the_pattern(tmp_path: Path) -> None:
    pattern = r"OK\s+(?:(\S+\.py)|-)(?=\s|$)"
    yard = Yard(tmp_path, gather=False, rows="regex", pattern=pattern)
    yard.log.parent.mkdir()
    yard.log.write_bytes(b"[1] OK a.py in 3 ms\n[2] FAIL b.py\n[3] OK -\nOK\nsub/c.py\n\xff\n")

    await yard.made("a.py", "b.py", "sub/c.py").step("s").close()

    assert yard.promoted() == ["a.py"]
    assert yard.ledger.processed == {"a.py"}


async def test_a_log_that_no_tool_has_written_closes_the_gate(tmp_path: Path) -> None:
    yard = Yard(tmp_path, gather=False).step("s")

    assert (await yard.close())[0] == (
        "no row came: the steps of this phase print none (`| path | errors |`)"
    )
