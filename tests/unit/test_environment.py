"""What a step sees of the environment: later wins, and a secret is nobody's who did not ask."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from asyncorch.config import parse
from asyncorch.environment import THREAD_POOLS, Environment
from asyncorch.errors import ConfigError
from asyncorch.tables import Config
from tests.bench import step

CALLER = {"PATH": "/bin", "HOME": "/home/u", "EDITOR": "vi", "PW": "s3cret!"}


def environment(
    root: Path,
    *,
    caller: Mapping[str, str] = CALLER,
    wished: Mapping[str, str] | None = None,
    **keys: Any,
) -> Environment:
    config = parse(keys, "pipeline.toml") if keys else Config()
    return Environment(config, caller=caller, root=root, wished=wished or {})


def of(made: Environment, **changes: Any) -> dict[str, str]:
    return made.of(step("s", **changes), 4)


def test_a_step_inherits_the_caller_s_environment(tmp_path: Path) -> None:
    env = of(environment(tmp_path))

    assert env.items() >= CALLER.items()
    assert env["PYTHONUNBUFFERED"] == "1"


def test_inherit_env_may_be_a_list_of_names(tmp_path: Path) -> None:
    env = of(environment(tmp_path, inherit_env=["EDITOR", "NOT_THERE"]))

    assert env["EDITOR"] == "vi"
    assert "PW" not in env
    assert "NOT_THERE" not in env


def test_without_inherit_env_only_what_every_program_needs_is_left(tmp_path: Path) -> None:
    env = of(environment(tmp_path, inherit_env=False))

    assert (env["PATH"], env["HOME"]) == ("/bin", "/home/u")
    assert "EDITOR" not in env


def test_later_wins(tmp_path: Path) -> None:
    (tmp_path / "one.env").write_text("A=file1\nB=file1\nC=file1\nD=file1\nE=file1\nF=file1\n")
    (tmp_path / "two.env").write_text("B=file2\nC=file2\nD=file2\nE=file2\nF=file2\n")
    made = environment(
        tmp_path,
        caller=dict.fromkeys("ABCDEF", "caller"),
        env_files=["one.env", "two.env"],
        env={"C": "table", "D": "table", "E": "table", "F": "table"},
        wished={"E": "wish", "F": "wish"},
    )
    made.add({"F": "own"})

    env = of(made, env={"D": "step", "E": "step", "F": "step"})

    assert {name: env[name] for name in "ABCDEF"} == {
        "A": "file1",
        "B": "file2",
        "C": "table",
        "D": "step",
        "E": "wish",
        "F": "own",
    }


# --- secrets


def test_a_secret_is_withheld_from_a_step_that_does_not_name_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOKEN=abcdef\n")
    made = environment(tmp_path, secrets=["PW", "TOKEN"], env_files=[".env"])

    assert not {"PW", "TOKEN"} & set(of(made))
    assert not {"PW", "TOKEN"} & set(made.of_nobody())
    assert of(made, secrets=("TOKEN",))["TOKEN"] == "abcdef"  # noqa: S105  # of a test
    assert "PW" not in of(made, secrets=("TOKEN",))


def test_a_secret_need_not_be_inherited_to_be_handed_over(tmp_path: Path) -> None:
    made = environment(tmp_path, secrets=["PW"], inherit_env=False)

    assert of(made, secrets=("PW",))["PW"] == "s3cret!"


def test_a_secret_given_on_the_command_line_is_a_secret_too(tmp_path: Path) -> None:
    made = environment(tmp_path, secrets=["PW"], wished={"PW": "given!"})

    assert "PW" not in of(made)
    assert "PW" not in made.of_nobody()
    assert of(made, secrets=("PW",))["PW"] == "given!"


def test_a_secret_that_is_nowhere_is_not_made_up(tmp_path: Path) -> None:
    made = environment(tmp_path, caller={}, secrets=["PW"])

    assert "PW" not in of(made, secrets=("PW",))


# --- thread pools


@pytest.mark.parametrize(("slots", "share"), [(1, "1"), (3, "3"), (9, "4")])
def test_thread_pools_below_a_step_get_its_slots(tmp_path: Path, slots: int, share: str) -> None:
    env = of(environment(tmp_path), slots=slots)

    assert {env[name] for name in THREAD_POOLS} == {share}


def test_a_thread_pool_that_the_user_has_set_stays(tmp_path: Path) -> None:
    made = environment(
        tmp_path,
        caller={"OMP_NUM_THREADS": "7"},
        env={"RAYON_NUM_THREADS": "8"},
        wished={"GOMAXPROCS": "9"},
    )

    env = of(made, env={"MKL_NUM_THREADS": "6"})

    names = ("OMP_NUM_THREADS", "RAYON_NUM_THREADS", "GOMAXPROCS", "MKL_NUM_THREADS")
    assert [env[name] for name in names] == ["7", "8", "9", "6"]


# --- dotenv files


def test_a_dotenv_file_is_read_as_others_read_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# comment\nexport A=1\nB='a b # c'\nC=\"x\\ny\"\nD\nE=\nF=a # comment\n"
    )

    env = of(environment(tmp_path, env_files=[".env"]))

    assert [env[name] for name in "ABCEF"] == ["1", "a b # c", "x\ny", "", "a"]
    assert "D" not in env


def test_a_dotenv_file_refers_to_the_environment_that_the_run_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not to what the process happens to have: the world enters once."""
    monkeypatch.setenv("FROM_THE_WORLD", "leaked")
    (tmp_path / ".env").write_text("A=${HOME}/x\nB=${A}/y\nC=${FROM_THE_WORLD}\n")

    env = of(environment(tmp_path, env_files=[".env"]))

    assert (env["A"], env["B"], env["C"]) == ("/home/u/x", "/home/u/x/y", "")


def test_the_files_may_lie_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "shared.env").write_text("A=1\n")

    env = of(environment(tmp_path / "project", env_files=["../shared.env"]))

    assert env["A"] == "1"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "cannot be read: No such file or directory"), (b"A=\xff", "cannot be read: not UTF-8")],
)
def test_a_file_that_cannot_be_read_is_a_user_error(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        (tmp_path / "x.env").write_bytes(content)

    with pytest.raises(ConfigError) as raised:
        environment(tmp_path, env_files=["x.env"])

    assert (raised.value.where, raised.value.message) == ("x.env", reason)
    assert raised.value.hint == "make it, or take it out of `env_files` in pipeline.toml"


def test_a_nul_in_a_dotenv_file_is_a_user_error(tmp_path: Path) -> None:
    (tmp_path / "x.env").write_bytes(b"A=a\0b\n")

    with pytest.raises(ConfigError, match=r"x\.env: "):
        environment(tmp_path, env_files=["x.env"])
