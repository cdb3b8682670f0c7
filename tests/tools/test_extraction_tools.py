"""The four extraction tools: every file in exactly one tree, or left out with a reason."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.toolrun import CLEAN, PACK, Pack

MIXED: dict[str, str | bytes] = {
    "src/app.py": "x = 1\n",
    "src/App.java": "class App { }\n",
    "bin/tool": "#!/usr/bin/env -S python3 -u\nprint(1)\n",
    "bin/run": b"#!/bin/sh\necho\n",
    "video.ts": b"G@\0\x11video\0",
    "code.ts": "let a: number = 1\n",
    "HELLO": "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. HELLO.\n",
    "pom.xml": "<project/>\n",
    "Makefile": "all:\n",
    "conf/app.ini": "[a]\nb = 1\n",
    "web": '<?xml version="1.0"?><a/>',
    "table.csv": "a,b\n1,2\n",
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0",
    "README": "read me\n",
    "empty": "",
    "config.c.in": "int @A@;\n",
    ".hidden/.env": "A=1\n",
}
SOURCES = {"src/app.py", "src/App.java", "bin/tool", "bin/run", "code.ts", "HELLO"}
CONFIG = {"pom.xml", "Makefile", "conf/app.ini", "web", ".hidden/.env"}


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def test_every_file_lands_in_exactly_one_tree_with_its_bytes_and_a_row(pack: Pack) -> None:
    pack.deliver(MIXED)

    ends = pack.extract()

    trees = [pack.files(f"work/extracted/{tree}") for tree in ("sources", "config", "data")]
    assert [set(tree) for tree in trees] == [SOURCES, CONFIG, set(MIXED) - SOURCES - CONFIG]
    assert trees[0] | trees[1] | trees[2] == pack.files("deliveries/s1")
    assert [end.status for end in ends] == [0, 0, 0, 0]
    for end, tree in zip(ends, trees, strict=False):
        assert end.rows == dict.fromkeys(tree, 0)
    assert ends[3].rows == {}


def test_what_no_tree_takes_is_listed_with_its_reason_and_links_are_never_followed(
    pack: Pack, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("x = 1\n")
    snapshot = pack.deliver(
        {
            "a.py": "x = 1\n",
            ".git/HEAD": "ref\n",
            "p/__pycache__/a.pyc": b"\0",
            "sub/.git": "gitdir\n",
        }
    )
    (snapshot / "link.py").symlink_to(outside / "secret.py")
    (snapshot / "folder").symlink_to(outside)
    (snapshot / "broken").symlink_to("nowhere")
    os.mkfifo(snapshot / "fifo.py")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(snapshot / "sock"))
        ends = pack.extract()

    assert [end.status for end in ends] == [0, 0, 0, 0]
    assert set(pack.files("work/extracted/sources")) == {"a.py"}
    assert pack.files("work/extracted/data") == {}
    told = json.loads((pack.root / "work/extracted/left-out.json").read_bytes())
    assert {at["path"]: at["reason"] for at in told["left_out"]} == {
        ".git": "version control",
        "sub/.git": "version control",
        "p/__pycache__": "cache of compiled files",
        "link.py": "symbolic link",
        "folder": "symbolic link",
        "broken": "symbolic link",
        "fifo.py": "neither file nor folder",
        "sock": "neither file nor folder",
    }
    assert ends[3].said("left out: link.py (symbolic link)")


@pytest.mark.slow
def test_a_second_run_writes_nothing(pack: Pack) -> None:
    pack.deliver(MIXED)
    pack.extract()
    before = pack.stamps()

    pack.extract()

    assert pack.stamps() == before


@pytest.mark.slow
def test_another_snapshot_leaves_exactly_its_own_files(pack: Pack) -> None:
    pack.deliver(MIXED)
    pack.extract()
    new: dict[str, str | bytes] = {
        "src/app.py": "y = 2\n",  # the same size
        "bin": "#!/bin/sh\n",  # a file where a folder was
        "README/notes.txt": "a folder where a file was\n",
        "web": "no XML any more\n",  # config becomes data
    }
    snapshot = pack.deliver(new, "s2")
    same = (pack.root / "deliveries/s1/src/app.py").stat()
    os.utime(snapshot / "src/app.py", ns=(same.st_atime_ns, same.st_mtime_ns))

    ends = pack.extract()

    assert [end.status for end in ends] == [0, 0, 0, 0]
    trees = [pack.files(f"work/extracted/{tree}") for tree in ("sources", "config", "data")]
    assert trees[0] == {"src/app.py": b"y = 2\n", "bin": b"#!/bin/sh\n"}
    assert trees[1] == {}
    assert set(trees[2]) == {"README/notes.txt", "web"}
    assert set(pack.inventory()) == set(new)
    folders = {path.name for path in (pack.root / "work/extracted").rglob("*") if path.is_dir()}
    assert folders == {"sources", "config", "data", "src", "README"}


def test_a_link_planted_in_a_tree_is_taken_away_and_what_it_points_at_is_kept(
    pack: Pack, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "app.py").write_text("mine\n")
    pack.deliver({"src/app.py": "x = 1\n"})
    tree = pack.root / "work/extracted/sources"
    tree.mkdir(parents=True)
    (tree / "src").symlink_to(outside)

    pack.extract()

    assert pack.files("work/extracted/sources") == {"src/app.py": b"x = 1\n"}
    assert not (tree / "src").is_symlink()
    assert (outside / "app.py").read_text() == "mine\n"


@pytest.mark.slow
def test_the_run_bit_is_kept(pack: Pack) -> None:
    snapshot = pack.deliver({"run.sh": "#!/bin/sh\n", "lib.sh": "a=1\n"})
    (snapshot / "run.sh").chmod(0o755)
    pack.extract()
    (snapshot / "lib.sh").chmod(0o755)

    pack.extract()
    pack.fan_out("validate-encoding", "extracted/sources")

    for tree in ("extracted", "validated"):
        for name in ("run.sh", "lib.sh"):
            assert (pack.root / f"work/{tree}/sources/{name}").stat().st_mode & 0o777 == 0o755


def test_the_inventory_says_what_each_file_is(pack: Pack) -> None:
    pack.deliver(
        {
            "a.py": "x = 1\ny = 2",
            "b.java": "// é\r\n".encode("latin-1"),
            "c.xml": "\ufeff<a/>\n",
            "d.json": "{}\n".encode("utf-16"),
            "e.bin": b"\0\1\2",
            "f.txt": "é" * 700_000 + "\n",
            "g": "",
        }
    )

    pack.extract()

    found = pack.inventory()
    assert found["a.py"] == {
        "path": "a.py",
        "kind": "source",
        "language": "python",
        "encoding": "ascii",
        "confidence": 1.0,
        "lines": 2,
        "bytes": 11,
        "sha256": hashlib.sha256(b"x = 1\ny = 2").hexdigest(),
    }
    encodings = {path: record["encoding"] for path, record in found.items()}
    assert encodings == {
        "a.py": "ascii",
        "b.java": "unknown-8bit",
        "c.xml": "utf-8-sig",
        "d.json": "utf-16",
        "e.bin": "binary",
        "f.txt": "utf-8",
        "g": "ascii",
    }
    assert {path: record["lines"] for path, record in found.items()} == {
        "a.py": 2, "b.java": 1, "c.xml": 1, "d.json": 1, "e.bin": 0, "f.txt": 1, "g": 0,
    }  # fmt: skip


@pytest.mark.slow
def test_the_four_run_at_the_same_time(pack: Pack) -> None:
    pack.deliver(
        {
            f"{number % 7}/{number}.{end}": "1\n"
            for number in range(60)
            for end in ("py", "xml", "txt")
        }
    )
    kinds = ("source-files", "config-files", "data-files", "metadata")
    running = [
        subprocess.Popen(
            [sys.executable, str(PACK / f"extract-{kind}.py")],
            cwd=pack.root,
            env=CLEAN,
            stdout=subprocess.DEVNULL,
        )
        for kind in kinds
    ]

    assert [process.wait() for process in running] == [0, 0, 0, 0]
    trees = [pack.files(f"work/extracted/{tree}") for tree in ("sources", "config", "data")]
    assert [len(tree) for tree in trees] == [60, 60, 60]
    assert not any((pack.root / "work/.staging").iterdir())


def test_odd_names_are_encoded_in_rows_and_kept_on_disk(pack: Pack) -> None:
    names = ["a|b.py", "new\nline.py", "100%.py", "100%|.py", "é.py", " lead.py", "esc\x1b[2J.py"]
    snapshot = pack.deliver(dict.fromkeys(names, "x = 1\n"))
    (Path(os.fsdecode(os.fsencode(snapshot) + b"/caf\xe9.py"))).write_text("x = 1\n")

    ends = pack.extract()

    assert ends[0].rows == dict.fromkeys(
        ["a%7Cb.py", "new%0Aline.py", "100%.py", "100%25%7C.py", "é.py", "%20lead.py",
         "esc%1B[2J.py", "caf%E9.py"], 0
    )  # fmt: skip
    assert pack.files("work/extracted/sources") == pack.files("deliveries/s1")
    assert os.fsdecode(b"caf\xe9.py") in pack.inventory()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_a_row_with_its_reason_and_is_left_out(pack: Pack) -> None:
    snapshot = pack.deliver({"a.py": "x = 1\n", "b.py": "y = 1\n"})
    (snapshot / "a.py").chmod(0)

    ends = pack.extract()

    assert ends[0].status == 1
    assert ends[0].rows == {"a.py": 1, "b.py": 0}
    assert ends[0].said("a.py: cannot be taken: Permission denied [extract]")
    assert set(pack.inventory()) == {"b.py"}


def test_the_newest_snapshot_is_the_last_in_natural_order(pack: Pack) -> None:
    pack.deliver({"old.py": "x = 1\n"}, "v9")
    pack.deliver({"new.py": "x = 1\n"}, "v10")
    pack.deliver({"hidden.py": "x = 1\n"}, ".v11")

    assert pack.run("extract-source-files").rows == {"new.py": 0}
    assert pack.run("extract-source-files", "--snapshot-dir", "deliveries/v9").rows == {"old.py": 0}
    told = str(pack.root / "deliveries" / "v9")
    assert pack.run("extract-source-files", ASYNCORCH_SNAPSHOT_DIR=told).rows == {"old.py": 0}


def test_no_snapshot_is_one_message_with_a_hint(pack: Pack) -> None:
    end = pack.run("extract-metadata")

    assert end.status == 2
    assert end.errors.startswith("error: there is no snapshot in ")
    assert "hint: put one below deliveries/" in end.errors


def test_a_name_cannot_forge_a_row(pack: Pack) -> None:
    snapshot = pack.deliver({"a.py": "x = 1\n"})
    (snapshot / "x\n| forged.py | 0 |\n").symlink_to("a.py")

    ends = pack.extract()

    assert [set(end.rows) for end in ends] == [{"a.py"}, set(), set(), set()]


@pytest.mark.slow
def test_a_snapshot_without_bottom_is_no_crash(pack: Pack) -> None:
    snapshot = pack.deliver({"a.py": "x = 1\n"})
    deep = snapshot / "/".join(["d"] * 300)
    os.makedirs(deep)  # noqa: PTH103 (pathlib's own is recursive, and too deep itself)

    ends = pack.extract()

    assert [end.status for end in ends] == [0, 0, 0, 1]
    assert ends[0].rows == {"a.py": 0}
    assert any("more than 200 folders deep" in line for line in ends[3].lines)
