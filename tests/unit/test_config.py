"""pipeline.toml: whatever is wrong in it is one error that names file, table and key."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asyncorch.config import load, modes, near, parse, schema
from asyncorch.errors import ConfigError
from asyncorch.project import Project
from asyncorch.tables import MODES, PHASES, Config, GateTable, PhaseTable, StepTable


def read(text: str) -> Config:
    return parse(tomllib.loads(text), "pipeline.toml")


def written(folder: Path, text: str, name: str = "pipeline.toml") -> Project:
    (folder / name).write_text(text, encoding="utf-8")
    return Project(folder)


def error(folder: Path, text: str) -> ConfigError:
    with pytest.raises(ConfigError) as raised:
        load(written(folder, text))
    return raised.value


# --- what is right


def test_no_file_and_an_empty_file_are_the_convention(tmp_path: Path) -> None:
    assert load(Project(tmp_path)) == Config()
    assert load(written(tmp_path, "")) == Config()
    config = Config()
    assert (config.phase_order, config.inherit_env, config.gate.after) == (
        PHASES,
        True,
        "transform",
    )


def test_the_example_of_the_contract_is_valid() -> None:
    config = read(
        """
name = "shop-modernization"
concurrency = 8
env_files = [".env"]
secrets = ["DB_PASSWORD"]
inherit_env = true
[modes]
analysis = ["extract", "validate", "analyze"]
[env]
JAVA_OPTS = "-Xmx2g"
[params]
environment = "staging"
[limits]
database = 1
[steps.extract-ddl]
run = ["sqlplus", "-S", "@export.sql"]
needs = ["source-files"]
limits = ["database"]
timeout = "10m"
retries = 2
inputs = ["deliveries/{snapshot}/**/*.ddl"]
outputs = ["work/extracted/ddl/**"]
[steps.transform-sources]
run = "python tools/pipeline/transform-sources.py {files}"
foreach = "work/validated/**/*.java"
batch = "auto"
outputs = ["work/transformed/{path}"]
slots = 1
[gate]
after = "transform"
source = "work/transformed"
target = "target/artifacts"
log = "logs/transformation.log"
pattern = '\\|\\s*([^|]+\\.\\w+)\\s*\\|\\s*0\\s*\\|'
minimum = 0.90
[build]
tool = "auto"
unpromoted = "omit"
[notify]
urls = ["mailto://x"]
on = ["failure", "success"]
[retention]
runs = 50
days = 30
"""
    )

    assert config.steps["extract-ddl"].timeout == 600.0
    assert config.steps["transform-sources"].foreach == ("work/validated/**/*.java",)
    assert config.gate.minimum == 0.9


def test_the_contract_s_other_keys_are_known() -> None:
    read(
        """
app = "shop"
snapshot = "s"
mode = "full"
deliveries = "/mnt/deliveries"
orchestrator = "pipeline_orchestrator:Mine"
grace = 2
linger = "500ms"
deadline = "8h"
phases = ["load", "check"]
[interpreters]
pl = "perl"
[steps.load-x]
run = "x"
cwd = "sub"
quiet = "5m"
uses = ["rules/**"]
rows = false
[gate]
after = "load"
max_removed = 0.5
rows = "regex"
gather = false
[build]
overlay = "overlay"
sources = "src/main/java"
"""
    )


def test_a_glob_may_be_one_or_several() -> None:
    config = read('[steps.extract-a]\nforeach = "a/*"\noutputs = ["b", "c"]\n')

    assert config.steps["extract-a"].foreach == ("a/*",)
    assert config.steps["extract-a"].outputs == ("b", "c")


def test_numbers_in_env_and_params_are_text() -> None:
    config = read("[env]\nA = 1\nB = 1.5\n[params]\nC = 2\n")

    assert (config.env, config.params) == ({"A": "1", "B": "1.5"}, {"C": "2"})


def test_phases_may_be_a_list_or_a_table_with_an_order() -> None:
    assert read('phases = ["a", "b"]').phase_order == ("a", "b")
    config = read(
        '[phases]\norder = ["load", "check"]\n[phases.load]\ntitle = "T"\nsequential = true\n'
    )
    assert config.phase_order == ("load", "check")
    assert config.phase_table("load").sequential
    assert not config.phase_table("check").sequential
    assert read('[phases.build]\nverb = "Packing"\n').phase_order == PHASES


def test_the_local_file_lies_over_the_other_key_by_key(tmp_path: Path) -> None:
    written(tmp_path, 'concurrency = 1\n[env]\nA = "local"\n', "pipeline.local.toml")

    config = load(written(tmp_path, 'name = "x"\nconcurrency = 8\n[env]\nA = "a"\nB = "b"\n'))

    assert (config.name, config.concurrency) == ("x", 1)
    assert config.env == {"A": "local", "B": "b"}


def test_modes_are_the_shipped_ones_and_the_project_s_own() -> None:
    assert modes(Config()) == MODES
    own = modes(read('[modes]\nnight = ["extract"]\nanalysis = ["analyze"]\n'))
    assert own["night"] == ("extract",)
    assert own["analysis"] == ("analyze",)


def test_full_is_all_phases_that_there_are_and_a_mode_without_its_phases_is_none() -> None:
    assert modes(read('phases = ["load", "transform", "build"]')) == {
        "transform-build": ("transform", "build"),
        "full": ("load", "transform", "build"),
    }


def test_a_word_that_is_not_known_is_answered_with_what_may_be_meant() -> None:
    assert near("extrakt", PHASES) == "did you mean `extract`?"
    assert near("qqq", ("a", "b")) == "known are `a`, `b`"
    assert near("x", ()) == "there are none"


def test_the_schema_names_every_key() -> None:
    made = schema()

    assert set(made["properties"]) == set(Config.__struct_fields__)
    step = made["$defs"]["StepTable"]
    assert set(step["properties"]) == set(StepTable.__struct_fields__) - {"said"}


# --- what is wrong

HELP = "see `{}` in the table of keys in docs/configuration.md, or `asyncorch schema`"


@pytest.mark.parametrize(
    ("text", "where", "message", "hint"),
    [
        ("nmae = 'x'", "pipeline.toml", "unknown key `nmae`", "did you mean `name`?"),
        (
            "[steps.extract-a]\ntimeuot = 3",
            "pipeline.toml, [steps.extract-a]",
            "unknown key `timeuot`",
            "did you mean `timeout`?",
        ),
        (
            "[gate]\nminimun = 1",
            "pipeline.toml, [gate]",
            "unknown key `minimun`",
            "did you mean `minimum`?",
        ),
        (
            "[build]\ntols = 1",
            "pipeline.toml, [build]",
            "unknown key `tols`",
            "did you mean `tool`?",
        ),
        (
            "[phases.build]\ntitel = 'x'",
            "pipeline.toml, [phases.build]",
            "unknown key `titel`",
            "did you mean `title`?",
        ),
        (
            "[phases.bild]\ntitle = 'x'",
            "pipeline.toml, [phases.bild]",
            "unknown phase `bild`",
            "did you mean `build`?; a new phase is added to `order` in [phases]",
        ),
        (
            'phases = ["a", "a"]',
            "pipeline.toml",
            "`phases`: each phase once, and at least one",
            None,
        ),
        ("phases = []", "pipeline.toml", "`phases`: each phase once, and at least one", None),
        (
            "[gate]\ntarget = '../x'",
            "pipeline.toml",
            "`gate.target` must lie below the project",
            None,
        ),
        (
            "[gate]\nsource = '/x'",
            "pipeline.toml",
            "`gate.source` must lie below the project",
            None,
        ),
        ("[gate]\nlog = ''", "pipeline.toml", "`gate.log` must lie below the project", None),
        (
            "[gate]\ntarget = '.'",
            "pipeline.toml",
            "`gate.target` must lie below the project",
            None,
        ),
    ],
)
def test_a_mistake_is_told_with_its_place_and_how_to_mend_it(
    tmp_path: Path, text: str, where: str, message: str, hint: str | None
) -> None:
    told = error(tmp_path, text)

    assert (told.where, told.message, told.hint) == (where, message, hint)


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("", "name", "3"),
        ("", "concurrency", "0"),
        ("", "concurrency", "'8'"),
        ("", "concurrency", "true"),
        ("", "concurrency", "1.5"),
        ("", "grace", "'soon'"),
        ("", "grace", "-1"),
        ("", "deadline", "[]"),
        ("", "env_files", "'x'"),
        ("", "secrets", "[1]"),
        ("", "inherit_env", "'yes'"),
        ("", "orchestrator", "'no colon'"),
        ("", "phases", "3"),
        ("", "phases", "['a/b']"),
        ("", "phases", "['']"),
        ("", "modes", "3"),
        ("", "env", "3"),
        ("", "steps", "[]"),
        ("modes", "x", "'extract'"),
        ("env", "A", "true"),
        ("env", "A", "['x']"),
        ("limits", "db", "0"),
        ("limits", "db", "'1'"),
        ("interpreters", "pl", "1"),
        ("phases.build", "sequential", "'yes'"),
        ("phases.build", "sequential", "1"),
        ("steps.extract-a", "run", "3"),
        ("steps.extract-a", "run", "[]"),
        ("steps.extract-a", "run", "[1]"),
        ("steps.extract-a", "needs", "'x'"),
        ("steps.extract-a", "slots", "0"),
        ("steps.extract-a", "slots", "'2'"),
        ("steps.extract-a", "timeout", "'10'"),
        ("steps.extract-a", "retries", "-1"),
        ("steps.extract-a", "retries", "true"),
        ("steps.extract-a", "foreach", "3"),
        ("steps.extract-a", "batch", "0"),
        ("steps.extract-a", "batch", "'all'"),
        ("steps.extract-a", "rows", "'yes'"),
        ("steps.extract-a", "rows", "1"),
        ("steps.extract-a", "cwd", "3"),
        ("gate", "minimum", "1.5"),
        ("gate", "minimum", "-0.1"),
        ("gate", "minimum", "'0.9'"),
        ("gate", "minimum", "nan"),
        ("gate", "pattern", "'('"),
        ("gate", "pattern", "'no group'"),
        ("gate", "pattern", "'(a{99999999999999999999})'"),
        ("gate", "pattern", "3"),
        ("gate", "rows", "'loose'"),
        ("gate", "gather", "'no'"),
        ("build", "unpromoted", "'keep'"),
        ("notify", "on", "['always']"),
        ("notify", "urls", "'slack://x'"),
    ],
)
def test_each_wrong_value_is_one_error_that_names_its_table_and_key(
    tmp_path: Path, table: str, key: str, value: str
) -> None:
    told = error(tmp_path, f"[{table}]\n{key} = {value}\n" if table else f"{key} = {value}\n")

    assert told.where == ("pipeline.toml, [" + table + "]" if table else "pipeline.toml")
    assert told.message.startswith(f"`{key}`: ")
    assert told.message[len(f"`{key}`: ")].islower()
    assert not told.message.endswith(".")
    of_names = ("modes", "env", "limits", "interpreters")  # whose keys are the user's own
    assert told.hint == HELP.format(table if table in of_names else key)


@pytest.mark.parametrize(
    "text",
    [
        'name = "a\\u0000b"',
        '[env]\nA = "a\\u0000b"',
        '[params]\nA = "a\\u0000b"',
        '[steps.extract-a]\nrun = "a\\u0000b"',
        '[steps.extract-a]\nrun = ["a", "a\\u0000b"]',
        '[steps.extract-a]\ncwd = "a\\u0000b"',
        'env_files = ["a\\u0000b"]',
        '[gate]\ntarget = "a\\u0000b"',
    ],
)
def test_a_nul_is_refused_where_it_stands(tmp_path: Path, text: str) -> None:
    """Neither a program nor a file can have one in its name: found out late, it is a crash."""
    assert "NUL" in error(tmp_path, text).message


@pytest.mark.parametrize("key", ["extract-a/b", "extract-../x", "extract-a\\nb", "extract- "])
def test_a_step_s_name_is_one_that_a_file_can_have(tmp_path: Path, key: str) -> None:
    told = error(tmp_path, f'[steps."{key}"]\nrun = "true"\n')

    assert told.where is not None
    assert told.where.startswith("pipeline.toml")


def test_a_mistake_in_the_local_file_is_told_of_the_local_file(tmp_path: Path) -> None:
    written(tmp_path, "nmae = 'x'", "pipeline.local.toml")

    told = error(tmp_path, "name = 'x'")

    assert (told.where, told.message) == ("pipeline.local.toml", "unknown key `nmae`")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"name = x", "not TOML: "),
        (b"a = 1\na = 2", "not TOML: "),
        (b"a = " + b"[" * 10_000, "not TOML: "),
        (b"concurrency = " + b"9" * 5000, "not TOML: "),
        (b"\xff\xfe", "not UTF-8: "),
    ],
)
def test_a_file_that_cannot_be_parsed_is_told(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "pipeline.toml").write_bytes(text)

    with pytest.raises(ConfigError) as raised:
        load(Project(tmp_path))

    assert raised.value.where == "pipeline.toml"
    assert raised.value.message.startswith(message)
    assert raised.value.hint is not None


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "pipeline.toml").mkdir()

    with pytest.raises(ConfigError, match=r"pipeline\.toml: cannot be read: "):
        load(Project(tmp_path))


# --- whatever comes

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=6)
    | st.dates()
    | st.sampled_from(["auto", "(a)", "10m", "extract", "9" * 400 + "d"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def tables(fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(sorted(fields)) | st.text(max_size=5), values)


PHASE_KEYS = PhaseTable.__struct_fields__
steps = st.dictionaries(
    st.sampled_from(["extract-a", "x"]) | st.text(max_size=6),
    tables(StepTable.__struct_fields__) | values,
)
documents = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(Config.__struct_fields__, values),
        "steps": steps,
        "gate": tables(GateTable.__struct_fields__),
        "phases": tables(PHASE_KEYS)
        | st.dictionaries(st.sampled_from(["order", "build"]), tables(PHASE_KEYS)),
        "unknown": values,
    },
)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")  # of a regex, to its author
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(documents)
def test_arbitrary_data_is_a_configuration_or_a_config_error(data: dict[str, Any]) -> None:
    with suppress(ConfigError):
        parse(data, "pipeline.toml")
