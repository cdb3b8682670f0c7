"""transform-sources on Python of the 2-era: what 2to3 did, and what it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.toolrun import Done, Pack


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    return Pack(tmp_path)


def transform(pack: Pack, files: dict[str, str | bytes], **env: str) -> Done:
    pack.validated(files)
    return pack.fan_out("transform-sources", "validated/sources", **env)


def made(pack: Pack) -> dict[str, str]:
    return {path: content.decode() for path, content in pack.files("work/transformed").items()}


CASES = {
    "print": ("print 'a', b\nprint >>f, c,\n", "print('a', b)\nprint(c, end=' ', file=f)\n"),
    "exec": ("exec code in names\nexec 'a'\n", "exec(code, names)\nexec('a')\n"),
    "except": (
        "try: f()\nexcept (A, B), e:\n    raise C, 'why'\n",
        "try: f()\nexcept (A, B) as e:\n    raise C('why')\n",
    ),
    "operators": ("x = `y` <> 0777L\n", "x = repr(y) != 0o777\n"),
    "long": ("x = 0xFFL + 10l\n", "x = 0xFF + 10\n"),
    "strings": (
        r"x = ur'\d', u'\N{EM DASH}', '\u\N' # x",
        r"x = r'\d', '\N{EM DASH}', '\\u\\N' # x",
    ),
    "tuple parameters": (
        "def f(a, (b, c)):\n    return b\n",
        "def f(a, xxx_todo_changeme):\n    (b, c) = xxx_todo_changeme\n    return b\n",
    ),
    "tuple parameters before a docstring alone": (
        "class A:\n    def f((a, b)):\n        'doc'\n\n    @d\n    def g(x): print x\n",
        (
            "class A:\n    def f(xxx_todo_changeme):\n        'doc'\n"
            "        (a, b) = xxx_todo_changeme\n        pass\n\n    @d\n    def g(x): print(x)\n"
        ),
    ),
    "lambdas": (
        "f = lambda (a, (b, c)), d: (a.b, b, c(a=d))\n",
        "f = lambda a_b_c, d: (a_b_c[0].b, a_b_c[1][0], a_b_c[1][1](a=d))\n",
    ),
    "keywords": (
        "from a import b\ndef f(async=True): return b.await(async=async)\n",
        "from a import b\ndef f(async_=True): return b.await_(async_=async_)\n",
    ),
    "truths": ("True, False = 1, 0\nprint True\n", "pass\nprint(True)\n"),
    "truths as parameters": (
        "def f(a,\n        # quicker\n        False=False, True=True, b=1): pass\n",
        "def f(a\n        # quicker\n        , b=1): pass\n",
    ),
    "names of one's own that become one": (
        "def f(a, str=str, unicode=unicode, basestring=basestring, long=long): print a\n",
        "def f(a, str=str, long=int): print(a)\n",
    ),
    "tabs": (
        "def f():\n        if x:\n\t    print '''a\n\tb'''\n\treturn\n",
        "def f():\n        if x:\n            print('''a\n\tb''')\n        return\n",
    ),
    "comments and layout": (
        "# one\n\n\nprint 'a'  # two\n\x0c\n# three\nx = { 1:2 ,3 : 4 }",
        "# one\n\n\nprint('a')  # two\n\x0c\n# three\nx = { 1:2 ,3 : 4 }",
    ),
    "a declared encoding": (
        "# -*- coding: utf-8 -*-\nprint 'é'\n",
        "# -*- coding: utf-8 -*-\nprint('é')\n",
    ),
    "carriage returns": ("print 'a'\r\nx = '''\r\n'''\r\n", "print('a')\r\nx = '''\r\n'''\r\n"),
    "the old Macintosh": ("print 'a'\rprint 'b'\r", "print('a')\rprint('b')\r"),
    "mixed line ends": ("print 'a'\r\nprint 'b'\n", "print('a')\r\nprint('b')\n"),
    "a mark": ("\ufeffprint 'a'\n", "\ufeffprint('a')\n"),
    "both forms of print": (
        "print('a', file=f)\ntry: pass\nexcept E, e: pass\n",
        "print('a', file=f)\ntry: pass\nexcept E as e: pass\n",
    ),
    "ruff comes after": ("class A(object): print 'a'\n", "class A: print('a')\n"),
}  # fmt: skip


@pytest.mark.slow
def test_what_the_compiler_refused_is_written_as_today(pack: Pack) -> None:
    names = {name: f"{name.replace(' ', '_')}.py" for name in CASES}

    end = transform(pack, {names[name]: before for name, (before, _) in CASES.items()})

    assert end.status == 0, end.lines
    assert made(pack) == {names[name]: after for name, (_, after) in CASES.items()}


def test_what_compiles_is_left_to_ruff_unless_all_of_it_is_said_to_be_old(pack: Pack) -> None:
    text = "for x in d.iterkeys(): f(unicode(x))\n"

    transform(pack, {"a.py": text})
    left = made(pack)["a.py"]
    transform(pack, {"a.py": text}, PYTHON2="all")

    assert left == text
    assert made(pack)["a.py"] == "for x in d.keys(): f(str(x))\n"


def test_siblings_are_imported_from_the_package(pack: Pack) -> None:
    transform(
        pack,
        {
            "p/__init__.py": "",
            "p/b.py": "",
            "p/c/__init__.py": "",
            "p/c/d.py": "",
            "p/a.py": "import b\nimport c.d as e\nimport os\nprint e\n",
            "p/f.py": "import b, c.d\nprint b\n",
        },
    )

    assert made(pack)["p/a.py"] == "from . import b\nfrom .c import d as e\nimport os\nprint(e)\n"
    assert made(pack)["p/f.py"] == "import b, c.d\nprint(b)\n"


def test_what_does_not_compile_after_all_has_the_compilers_words_in_its_row(pack: Pack) -> None:
    end = transform(
        pack, {"a.py": "print 'a'\nreturn 1\n", "b.py": "raise 'x', y\n", "c.py": "1\n"}
    )

    assert end.rows == {"a.py": 1, "b.py": 1, "c.py": 0}
    assert end.said("a.py:2:1: as today's Python, too: 'return' outside function [python-syntax]")
    assert set(made(pack)) == {"c.py"}


def test_what_a_person_should_look_at_is_noted(pack: Pack) -> None:
    end = transform(pack, {"a.py": "map(f, x)\nprint 1\nasync = 1\n"})

    assert end.rows == {"a.py": 0}
    assert end.said("note: a.py:1:1: You should use a for loop here [python2]")
    assert end.said("`async` is a keyword now: renamed to `async_` in this file [python2]")


def test_names_that_are_made_up_do_not_depend_on_what_else_is_in_the_batch(pack: Pack) -> None:
    text = "def f((a, b)): pass\ndef g((a, b)): pass\n"
    transform(pack, {"a.py": text})
    alone = made(pack)["a.py"]

    transform(pack, {"a.py": text, "0.py": text})

    assert made(pack) == {"a.py": alone, "0.py": alone}
