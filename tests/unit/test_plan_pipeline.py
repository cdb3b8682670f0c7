"""Configuration and scripts become phases with steps, and every mistake is told before a start."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asyncorch.config import load as load_config
from asyncorch.errors import ConfigError
from asyncorch.model import Step
from asyncorch.plan.pipeline import Pipeline, load
from asyncorch.project import Project


class Maker:
    def __init__(self, root: Path) -> None:
        self.project = Project(root)

    def config(self, text: str) -> Maker:
        self.project.config.write_text(text, encoding="utf-8")
        return self

    def script(self, name: str, text: str = "") -> Maker:
        self.project.tools.mkdir(parents=True, exist_ok=True)
        (self.project.tools / name).write_text(text)
        return self

    def pipeline(self, *extra: str) -> Pipeline:
        return load(self.project, load_config(self.project), extra)

    def step(self, id_: str) -> Step:
        steps = {step.id: step for phase in self.pipeline().phases for step in phase.steps}
        return steps[id_]

    def error(self) -> ConfigError:
        with pytest.raises(ConfigError) as raised:
            self.pipeline()
        return raised.value


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


# --- what becomes of it


def test_without_anything_there_are_five_phases_without_steps(maker: Maker) -> None:
    pipeline = maker.pipeline()

    assert [(p.number, p.name, p.title, p.verb, p.steps) for p in pipeline.phases] == [
        (1, "extract", "EXTRACTION", "Extracting", ()),
        (2, "validate", "VALIDATION", "Validating", ()),
        (3, "analyze", "ANALYSIS", "Analyzing", ()),
        (4, "transform", "TRANSFORMATION", "Transforming", ()),
        (5, "build", "BUILD", "Building", ()),
    ]
    assert set(pipeline.modes) == {"analysis", "transform-build", "full"}
    assert pipeline.phase("build").number == 5


def test_scripts_and_tables_are_steps_of_one_phase_by_name(maker: Maker) -> None:
    maker.script("extract-b.py").config('[steps.extract-a]\nrun = "x"\n[steps.extract-c]\nrun="y"')

    steps = maker.pipeline().phase("extract").steps

    assert [(step.name, step.command) for step in steps] == [
        ("a", "x"),
        ("b", (sys.executable, "tools/pipeline/extract-b.py")),
        ("c", "y"),
    ]


def test_a_table_refines_the_script_of_its_name(maker: Maker) -> None:
    maker.script("extract-a.py").config("[steps.extract-a]\nslots = 2\ntimeout = 60")

    step = maker.step("extract-a")

    assert (step.slots, step.timeout) == (2, 60.0)
    assert step.command == (sys.executable, "tools/pipeline/extract-a.py")


def test_a_table_wins_over_the_script_s_header_key_by_key(maker: Maker) -> None:
    maker.script(
        "transform-a.py",
        '# /// script\n# [tool.asyncorch]\n# foreach = "a/**"\n# slots = 3\n# ///\n',
    ).config('[steps.transform-a]\nforeach = "b/**"')

    step = maker.step("transform-a")

    assert (step.foreach, step.slots) == (("b/**",), 3)
    assert step.command == (sys.executable, "tools/pipeline/transform-a.py", "{files}")


def test_run_replaces_a_script_s_command(maker: Maker) -> None:
    maker.script("extract-a.py").config('[steps.extract-a]\nrun = ["other", "-x"]')

    assert maker.step("extract-a").command == ("other", "-x")


@pytest.mark.parametrize(
    ("keys", "batch"),
    [
        ('run = "x {files}"', None),
        ('run = "x {files}"\nbatch = 7', 7),
        ('run = "x {files}"\nbatch = "auto"', None),
        ('run = "x {file}"', 1),
        ('run = ["x", "--in={file}"]\nbatch = 7', 1),
        ('run = "x {filelist}"', None),
    ],
)
def test_a_fan_out_takes_as_many_files_as_pay_off_or_as_it_says_or_one(
    maker: Maker, keys: str, batch: int | None
) -> None:
    maker.config(f'[steps.transform-a]\nforeach = "**"\n{keys}')

    assert maker.step("transform-a").batch == batch


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        ("extract-a]", False),
        ("validate-a]", True),
        ("analyze-a]", False),
        ("transform-a]", True),
        ('analyze-a]\nforeach = "x/**"', True),
        ("transform-a]\nrows = false", False),
        ("extract-a]\nrows = true", True),
    ],
)
def test_rows_count_in_fan_outs_in_validate_and_in_the_gate_phase(
    maker: Maker,
    key: str,
    rows: bool,  # noqa: FBT001  # a case
) -> None:
    maker.config(f'[steps.{key}\nrun = "x {"{files}" if "foreach" in key else ""}"')

    assert maker.step(key.partition("]")[0]).rows is rows


def test_own_phases_have_a_title_and_a_verb(maker: Maker) -> None:
    maker.config(
        'phases = ["load_all", "check"]\n[steps.check-a]\nrun = "x"\n[gate]\nafter = "check"'
    )

    assert [(p.number, p.title, p.verb) for p in maker.pipeline().phases] == [
        (1, "LOAD ALL", "Load all:"),
        (2, "CHECK", "Check:"),
    ]


def test_a_phase_s_table_gives_it_title_and_verb(maker: Maker) -> None:
    maker.config('[phases.build]\ntitle = "Packing {app}"\nverb = "Packing"')

    build = maker.pipeline().phase("build")

    assert (build.title.upper(), build.verb) == ("PACKING {APP}", "Packing")


def test_a_phase_that_only_a_subclass_knows_comes_last(maker: Maker) -> None:
    pipeline = maker.pipeline("deploy", "build")

    assert [phase.name for phase in pipeline.phases][-2:] == ["build", "deploy"]
    assert pipeline.modes["full"] == ("extract", "validate", "analyze", "transform", "build")


def test_numbered_siblings_that_run_side_by_side_are_warned_of(maker: Maker) -> None:
    maker.script("extract-01-a.py").script("extract-02-b.py")

    assert maker.pipeline().warnings == (
        (
            "the numbered steps of phase extract run side by side; to run them in name order, "
            "set `sequential = true` in [phases.extract]"
        ),
    )
    maker.config("[phases.extract]\nsequential = true")
    assert maker.pipeline().warnings == ()


# --- what is wrong with it


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        (
            '[steps.extrakt-a]\nrun = "x"',
            "pipeline.toml, [steps.extrakt-a]",
            "unknown phase in step `extrakt-a`",
            "a step is called `<phase>-<name>`; did you mean `extract`?",
        ),
        (
            "[steps.extract-a]\nslots = 1",
            "pipeline.toml, [steps.extract-a]",
            "step `extract-a` has neither `run` nor a script",
            'give it `run = "…"`, or put a script tools/pipeline/extract-a.py (or .sh) there',
        ),
        (
            '[steps.extract-a]\nrun = "x"\nlimits = ["db"]',
            "pipeline.toml, [steps.extract-a]",
            "unknown limit `db`",
            "there are none; limits are set in the table [limits]",
        ),
        (
            '[limits]\ndatabase = 1\n[steps.extract-a]\nrun = "x"\nlimits = ["databse"]',
            "pipeline.toml, [steps.extract-a]",
            "unknown limit `databse`",
            "did you mean `database`?; limits are set in the table [limits]",
        ),
        (
            '[steps.extract-a]\nrun = "x"\nsecrets = ["PW"]',
            "pipeline.toml, [steps.extract-a]",
            "unknown secret `PW`",
            "name it in `secrets` at the top of pipeline.toml, too",
        ),
        (
            '[steps.extract-a]\nrun = "x"\nneeds = ["b"]',
            "pipeline.toml, [steps.extract-a]",
            "needs unknown step `b`",
            "`needs` names steps of the same phase; known are `a`",
        ),
        (
            (
                '[steps.extract-a]\nrun = "x"\nneeds = ["b"]\n'
                '[steps.extract-b]\nrun = "x"\nneeds = ["a"]'
            ),
            "pipeline.toml, phase extract",
            "circular `needs`: a -> b -> a",
            "a step cannot wait for itself: take one of these `needs` away",
        ),
        (
            '[steps.extract-a]\nrun = "x"\nneeds = ["a"]',
            "pipeline.toml, phase extract",
            "circular `needs`: a -> a",
            "a step cannot wait for itself: take one of these `needs` away",
        ),
        (
            '[steps.transform-a]\nforeach = "x/**"\nrun = "x"',
            "pipeline.toml, [steps.transform-a]",
            "`run` names no files, but the step has `foreach`",
            "say where the files go: {file}, {files} or {filelist}",
        ),
        (
            '[steps.transform-a]\nrun = "x {files}"',
            "pipeline.toml, [steps.transform-a]",
            "`run` uses {files} without `foreach`",
            'give the step files with `foreach = "work/**/*.java"`',
        ),
        (
            '[steps.transform-a]\nforeach = "x/**"\nrun = "x {file} {files}"',
            "pipeline.toml, [steps.transform-a]",
            "`run` mixes {file}, {files} and {filelist}",
            "use one",
        ),
        (
            '[steps.transform-a]\nrun = " "',
            "pipeline.toml, [steps.transform-a]",
            "`run` is empty",
            None,
        ),
        (
            '[steps.transform-a]\nforeach = "x/**"\nrun = ["x", "-i={files}"]',
            "pipeline.toml, [steps.transform-a]",
            "{files} is part of a longer word",
            'in a list, "{files}" is a word of its own',
        ),
        (
            '[steps.transform-a]\nforeach = "../x/**"\nrun = "x {files}"',
            "pipeline.toml, [steps.transform-a]",
            "`../x/**` leads out of the project",
            "write it as seen from the project folder, such as `work/extracted/**/*`",
        ),
        (
            '[steps.transform-a]\nforeach = "x/**"\nrun = "x {files}"\noutputs = "/tmp/{path}"',
            "pipeline.toml, [steps.transform-a]",
            "`/tmp/{path}` leads out of the project",
            "write it as seen from the project folder, such as `work/extracted/**/*`",
        ),
        (
            '[modes]\nnight = ["extract", "bild"]',
            "pipeline.toml, [modes]",
            "mode `night`: unknown phase `bild`",
            "did you mean `build`?",
        ),
        ('mode = "ful"', "pipeline.toml", "unknown mode `ful`", "did you mean `full`?"),
        (
            '[gate]\nafter = "transfrom"',
            "pipeline.toml, [gate]",
            "`after`: unknown phase `transfrom`",
            "did you mean `transform`?",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_how_to_mend_it(
    maker: Maker, text: str, where: str, message: str, hint: str | None
) -> None:
    told = maker.config(text).error()

    assert (told.where, told.message, told.hint) == (where, message, hint)


def test_a_mistake_in_a_header_is_told_of_the_script(maker: Maker) -> None:
    maker.script("extract-a.py", '# /// script\n# [tool.asyncorch]\n# limits = ["db"]\n# ///\n')

    assert maker.error().where == "tools/pipeline/extract-a.py"


def test_needs_against_the_order_of_a_sequential_phase_are_circular(maker: Maker) -> None:
    maker.config(
        "[phases.extract]\nsequential = true\n"
        '[steps.extract-a]\nrun = "x"\nneeds = ["b"]\n[steps.extract-b]\nrun = "x"'
    )

    assert maker.error().message.startswith("circular `needs`: ")


@pytest.mark.parametrize("run", ['[""]', '["", "x"]'])
def test_a_program_without_a_name_is_an_empty_run(maker: Maker, run: str) -> None:
    maker.config(f"[steps.extract-a]\nrun = {run}")

    assert maker.error().message == "`run` is empty"
