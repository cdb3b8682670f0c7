"""The interactive workflow in a real pseudo-terminal: the whole dialogue, wrong answers too."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from asyncorch.cli.prompts import folders

pytestmark = pytest.mark.slow
PROJECT = "Enter project directory path: "
SNAPSHOT = "Select snapshot (or press Enter for default): "
APP = "Enter application name: "
MODE = "Select mode: "
SCRIPT = 'echo "$ASYNCORCH_SNAPSHOT $ASYNCORCH_APP" > "$ASYNCORCH_PROJECT/ran"\n'
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A person at a terminal of 24 lines, who sees text without its colours."""

    def __init__(self, *argv: str) -> None:
        self.child = pexpect.spawn(
            sys.executable, [*argv], encoding="utf-8", timeout=30, dimensions=(24, 80)
        )
        self.child.delaybeforesend = None

    def sees(self, text: str) -> str:
        """Wait until the text stands there, and return what came before it."""
        self.child.expect_exact(text)
        return _CODES.sub("", str(self.child.before)).replace("\r\n", "\n")

    def types(self, text: str, then: str) -> str:
        self.child.sendline(text)
        return self.sees(then).partition("\n")[2]  # without the echo

    def ends(self) -> tuple[str, int | None]:
        self.child.expect(pexpect.EOF)
        self.child.close()
        text = _CODES.sub("", str(self.child.before)).replace("\r\n", "\n")
        return text, self.child.exitstatus


@pytest.fixture
def shop(here: Path) -> Path:
    """Make a project with one step, two snapshots and a mode of its own."""
    shop = here / "shop"
    for name in ("deliveries/v9", "deliveries/v10", "tools/pipeline", "other"):
        (shop / name).mkdir(parents=True)
    (shop / "tools" / "pipeline" / "extract-it.sh").write_text(SCRIPT)
    (shop / "pipeline.toml").write_text('[modes]\nnightly = ["extract", "validate"]\n')
    return shop


@pytest.fixture
def terminal(shop: Path) -> Iterator[Terminal]:
    terminal = Terminal("-m", "asyncorch")
    yield terminal
    terminal.child.close(force=True)


def test_the_whole_dialogue_to_the_end_of_a_run(terminal: Terminal, shop: Path) -> None:
    rule = "=" * 60
    assert terminal.sees(PROJECT) == f"{rule}\nPIPELINE ORCHESTRATOR\n{rule}\n\n"
    assert terminal.types("shop", SNAPSHOT) == (
        "\nAvailable snapshots:\n  1. v9\n  2. v10 (default)\n"
    )
    assert terminal.types("", APP) == (
        "✓ Selected: v10\n\nThe application is `shop` if you just press Enter\n"
    )
    assert terminal.types("", MODE) == (
        "✓ Application: shop\n"
        "\n"
        "Execution Modes:\n"
        "  1. Analysis Only\n"
        "  2. Transform and Build\n"
        "  3. Full Pipeline (Analysis + Transform + Build)\n"
        "  4. nightly (extract, validate)\n"
        "  5. Exit\n"
    )
    assert terminal.types("4", "PHASE 1: EXTRACTION").startswith("✓ Selected: nightly\n")
    text, code = terminal.ends()
    assert text.endswith(
        "\nThe same run without questions:\n"
        f"  asyncorch run {shop} --snapshot v10 --app shop --mode nightly\n"
    )
    assert "✓ Pipeline completed" in text
    assert code == 0
    assert (shop / "ran").read_text() == "v10 shop\n"


def test_a_mode_and_a_snapshot_are_taken_by_their_names(terminal: Terminal, shop: Path) -> None:
    terminal.sees(PROJECT)
    terminal.types(f"'{shop}'", SNAPSHOT)
    terminal.types("v9", APP)
    terminal.types("my app", MODE)
    assert terminal.types("full pipeline", "PHASE").startswith("✓ Selected: Full Pipeline\n")
    text, _ = terminal.ends()
    assert f"  asyncorch run {shop} --snapshot v9 --app 'my app' --mode full\n" in text
    assert (shop / "ran").read_text() == "v9 my app\n"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", "type the path of a project folder; `.` is the folder you are in"),
        ("nowhere", "nowhere: no such folder"),
        ("shopp", "shopp: no such folder\n  did you mean `shop`?"),
        ("shop/pipeline.toml", "shop/pipeline.toml: not a folder"),
        (
            "shop/other",
            (
                "shop/other: not a project: it has no pipeline.toml, no tools/pipeline and no "
                "deliveries\n  `asyncorch init shop/other` makes it one"
            ),
        ),
    ],
)
def test_a_wrong_project_is_explained_and_asked_again(
    answer: str, told: str, terminal: Terminal
) -> None:
    terminal.sees(PROJECT)
    assert terminal.types(answer, PROJECT) == f"✗ {told}\n"
    terminal.types("shop", SNAPSHOT)


def test_a_broken_configuration_is_told_where_the_project_is_named(
    terminal: Terminal, shop: Path
) -> None:
    (shop / "pipeline.toml").write_text("concurency = 2\n")
    terminal.sees(PROJECT)
    assert terminal.types("shop", PROJECT) == (
        "✗ pipeline.toml: unknown key `concurency`\n  did you mean `concurrency`?\n"
    )


def test_wrong_choices_are_explained_and_asked_again(terminal: Terminal) -> None:
    terminal.sees(PROJECT)
    terminal.types("shop", SNAPSHOT)
    for answer in ("0", "3", "-1", "99999999999999999999"):
        assert terminal.types(answer, SNAPSHOT) == (
            f"✗ `{answer}` is not in the list\n  type a number from 1 to 2, or a name\n"
        )
    assert "did you mean `v10`?" in terminal.types("v11", SNAPSHOT)
    terminal.types("1", APP)
    terminal.types("", MODE)
    assert terminal.types("", MODE) == (
        "✗ an answer is needed\n  type a number from 1 to 5, or a name\n"
    )
    assert "did you mean `full`?" in terminal.types("ful", MODE)
    terminal.child.sendline("5")
    assert terminal.ends() == ("5\nNothing was run\n", 0)


@pytest.mark.parametrize("answers", [[], ["shop"], ["shop", ""], ["shop", "", ""]])
@pytest.mark.parametrize(
    ("key", "told", "code"),
    [("c", "Interrupted: nothing was run", 130), ("d", "Input ended: nothing was run", 1)],
)
def test_one_can_leave_at_every_question(
    answers: list[str], key: str, told: str, code: int, terminal: Terminal
) -> None:
    questions = [PROJECT, SNAPSHOT, APP, MODE]
    terminal.sees(questions[0])
    for answer, question in zip(answers, questions[1:], strict=False):
        terminal.types(answer, question)
    terminal.child.sendcontrol(key)
    text, ended = terminal.ends()
    assert text.removeprefix("^C").strip() == told
    assert ended == code


def test_a_project_without_snapshots_is_not_asked_for_one(terminal: Terminal, here: Path) -> None:
    (here / "bare" / "tools" / "pipeline").mkdir(parents=True)
    terminal.sees(PROJECT)
    assert terminal.types("bare", APP) == (
        "\nAvailable snapshots:\n"
        f"  none in {here}/bare/deliveries: the steps run without one\n\n"
        "The application is `bare` if you just press Enter\n"
    )


def test_names_on_the_disk_cannot_take_over_the_terminal(terminal: Terminal, shop: Path) -> None:
    (shop / "deliveries" / "v99\x1b]0;owned\x07\x1b[2J").mkdir()
    terminal.sees(PROJECT)
    assert "  3. v99 (default)\n" in terminal.types("shop", SNAPSHOT)


def test_the_path_is_completed_by_tab(terminal: Terminal) -> None:
    terminal.sees(PROJECT)
    terminal.child.send("sh\t\r")
    terminal.sees(SNAPSHOT)


def test_the_project_s_own_script_opens_the_workflow(shop: Path) -> None:
    script = "from asyncorch.cli.main import interactive; interactive()"
    terminal = Terminal("-c", script)
    terminal.sees(PROJECT)
    terminal.child.sendeof()
    assert terminal.ends()[1] == 1


def test_folders_are_completed_under_the_name_that_was_typed(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / ".hidden").mkdir()
    monkeypatch.setenv("HOME", str(shop.parent))

    assert folders("sh") == ["shop/"]
    assert folders("~/shop/") == ["~/shop/deliveries/", "~/shop/other/", "~/shop/tools/"]
    assert folders("shop/.h") == ["shop/.hidden/"]
    assert folders("nowhere/x") == []
