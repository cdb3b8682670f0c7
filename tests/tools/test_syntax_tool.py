"""validate-syntax: what the interpreter and the grammars say, with file, line and column."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.toolrun import CLEAN, PACK, Done, Pack

OLD = [
    "print 'a'\n",
    "\ufeffprint 'x'\n",
    "exec 'x' in d\n",
    "raise E, 'x'\n",
    "try:\n    pass\nexcept E, e:\n    pass\n",
    "x = 0777\n",
    "x = 10L\n",
    "x = `a`\n",
    "if a <> b: pass\n",
    "def f((a, b), c): pass\n",
    "f = lambda (a, b): a\n",
    "x = ur'a'\n",
    "[x for x in 1, 2]\n",
    "if 1:\n\tx = 1\n        y = 2\n",
    "s = 'C:\\Users'\n",
    "s = b'é'\n",
    "True = 1\n",
    "async = 1\n",
    "from __future__ import print_function\nprint('a', file=f)\nx = 07\n",
]
WRONG_IN_BOTH = [
    "def f(:\n",
    "f() = 1\n",
    "f(a=1, 2)\n",
    "1 = x\n",
    "from __future__ import nix\n",
    "x = 1\nfrom __future__ import division\n",
    "return 1\n",
    "def f(a, a): pass\n",
    "x = (1\n",
    "async def f():\n    await x\n    f() = 1\n",
    "def f(*, a: int = 1):\n    nonlocal x\n    f() = 1\n",
]


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def check(pack: Pack, files: dict[str, str]) -> Done:
    pack.validated(files)
    return pack.fan_out("validate-syntax", "validated/sources")


@pytest.mark.slow
def test_the_2_era_is_valid_and_marked_and_what_was_never_right_is_rejected(pack: Pack) -> None:
    files = {f"old/{number:02}.py": text for number, text in enumerate(OLD)}
    files |= {f"wrong/{number:02}.py": text for number, text in enumerate(WRONG_IN_BOTH)}
    files |= {"good.py": "async def f(): return [x async for x in y]\n"}
    pack.deliver(dict(files))
    pack.extract()

    end = check(pack, files)

    assert end.status == 1
    assert end.rows == {path: int(path.startswith("wrong/")) for path in files}
    marked = {path for path, record in pack.inventory().items() if record.get("dialect")}
    assert marked == {path for path in files if path.startswith("old/")}


def test_a_rejection_has_the_interpreters_own_words_and_place(pack: Pack) -> None:
    end = check(pack, {"a.py": "x = 1\ny = f(a=1, 2)\n"})

    assert end.lines == [
        "a.py:2:13: positional argument follows keyword argument [python-syntax]",
        "| a.py | 1 |",
    ]


@pytest.mark.slow
def test_a_mark_goes_when_the_file_is_mended_and_stays_when_the_inventory_is_made_anew(
    pack: Pack,
) -> None:
    snapshot = pack.deliver({"a.py": "print 'a'\n", "b.py": "print 'b'\n"})
    pack.extract()
    check(pack, {"a.py": "print 'a'\n", "b.py": "print 'b'\n"})
    (snapshot / "b.py").write_text("print('b')\n")

    pack.extract()

    dialects = {path: record.get("dialect") for path, record in pack.inventory().items()}
    assert dialects == {"a.py": "python2", "b.py": None}
    check(pack, {"a.py": "print('a')\n"})
    assert "dialect" not in pack.inventory()["a.py"]


@pytest.mark.slow
def test_batches_at_the_same_time_lose_none_of_each_others_marks(pack: Pack) -> None:
    files = {f"{number}.py": f"print {number}\n" for number in range(12)}
    pack.deliver(dict(files))
    pack.extract()
    pack.validated(dict(files))
    running = [
        subprocess.Popen(
            [sys.executable, str(PACK / "validate-syntax.py"), f"work/validated/sources/{name}"],
            cwd=pack.root,
            env=CLEAN,
            stdout=subprocess.DEVNULL,
        )
        for name in files
    ]

    assert {process.wait() for process in running} == {0}
    assert {record.get("dialect") for record in pack.inventory().values()} == {"python2"}


def test_other_languages_are_judged_by_their_grammars(pack: Pack) -> None:
    end = check(
        pack,
        {
            "Good.java": 'class Good { String s = ""; void f() { int x = 1; } }\n',
            "Missing.java": "class Missing {\n    int x = 1\n}\n",
            "Wrong.java": "class Wrong {\n    void f() { foo(; }\n}\n",
            "good.js": "let a = ``\nconst b = ''\n",
            "bad.ts": "let a: number = ;\n",
            "bad.go": "package a\nfunc f( {\n}\n",
            "empty.java": "",
            "TODAY.cob": "       anything that no grammar knows\n",
        },
    )

    assert end.status == 1
    assert {path for path, errors in end.rows.items() if errors} == {
        "Missing.java", "Wrong.java", "bad.ts", "bad.go",
    }  # fmt: skip
    assert end.said("Missing.java:2:14: `;` is missing [syntax]")
    assert end.said("Wrong.java:2:19: cannot make sense of ")


def test_what_a_preprocessor_or_a_standard_forgives_is_a_note(pack: Pack) -> None:
    end = check(
        pack,
        {
            "a.h": '#ifdef __cplusplus\nextern "C" {\n#endif\nEXPORT(int) f(void) NOTHROW;\n',
            "a.css": "a { color: ; } }\n",
            "a.html": "<p>a</b></i><script></script>\n",
        },
    )

    assert end.status == 0
    assert set(end.rows.values()) == {0}
    assert end.said("note: a.h:")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_itself_has_the_last_word_on_shell_scripts(pack: Pack) -> None:
    good = "for i do echo $i; done\n"  # which the grammar refuses

    end = check(pack, {"good.sh": good, "bad.sh": "if true; then\necho\n"})

    assert end.rows == {"good.sh": 0, "bad.sh": 1}


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_node_itself_has_the_last_word_on_javascript(pack: Pack) -> None:
    good = "const f = (x) => {\n}\n\n[...w].forEach(d)\n"  # which the grammar refuses

    end = check(pack, {"good.js": good, "bad.js": "function f( {\n"})

    assert (end.rows["good.js"], end.status) == (0, 1)


def test_without_an_inventory_the_tool_runs_alone(pack: Pack) -> None:
    assert check(pack, {"a.py": "print 'a'\n"}).rows == {"a.py": 0}
    assert not (pack.root / "work/extracted").exists()


def test_a_file_nested_too_deep_is_a_row_and_not_the_end_of_the_tool(pack: Pack) -> None:
    deep = "x = " + "(" * 5000 + ")" * 5000 + "\n"

    end = check(pack, {"deep.py": deep, "z.py": "x = 1\n"})

    assert end.rows == {"deep.py": 1, "z.py": 0}


@pytest.mark.slow
def test_the_inventory_is_whole_json_after_marking(pack: Pack) -> None:
    pack.deliver({"a.py": "print 'a'\n"})
    pack.extract()
    check(pack, {"a.py": "print 'a'\n"})

    found = json.loads((pack.root / "work/extracted/inventory.json").read_bytes())
    assert found["snapshot"] == "s1"
    assert found["files"][0]["dialect"] == "python2"


def test_files_that_are_gone_or_no_utf_8_are_rows_of_either_tool(pack: Pack) -> None:
    pack.validated({"a.js": b"'\xe9'", "b.py": b"'\xe9'", "c.py": "x = 1\n"})
    names = [f"work/validated/sources/{name}" for name in ("a.js", "b.py", "c.py", "gone.py")]

    for tool in ("validate-syntax", "transform-sources"):
        end = pack.run(tool, *names)
        assert end.status == 1
        assert end.rows == {"a.js": 1, "b.py": 1, "c.py": 0, "gone.py": 1}


def test_a_message_cannot_steer_the_terminal(pack: Pack) -> None:
    end = check(pack, {"A.java": "class A { \x1b[2J }\n"})

    assert end.rows["A.java"] > 0
    assert not end.said("\x1b")


def test_typescript_that_is_younger_than_the_grammar_passes_and_its_errors_do_not(
    pack: Pack,
) -> None:
    end = check(
        pack,
        {
            "a.d.ts": 'export declare function f<T>(): import("../a").b.C<T>;\n',
            "b.ts": "export type * from './b';\n",
            "c.ts": 'export type * from "./b";\nlet a: import("a").B<string> = ;\n',
        },
    )

    assert end.rows == {"a.d.ts": 0, "b.ts": 0, "c.ts": 1}
    assert any(line.startswith("c.ts:2:") for line in end.lines), end.lines
