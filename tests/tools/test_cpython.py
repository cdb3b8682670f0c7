"""CPython's own tests on the standard library as the pipeline that ships has transformed it.

The whole library goes through the pipeline, its tests among it, and both copies, the one delivered
and the one promoted, are run by the same Python with nothing else on its path. Each test must come
to the same end in both.

Which tests: those of modules that the transform changes, 46 modules with some 10,000 tests that
take some forty seconds of one processor for each copy. Left out are those that wait or need the
network (test_asyncio, test_subprocess, ...), and those whose subject is the old spelling itself,
which the transform takes from them: test_typing, test_dataclasses, test_enum, test_inspect,
test_pydoc and test_types compare `typing.List[int]` with `list[int]`, test_descr and test_ctypes
want `class C(object, Base)` refused, test_imp and test_lib2to3 read files in Latin-1, which are
UTF-8 now, test_unittest counts the warnings of `assertEquals`. With its tests left as they were,
the transformed library passes all of CPython's suite as the delivered one does (3.11, by hand).

Debian's Python and the official container images come without the package `test`; a Python built
from source has it, as pyenv's and that of our CI.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tools.realruns import real_run
from tests.tools.realtrees import LIBRARY, lacking

pytestmark = [pytest.mark.slow, pytest.mark.real_tool, pytest.mark.timeout(600)]

OUTCOMES = Path(__file__).with_name("outcomes.py")
MODULES = """
argparse ast base64 codecs collections configparser contextlib csv decimal difflib dis email
fractions functools getopt httplib ipaddress json mailbox mailcap minidom netrc optparse pathlib
pickle pkgutil plistlib re runpy shlex shutil sqlite3 string strptime sunau symtable tempfile
tokenize tomllib traceback urlparse uuid warnings weakref wsgiref xml_etree
"""
Outcomes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Library:
    """A copy of the standard library, laid out as Python wants to find it."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / LIBRARY.relative_to(sys.base_prefix)

    def run(self, module: str) -> Outcomes:
        """Return what became of each test of a module; all of it must be run from this copy."""
        scratch = self.home / "scratch" / module
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        env = {
            "HOME": str(scratch),
            "LANG": "C.UTF-8",
            "PATH": os.environ["PATH"],
            "PYTHONHOME": str(self.home),
            "TMPDIR": str(scratch),
        }
        # What is frozen into the program is what it was built with, and not what we transformed.
        python = (os.path.realpath(sys.executable), "-P", "-s", "-X", "frozen_modules=off")
        done = subprocess.run(
            (*python, str(OUTCOMES), f"test.{module}", "outcomes.json"),
            capture_output=True,
            check=False,
            cwd=scratch,
            env=env,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )
        assert done.returncode == 0, (module, done.stderr.decode(errors="replace")[-2000:])
        told: Outcomes = json.loads((scratch / "outcomes.json").read_text("utf-8"))
        ours = (str(self.home), str(OUTCOMES))
        assert [file for file in told.pop("files") if not file.startswith(ours)] == []
        return told

    def run_all(self, modules: list[str]) -> dict[str, Outcomes]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            return dict(zip(modules, pool.map(self.run, modules), strict=True))


def present() -> list[str]:
    """Return those of our modules that this Python has."""
    names = (f"test_{name}" for name in MODULES.split())
    tests = LIBRARY / "test"
    return [name for name in names if (tests / name).is_dir() or (tests / f"{name}.py").is_file()]


@pytest.fixture
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp()


def test_the_transformed_library_passes_the_tests_that_the_delivered_one_passes(
    base: Path,
) -> None:
    modules = present()
    if not modules:
        lacking("this Python has no package `test`: one built from source has it, as pyenv's")
    real = real_run("library", base)
    delivered, transformed = (Library(real.root / name) for name in ("delivered", "transformed"))
    for each in (delivered, transformed):
        shutil.copytree(real.snapshot, each.folder, symlinks=True)
    shutil.copytree(real.root / "target" / "artifacts", transformed.folder, dirs_exist_ok=True)

    expected, found = delivered.run_all(modules), transformed.run_all(modules)

    # What differs is tried once more: some tests are about time, and the machine is busy.
    unlike = [module for module in modules if expected[module] != found[module]]
    expected |= delivered.run_all(unlike)
    found |= transformed.run_all(unlike)
    assert found == expected
    assert sum(each["run"] for each in found.values()) > 5000
