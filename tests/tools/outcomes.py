"""Run one module of CPython's tests, and write down what became of each test, as JSON.

    python outcomes.py test.test_json FILE

This is run by the Python under test, with a library of its own, and knows nothing of the project.
CPython's own runner names only what failed, and in each version in another way.
"""

from __future__ import annotations

import importlib
import json
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main(module: str, file: str) -> None:
    support: Any = importlib.import_module("test.support")
    support.use_resources = []  # no network, no screen, little memory: as CPython's runner does
    suite, result = unittest.defaultTestLoader.loadTestsFromName(module), unittest.TestResult()
    names = sorted(names_in(suite))
    suite(result)
    told = {
        "run": result.testsRun,
        "tests": names,
        "failures": sorted(test.id() for test, _ in result.failures),
        "errors": sorted(test.id() for test, _ in result.errors),
        "skipped": sorted(test.id() for test, _ in result.skipped),
        "expected": sorted(test.id() for test, _ in result.expectedFailures),
        "unexpected": sorted(test.id() for test in result.unexpectedSuccesses),
        "files": sorted(files()),
    }
    Path(file).write_text(json.dumps(told), "utf-8")


def names_in(suite: unittest.TestSuite | unittest.TestCase) -> Iterator[str]:
    if isinstance(suite, unittest.TestCase):
        yield suite.id()
    else:
        for each in suite:
            yield from names_in(each)


def files() -> set[str]:
    """Return where the modules that are loaded now were loaded from."""
    found = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return {str(file) for file in found if file}


if __name__ == "__main__":
    main(*sys.argv[1:])
