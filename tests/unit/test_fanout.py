"""A step made ready takes the files of its globs but the rejected, and claims its outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asyncorch.environment import Environment
from asyncorch.errors import ConfigError
from asyncorch.fanout import Ground, make_ready
from asyncorch.freshstore import Store
from asyncorch.memory import Memory
from asyncorch.model import Row
from asyncorch.quality.ledger import Ledger
from asyncorch.quality.stamps import Stamps
from asyncorch.tables import Config
from asyncorch.work import Work
from tests.bench import step


class Site:
    def __init__(self, root: Path) -> None:
        self.root, self.ledger, self.stamps = root, Ledger(), Stamps(root / "work")
        self.values = {"app": "shop", "snapshot": "s1"}
        (root / "work").mkdir(parents=True, exist_ok=True)
        self.memory = Memory(
            Store(root / "work", root),
            root,
            app="shop",
            values=self.values,
            params={},
            environment=Environment(Config(), caller={}, root=root, wished={}),
            gate=lambda _: None,
            origin="run",
            force=True,  # what is remembered has tests of its own
        )

    def make(self, *names: str, size: int = 0) -> None:
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x" * size)

    def reject(self, *sources: str, places: tuple[str, ...] = ()) -> None:
        rows = [Row(source, 1, source) for source in sources]
        self.ledger.settle("validate", "syntax", rows, dict.fromkeys(sources, places))

    def ready(self, slots: int = 2, step_slots: int = 1, **changes: Any) -> Work:
        words: dict[str, Any] = {
            "phase": "transform",
            "command": ("tool", "{files}"),
            "foreach": ("work/validated/**/*.py",),
            "slots": step_slots,
        }
        plan = step("s", **(words | changes))
        ground = Ground(
            root=self.root,
            values=self.values,
            ledger=self.ledger,
            stamps=self.stamps,
            slots=slots,
            gate_phase="transform",
            gate_source="work/transformed",
            memory=self.memory,
        )
        return make_ready(plan, ground, {})


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "project").mkdir()
    return Site(tmp_path / "project")


def taken(work: Work) -> list[str]:
    return [file for batch in work.batches for file in batch.files]


def test_a_step_without_foreach_is_one_process(site: Site) -> None:
    work = site.ready(foreach=(), command=("tool",))

    assert [(batch.number, batch.files) for batch in work.batches] == [(0, ())]


def test_a_fan_out_takes_its_files_by_path_and_knows_them_below_the_fixed_part(site: Site) -> None:
    site.make("work/validated/b.py", "work/validated/a/c.py", "work/validated/x.txt")

    work = site.ready()

    assert taken(work) == ["work/validated/a/c.py", "work/validated/b.py"]
    assert [names.identity for names in work.names.values()] == ["a/c.py", "b.py"]


def test_globs_may_name_the_snapshot_and_params(site: Site) -> None:
    site.make("deliveries/s1/a.ddl", "deliveries/s2/b.ddl")

    assert taken(site.ready(foreach=("deliveries/{snapshot}/**/*.ddl",))) == ["deliveries/s1/a.ddl"]


def test_the_rejected_are_left_out_and_counted(site: Site) -> None:
    site.make("work/validated/a.py", "work/validated/b.py")
    site.reject("b.py")

    work = site.ready()

    assert (taken(work), work.rejected) == (["work/validated/a.py"], 1)


def test_in_the_gate_phase_all_that_would_have_come_are_processed(site: Site) -> None:
    site.make("work/validated/a.py", "work/validated/b.py")
    site.reject("b.py")
    site.reject("gone.py", places=("work/extracted/gone.py", "work/validated/gone.py"))
    site.reject("other.js", places=("work/validated/other.js",))

    site.ready()

    assert site.ledger.processed == {"a.py", "b.py", "gone.py"}


def test_outside_of_the_gate_phase_nothing_is_processed(site: Site) -> None:
    site.make("work/validated/a.py")

    site.ready(phase="analyze")

    assert site.ledger.processed == set()


def test_a_command_for_one_file_says_so(site: Site) -> None:
    site.make("work/validated/a.py")

    assert site.ready(command=("tool", "{file}"), batch=1).per_file
    assert not site.ready().per_file


# --- outputs


def test_outputs_are_named_after_the_file_and_the_gate_s_folder_is_left_off(site: Site) -> None:
    site.make("work/validated/sub/a.py")

    (names,) = site.ready(outputs=("work/transformed/{path}",)).names.values()

    assert (names.outputs, names.prefix) == (("work/transformed/sub/a.py",), "work/transformed/")
    (names,) = site.ready(phase="analyze", outputs=("x/{path}",)).names.values()
    assert names.prefix == ""


def test_two_files_of_one_output_are_a_configuration_error_that_names_both(site: Site) -> None:
    site.make("work/validated/one/a.py", "work/validated/two/a.py")

    with pytest.raises(ConfigError) as raised:
        site.ready(outputs=("work/transformed/{name}",))

    assert raised.value.message == (
        "`work/validated/one/a.py` and `work/validated/two/a.py` would both write "
        "`work/transformed/a.py`"
    )
    assert raised.value.where == "[steps.transform-s] outputs"


@pytest.mark.parametrize("value", ["/tmp/elsewhere", "../elsewhere"])
def test_a_parameter_cannot_lead_an_output_out_of_the_project(site: Site, value: str) -> None:
    site.make("work/validated/a.py")
    site.values["out"] = value

    with pytest.raises(ConfigError, match="leads out of the project"):
        site.ready(outputs=("{out}/{path}",))


def test_outputs_whose_file_is_gone_are_removed(site: Site) -> None:
    site.make("work/validated/a.py", "work/validated/b.py")
    site.ready(outputs=("work/transformed/{path}",))
    site.make("work/transformed/a.py", "work/transformed/b.py", "work/transformed/own.py")
    (site.root / "work/validated/b.py").unlink()

    site.ready(outputs=("work/transformed/{path}",))

    left = sorted(path.name for path in (site.root / "work/transformed").iterdir())
    assert left == ["a.py", "own.py"]
    assert site.stamps.outputs("transform-s") == {"work/transformed/a.py"}


def test_the_output_of_a_file_that_is_rejected_now_is_removed(site: Site) -> None:
    site.make("work/validated/a.py")
    site.ready(outputs=("work/transformed/{path}",))
    site.make("work/transformed/a.py")
    site.reject("a.py")

    site.ready(outputs=("work/transformed/{path}",))

    assert not (site.root / "work/transformed/a.py").exists()


@pytest.mark.parametrize("claimed", ["{outside}/a.py", "../outside/a.py", "work/link/a.py"])
def test_nothing_outside_of_the_project_is_ever_removed(site: Site, claimed: str) -> None:
    """The list of claims lies in work/, where every tool can write."""
    outside = site.root.parent / "outside"
    outside.mkdir()
    (outside / "a.py").touch()
    (site.root / "work").mkdir(exist_ok=True)
    (site.root / "work" / "link").symlink_to(outside)
    site.stamps.claim("transform-s", [claimed.format(outside=outside)])

    site.ready(outputs=("work/transformed/{path}",))

    assert (outside / "a.py").exists()


def test_whether_an_output_is_there_is_asked_below_the_project(site: Site) -> None:
    site.make("work/validated/a.py", "work/transformed/a.py")

    work = site.ready()

    assert work.output_exists("work/transformed/a.py")
    assert not work.output_exists("work/transformed/b.py")


# --- batches


@pytest.mark.slow
def test_batches_keep_to_the_shell_s_limit_and_the_kernel_s(site: Site) -> None:
    site.make(*(f"work/validated/{'d' * 200}/f{i:04}.py" for i in range(700)))

    by_shell = site.ready(slots=1, command="tool {files}")
    by_kernel = site.ready(slots=1)

    assert taken(by_shell) == taken(by_kernel)
    longest = max(sum(len(f) + 3 for f in batch.files) for batch in by_shell.batches)
    assert longest < 128 * 1024
    assert len(by_shell.batches) >= len(by_kernel.batches)


@pytest.mark.slow
def test_a_list_in_a_file_knows_no_limit(site: Site) -> None:
    site.make(*(f"work/validated/{'d' * 200}/f{i:04}.py" for i in range(700)))

    work = site.ready(slots=1, command="tool {filelist}", batch=700)

    assert len(work.batches) == 1


@pytest.mark.slow
def test_wide_processes_get_fewer_batches(site: Site) -> None:
    site.make(*(f"work/validated/f{i:04}.py" for i in range(400)))

    one_each = site.ready(slots=8)
    all_each = site.ready(slots=8, step_slots=8)

    assert len(one_each.batches) > len(all_each.batches)
