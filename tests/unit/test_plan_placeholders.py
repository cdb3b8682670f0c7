"""Known names in braces are replaced, all else stays, and no file name is ever shell code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asyncorch.config import parse
from asyncorch.errors import ConfigError
from asyncorch.plan import pipeline
from asyncorch.plan.globs import Match
from asyncorch.plan.placeholders import fill, fill_command, names_in, output_namer
from asyncorch.project import Project


def run(argv: tuple[str, ...], folder: Path) -> bytes:
    return subprocess.run(argv, cwd=folder, capture_output=True, check=True).stdout


def test_only_known_names_are_replaced() -> None:
    text = "{app} {unknown} {} {app {1} ${app} {{app}} { app } awk '{print $1}'"

    filled = fill(text, {"app": "shop"})

    assert filled == "shop {unknown} {} {app {1} $shop {shop} { app } awk '{print $1}'"


def test_what_is_put_in_is_not_replaced_again() -> None:
    assert fill("{a}", {"a": "{b}", "b": "no"}) == "{b}"


def test_the_names_of_a_command_are_found() -> None:
    assert names_in("a {files} {x} {} {2}") == {"files", "x"}
    assert names_in(("a", "-i{file}", "{x}")) == {"file", "x"}


def test_a_list_gets_its_files_as_words_of_their_own_and_unquoted() -> None:
    argv = fill_command(("tool", "{files}", "-e={env}"), {"env": "a b"}, ("x y", "$(z)"))

    assert argv == ("tool", "x y", "$(z)", "-e=a b")


def test_a_list_gets_its_one_file_inside_of_a_word() -> None:
    assert fill_command(("tool", "--in={file}"), {}, ("x y",)) == ("tool", "--in=x y")


def test_text_goes_to_the_shell_with_its_values_quoted() -> None:
    argv = fill_command("tool {files} > {env}; {unknown}", {"env": "a b"}, ("x y", "z"))

    assert argv == ("/bin/sh", "-c", "tool 'x y' z > 'a b'; {unknown}")


hostile = st.text(
    st.sampled_from(list("a '\"`$(){};&|<>*?[]\\\n\t!#~-%")) | st.characters(codec="utf-8"),
    min_size=1,
    max_size=8,
).filter(lambda text: "\0" not in text)


@settings(max_examples=25, deadline=None)
@given(st.lists(hostile, min_size=1, max_size=4))
def test_a_real_shell_gets_hostile_names_as_they_are(names: list[str]) -> None:
    argv = fill_command("printf '%s\\0' {files}", {}, tuple(names))

    assert run(argv, Path("/")).decode().split("\0")[:-1] == names


@settings(max_examples=15, deadline=None)
@given(hostile)
def test_a_real_shell_gets_a_hostile_value_as_it_is(value: str) -> None:
    argv = fill_command("printf '%s\\0' {one} {file}", {"one": value}, ("f",))

    assert run(argv, Path("/")).decode().split("\0")[:-1] == [value, "f"]


@pytest.mark.parametrize(
    "text", ['cat "{file}"', 'cat "x/{file}"', "cat '{file}'", "echo `{file}`"]
)
def test_a_placeholder_within_quotes_of_its_own_is_no_way_for_a_name_to_become_code(
    text: str, tmp_path: Path
) -> None:
    """Quoted twice is not quoted: either the plan forbids it, or the name stays a name."""
    config = parse({"steps": {"extract-x": {"run": text, "foreach": "**"}}}, "pipeline.toml")
    try:
        plan = pipeline.load(Project(tmp_path), config)
    except ConfigError:
        return
    (step,) = plan.phase("extract").steps

    subprocess.run(
        fill_command(step.command, {}, ("$(touch made)';touch made;'",)),
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert not (tmp_path / "made").exists()


# --- outputs


@pytest.mark.parametrize(
    ("pattern", "output"),
    [
        ("work/out/{path}", "work/out/sub/a.tar.gz"),
        ("work/out/{dir}/{stem}.java", "work/out/sub/a.tar.java"),
        ("work/out/{name}", "work/out/a.tar.gz"),
        ("work/{tree}/{dir}/{stem}{suffix}", "work/source/sub/a.tar.gz"),
        ("work/{app}/{unknown}", "work/shop/{unknown}"),
    ],
)
def test_an_output_is_named_after_its_file(pattern: str, output: str) -> None:
    match = Match("work/in/source/sub/a.tar.gz", "sub/a.tar.gz", "source")

    assert output_namer(pattern, {"app": "shop"})(match) == output


@pytest.mark.parametrize(
    ("pattern", "output"), [("out/{dir}/{name}", "out/a.c"), ("{dir}/{stem}.o", "a.o")]
)
def test_a_file_without_a_folder_leaves_no_empty_one(pattern: str, output: str) -> None:
    assert output_namer(pattern, {})(Match("a.c", "a.c", "")) == output


def test_braces_in_a_file_s_name_stay() -> None:
    match = Match("in/{app}.c", "{app}.c", "in")

    assert output_namer("out/{path}", {"app": "no"})(match) == "out/{app}.c"
