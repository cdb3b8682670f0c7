"""validate-encoding: everything becomes UTF-8 and says so, and nothing is guessed at."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools.toolrun import Pack

GERMAN = "// Größe prüfen, äußerst übel\nint x;\n"


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def become(pack: Pack, name: str, content: str | bytes, tree: str = "sources") -> bytes:
    pack.extracted({name: content}, tree)
    end = pack.fan_out("validate-encoding", f"extracted/{tree}")
    assert end.status == 0, end.lines
    assert end.rows == {name: 0}
    return pack.files(f"work/validated/{tree}")[name]


def refuse(pack: Pack, name: str, content: bytes, tree: str = "sources") -> str:
    pack.extracted({name: content}, tree)
    end = pack.fan_out("validate-encoding", f"extracted/{tree}")
    assert end.status == 1
    assert end.rows == {name: 1}
    assert not (pack.root / "work/validated" / tree / name).exists()
    return end.lines[0]


@pytest.mark.parametrize(
    "content",
    ["x = 1\n", "x = 'é'\r\ny = 2\rz = 3", "\ufeffx = 'é'\n", "", "# coding: utf-8\nx = 'é'\n"],
)
def test_utf_8_keeps_every_byte(pack: Pack, content: str) -> None:
    assert become(pack, "a.py", content) == content.encode()


def test_the_three_trees_keep_their_places(pack: Pack) -> None:
    pack.extracted({"a/x.py": "x = 1\n"})
    pack.extracted({"a/x.json": "{}\n"}, "config")
    pack.extracted({"a/x.bin": b"\0\xff"}, "data")

    end = pack.fan_out(
        "validate-encoding", "extracted/sources", "extracted/config", "extracted/data"
    )

    assert end.rows == {"a/x.py": 0, "a/x.json": 0, "a/x.bin": 0}
    assert pack.files("work/validated") == {
        "sources/a/x.py": b"x = 1\n",
        "config/a/x.json": b"{}\n",
        "data/a/x.bin": b"\0\xff",
    }


def test_python_is_read_as_it_declares_and_declares_utf_8_afterwards(pack: Pack) -> None:
    text = "#!/usr/bin/python\r\n# -*- coding: iso-8859-1 -*-\r\ns = 'é'  # coding: koi8-r\r\n"

    made = become(pack, "a.py", text.encode("latin-1"))

    assert made.decode() == text.replace("iso-8859-1", "utf-8")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.py", b"# coding: uft-8\n", "unknown encoding: uft-8"),
        ("a.py", b"x = 1\ny = 2\ns = '\xe9'\n", "a.py:3:6: no utf-8: invalid continuation byte"),
        ("a.py", b"s = '\xe9'\n", "a.py:1:6: invalid or missing encoding declaration"),
        ("a.py", b"# coding: ascii\ns = '\xe9'\n", "a.py:2:6: no ascii"),
        ("a.py", b"\xef\xbb\xbf# coding: latin-1\n", "encoding problem"),
        ("a.rb", b"s = '\xe9'\n", "a.rb:1:6: no utf-8"),
        ("a.java", b"class A {\0}\n", "a.java:1:10: NUL byte"),
    ],
)
def test_a_declaration_that_does_not_hold_is_an_error(
    pack: Pack, name: str, content: bytes, reason: str
) -> None:
    assert reason in refuse(pack, name, content)


@pytest.mark.parametrize(
    ("name", "tree", "text", "encoding"),
    [
        ("a.xml", "config", '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>é</a>\n', "latin-1"),
        ("a.xml", "config", "<?xml version='1.0' encoding='UTF-16'?>\n<a>é</a>\n", "utf-16"),
        ("a.html", "sources", '<html><meta charset="windows-1252">“é”</html>\n', "cp1252"),
        ("a.css", "sources", '@charset "iso-8859-15";\na { content: "€" }\n', "iso-8859-15"),
        ("a.rb", "sources", "#!/usr/bin/ruby\n# encoding: euc-jp\ns = 'これ'\n", "euc-jp"),
    ],
)
def test_what_a_text_declares_is_obeyed_and_rewritten(
    pack: Pack, name: str, tree: str, text: str, encoding: str
) -> None:
    made = become(pack, name, text.encode(encoding), tree).decode()

    found = re.findall("ISO-8859-1|UTF-16|windows-1252|iso-8859-15|euc-jp", text)
    assert made == text.replace(found[0], "utf-8")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_byte_order_mark_says_what_follows(pack: Pack, encoding: str) -> None:
    assert become(pack, "A.cs", GERMAN.encode(encoding)).decode() == GERMAN


def test_a_guess_that_is_not_sure_is_an_error_that_says_what_to_do(pack: Pack) -> None:
    told = refuse(pack, "a.c", GERMAN.encode("latin-1"))

    assert told.startswith("a.c: may be ")
    assert "TEXT_ENCODING" in told


def test_a_guess_without_a_rival_is_taken(pack: Pack) -> None:
    text = "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. HELLO.\n"

    assert become(pack, "HELLO.cbl", text.encode("cp037")).decode() == text


def readings(pack: Pack) -> dict[str, tuple[str, str, float]]:
    return {
        path: (at["encoding"], at.get("encoding_by", ""), at["confidence"])
        for path, at in pack.inventory().items()
    }


def test_what_was_guessed_and_how_surely_is_in_the_inventory(pack: Pack) -> None:
    cobol = "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. HELLO.\n"
    pack.deliver(
        {
            "HELLO.cbl": cobol.encode("cp037"),
            "a.c": GERMAN.encode("latin-1"),
            "b.py": "# coding: koi8-r\ns = 'я'\n".encode("koi8-r"),
            "c.py": b"# coding: ascii\ns = '\xe9'\n",
            "d.cs": GERMAN.encode("utf-16"),
            "e.c": "int a; // é\n",
        }
    )
    pack.extract()
    assert readings(pack)["HELLO.cbl"] == ("unknown-8bit", "", 0.0)

    end = pack.fan_out("validate-encoding", "extracted/sources")

    found = readings(pack)
    surely, hardly = found.pop("HELLO.cbl"), found.pop("a.c")
    assert surely[:2] == ("cp037", "guess")
    assert hardly[1] == "guess"
    assert 0 <= hardly[2] < 0.2 < surely[2] < 1
    assert end.said(f"HELLO.cbl: read as `cp037`, a guess (confidence {surely[2]:.2f})")
    assert found == {
        "b.py": ("koi8-r", "declared", 1.0),
        "c.py": ("ascii", "declared", 0.0),
        "d.cs": ("utf-16", "mark", 1.0),
        "e.c": ("utf-8", "", 1.0),
    }


def test_a_reading_stays_in_the_inventory_as_long_as_the_file_is_the_same(pack: Pack) -> None:
    cobol = "       IDENTIFICATION DIVISION.\n       PROGRAM-ID. HELLO.\n"
    pack.deliver({"HELLO.cbl": cobol.encode("cp037"), "B.cbl": cobol.encode("cp037")})
    pack.extract()
    pack.fan_out("validate-encoding", "extracted/sources")
    before = readings(pack)
    pack.deliver({"B.cbl": cobol})

    pack.extract()

    assert readings(pack) == before | {"B.cbl": ("ascii", "", 1.0)}


def test_a_guess_that_would_lose_bytes_is_an_error(pack: Pack) -> None:
    text = "這是一個中文的測試文件，用來判斷編碼。\n" * 8  # noqa: RUF001 (Chinese commas)

    # Big5 has two codes for one character, of which one comes back.
    told = refuse(pack, "a.c", text.encode("big5") + b"\xa2\xcc\n")

    assert told.startswith("a.c: may be `big5`, which would lose bytes")


def test_what_the_user_knows_is_used_where_nothing_is_declared(pack: Pack) -> None:
    pack.extracted(
        {
            "a.c": GERMAN.encode("cp1252"),
            "b.c": GERMAN.encode(),
            "c.py": "# coding: koi8-r\ns = 'я'\n".encode("koi8-r"),
            "d.c": b"int a; // \x81\n",
        }
    )

    end = pack.fan_out("validate-encoding", "extracted/sources", TEXT_ENCODING="windows-1252")

    assert end.rows == {"a.c": 0, "b.c": 0, "c.py": 0, "d.c": 1}
    assert end.said("d.c:1:11: no cp1252")
    made = pack.files("work/validated/sources")
    assert made["a.c"] == made["b.c"] == GERMAN.encode()
    assert made["c.py"].decode() == "# coding: utf-8\ns = 'я'\n"


def test_an_unknown_encoding_of_the_users_is_a_usage_error(pack: Pack) -> None:
    pack.extracted({"a.c": "int a;\n"})

    end = pack.fan_out("validate-encoding", "extracted/sources", TEXT_ENCODING="cp-nix")

    assert end.status == 2
    assert end.errors == "error: unknown encoding `cp-nix` in TEXT_ENCODING or --encoding\n"


def test_a_second_run_writes_nothing_and_an_error_takes_the_old_output_away(pack: Pack) -> None:
    become(pack, "a.c", "int a;\n")
    before = pack.stamps("work/validated")
    become(pack, "a.c", "int a;\n")
    assert pack.stamps("work/validated") == before

    refuse(pack, "a.c", GERMAN.encode("latin-1"))


def test_a_file_outside_the_trees_is_a_usage_error(pack: Pack) -> None:
    pack.write({"a.py": "x = 1\n"}, pack.root)

    for name in ("a.py", "work/extracted/../../a.py", "work/extracted/sources"):
        end = pack.run("validate-encoding", name)
        assert end.status == 2
        assert "is not in one of the trees" in end.errors


def test_a_file_that_is_gone_is_a_row_and_the_others_go_on(pack: Pack) -> None:
    pack.extracted({"b.py": "x = 1\n"})

    names = ("work/extracted/sources/a.py", "work/extracted/sources/b.py")
    end = pack.run("validate-encoding", *names)

    assert end.rows == {"a.py": 1, "b.py": 0}


@pytest.mark.slow
def test_huge_data_is_not_read_into_memory_and_huge_data_in_another_encoding_is_still_judged(
    pack: Pack,
) -> None:
    line = "é" * 40 + "\n"
    huge = line.encode() * (40 * 1024 * 1024 // len(line.encode()))
    pack.extracted({"huge.csv": huge, "old.csv": huge[:-1] + b"\xe9\n"}, "data")

    end = pack.fan_out("validate-encoding", "extracted/data")

    assert end.rows == {"huge.csv": 0, "old.csv": 1}
    assert (pack.root / "work/validated/data/huge.csv").stat().st_size == len(huge)
