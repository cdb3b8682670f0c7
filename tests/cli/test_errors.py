"""Every mistake on the command line: the whole of standard error, and the exit status."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from asyncorch import scaffold
from tests.cli.calling import Call


@pytest.fixture
def project(here: Path) -> Path:
    """Make a project `shop` with two snapshots, beside things that are none."""
    for snapshot in ("v1", "v2"):
        (here / "shop" / "deliveries" / snapshot).mkdir(parents=True)
        (here / "shop" / "deliveries" / snapshot / "a.txt").write_text(snapshot)
    (here / "empty").mkdir()
    (here / "file.txt").write_text("no archive")
    with tarfile.open(here / "evil.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("../out"))
    with zipfile.ZipFile(here / "evil.zip", "w") as pack:
        pack.writestr("/etc/passwd", "root")
    return here / "shop"


HELP = "`asyncorch {} --help` shows what it takes"
CASES = {
    "rum": ("no such command `rum`", "did you mean `asyncorch run`?"),
    "shop": ("no such command `shop`", "to run that project: `asyncorch run shop`"),
    "xyzzy": (
        "no such command `xyzzy`",
        (
            "commands are `run`, `demo`, `init`, `snapshot`, `plan`, `check`, `doctor`, `prune`, "
            "`schema`"
        ),
    ),
    "--foo": ("no such option `--foo`", "`asyncorch --help` shows what it takes"),
    "run --snapshott v1": ("no such option `--snapshott`", "did you mean `--snapshot`?"),
    "run --app": ("option `--app` requires an argument", HELP.format("run")),
    "run --json=1": ("option `--json` does not take a value", HELP.format("run")),
    "run a b": ("got unexpected extra argument (b)", HELP.format("run")),
    "run -j 0": ("`--concurrency`: `0` is not a whole number from 1 up", HELP.format("run")),
    "run -j two": ("`--concurrency`: `two` is not a whole number from 1 up", HELP.format("run")),
    "run --halt later": (
        "`--halt`: `later` is not one of `now`, `soon`, `never`",
        HELP.format("run"),
    ),
    "run --progress loud": (
        "`--progress`: `loud` is not one of `auto`, `live`, `plain`, `none`",
        HELP.format("run"),
    ),
    "run --env FOO": ("`--env`: `FOO` has no `=`, write `FOO=VALUE`", HELP.format("run")),
    "run --param =x": ("`--param`: `=x` has no name before the `=`", HELP.format("run")),
    "run nowhere": ("nowhere: no such folder", None),
    "run sho": ("sho: no such folder", "did you mean `shop`?"),
    "run file.txt": ("file.txt: not a folder", None),
    "run empty": (
        "empty: not a project: it has no pipeline.toml, no tools/pipeline and no deliveries",
        "`asyncorch init empty` makes it one",
    ),
    "run": (
        ".: not a project: it has no pipeline.toml, no tools/pipeline and no deliveries",
        "`asyncorch init` makes it one",
    ),
    "plan nowhere": ("nowhere: no such folder", None),
    "check nowhere": ("nowhere: no such folder", None),
    "init --template fool": (
        "`--template`: `fool` is not one of `full`, `empty`",
        HELP.format("init"),
    ),
    "init file.txt": ("file.txt: not a folder", None),
    "demo file.txt": ("file.txt: not a folder", None),
    "snapshot lst": ("no such command `lst`", "did you mean `asyncorch snapshot list`?"),
    "snapshot add": ("missing argument `SOURCE`", HELP.format("snapshot add")),
    "snapshot add x --project empty": (
        "empty: not a project: it has no pipeline.toml, no tools/pipeline and no deliveries",
        "`asyncorch init empty` makes it one",
    ),
    "snapshot add nowhere --project shop": (
        "nowhere: no such file or folder",
        "give a folder, an archive (zip, tar, tar.gz, …) or a git URL",
    ),
    "snapshot add empty --project shop": ("there are no files in it", None),
    "snapshot add shop --project shop": (
        "shop: holds the project's own snapshots",
        "name the folder that holds the data, not the project",
    ),
    "snapshot add shop/deliveries/v1 --name v2 --project shop": (
        "there is a snapshot `v2` already",
        "give it another name with `--name`; a snapshot is never overwritten",
    ),
    "snapshot add shop/deliveries/v1 --name ../v3 --project shop": (
        "`../v3` cannot be the name of a snapshot",
        "a name has letters, digits and `-_.+`, and begins with a letter or a digit",
    ),
    "snapshot add file.txt --project shop": (
        "file.txt: not an archive that asyncorch knows",
        "asyncorch takes zip, tar, tar.gz, tar.bz2 and tar.xz; unpack others, add the folder",
    ),
    "snapshot add evil.tar --project shop": (
        "evil.tar: cannot be taken in: `../out` leads out of it",
        "if you trust it, unpack it yourself and add the folder",
    ),
    "snapshot add evil.zip --project shop": (
        "evil.zip: cannot be taken in: `/etc/passwd` leads out of it",
        "if you trust it, unpack it yourself and add the folder",
    ),
    "snapshot add ext::sh --project shop": (
        "ext::sh: `ext::` is not taken",
        "git URLs may begin with https://, ssh://, git://, http://, file://",
    ),
    "snapshot diff v1 x --project shop": ("unknown snapshot `x`", "known are `v1`, `v2`"),
    "run shop --snapshot v11": ("unknown snapshot `v11`", "did you mean `v1`?"),
    "run shop --mode ful": ("unknown mode `ful`", "did you mean `full`?"),
    "run shop --phase extrac": ("unknown phase `extrac`", "did you mean `extract`?"),
}


@pytest.mark.parametrize("words", CASES)
def test_a_mistake_is_told_with_its_hint_and_ends_with_2(
    words: str, project: Path, call: Call
) -> None:
    message, hint = CASES[words]

    ended = call(*words.split())

    assert ended.err == f"error: {message}\n" + (f"\nhint: {hint}\n" if hint else "")
    assert (ended.code, ended.out) == (2, "")
    assert sorted(p.name for p in (project / "deliveries").iterdir()) == ["v1", "v2"]


def test_a_mistake_in_the_configuration_names_file_and_key(project: Path, call: Call) -> None:
    (project / "pipeline.toml").write_text("concurency = 4\n")

    ended = call("check", "shop")

    assert ended.err == (
        "error: pipeline.toml: unknown key `concurency`\n\nhint: did you mean `concurrency`?\n"
    )
    assert ended.code == 2


def test_the_demo_asks_for_the_tools_before_it_writes_anything(
    here: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(scaffold.NEEDED, "no_such_module", "no-such-package")

    ended = call("demo")

    assert ended.err == (
        "error: the tools need no-such-package\n\nhint: `pip install 'asyncorch[tools]'`\n"
    )
    assert ended.code == 2
    assert not list(here.iterdir())


def test_the_demo_leaves_a_folder_alone_that_is_something_else(project: Path, call: Call) -> None:
    ended = call("demo", "shop")

    assert ended.err == (
        f"error: {project}: there is something else already\n\n"
        "hint: `asyncorch demo DIR` makes the demo elsewhere\n"
    )
    assert ended.code == 2
    assert [path.name for path in project.iterdir()] == ["deliveries"]


def test_what_was_typed_cannot_take_over_the_terminal(call: Call) -> None:
    ended = call("run", "\x1b[2Jgone\x07")

    assert ended.err == "error: gone: no such folder\n"


def test_colour_helps_only_where_it_is_wanted(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert call("rum").err.startswith("\x1b[31m\x1b[1merror:\x1b[0m no such")

    monkeypatch.setenv("NO_COLOR", "1")
    assert call("rum").err.startswith("error: no such")
