"""Garbage in pipeline.toml: one clear message, and nothing starts."""

from __future__ import annotations

import pytest

from tests.e2e.projects import Project

pytestmark = pytest.mark.slow

GARBAGE = [
    b"this is not toml",
    b"\xff\xfe\x00binary\x00",
    b"[steps\n",
    b"concurrency = 0\n",
    b"concurrency = 'many'\n",
    b"concurrency = 1.5\n",
    b"conurrency = 2\n",
    b"steps = 3\n",
    b"[steps.extract-a]\nrun = 5\n",
    b"[steps.extract-a]\nrun = []\n",
    b"[steps.extract-a]\nrun = ''\n",
    b"[steps.extract-a]\nrun = 'x'\nfoo = 1\n",
    b"[steps.extract-a]\n",
    b"[steps.nowhere-a]\nrun = 'x'\n",
    b"[steps.extract-a]\nrun = 'x'\nneeds = ['b']\n",
    b"[steps.extract-a]\nrun = 'x'\nneeds = ['a']\n",
    b"[steps.extract-a]\nrun = 'x'\ntimeout = '-1s'\n",
    b"[steps.extract-a]\nrun = 'x'\ntimeout = 'soon'\n",
    b"[steps.extract-a]\nrun = 'x'\nretries = -1\n",
    b"[steps.extract-a]\nrun = 'x'\nslots = 0\n",
    b"[steps.extract-a]\nrun = 'x'\nlimits = ['db']\n",
    b"[steps.extract-a]\nrun = 'x'\nsecrets = ['PW']\n",
    b"[steps.extract-a]\nrun = 'x {files}'\n",
    b"[steps.extract-a]\nrun = 'x'\nforeach = 'a/**'\n",
    b"[steps.extract-a]\nrun = 'x {files}'\nforeach = '../a/**'\n",
    b"[steps.extract-a]\nrun = 'x {files}'\nforeach = '/etc/**'\n",
    b"[steps.extract-a]\nrun = 'x'\ncwd = 5\n",
    b"[gate]\nminimum = 90\n",
    b"[gate]\npattern = '('\n",
    b"[gate]\npattern = 'x'\n",
    b"[gate]\ntarget = '/etc'\n",
    b"[gate]\ntarget = '../x'\n",
    b"[gate]\nafter = 'never'\n",
    b"[modes]\nmine = ['never']\n",
    b"mode = 'never'\n",
    b"phases = []\n",
    b"phases = ['a', 'a']\n",
    b"orchestrator = 'no colon'\n",
    b"orchestrator = 'missing:Class'\n",
    b"[limits]\ndb = 0\n",
    b"[env]\n'A=B' = 'x'\n",
    b"[env]\nA = ['x']\n",
    b"[params]\nfile = 'x'\n",
    b"[build]\ntool = 5\n",
    b"[build]\noverlay = 'nowhere'\n",
    b"[notify]\non = ['always']\n",
    b"grace = -1\n",
    b"deliveries = 5\n",
    b"env_files = ['nowhere.env']\n",
    b"snapshot = 's9'\n",
    b"a = 1\n" * 3,
    b"x = " + b"[" * 5000,
]


@pytest.mark.parametrize("text", GARBAGE, ids=lambda text: repr(text[:60]))
def test_garbage_in_the_configuration_is_one_message_and_nothing_starts(
    project: Project, text: bytes
) -> None:
    project.script("extract-marker.sh", "echo >started")
    (project.root / "pipeline.toml").write_bytes(text)

    done = project.run()

    assert done.status == 2, done.err
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    assert "internal" not in done.err
    assert not (project.root / "started").exists()
    assert not (project.root / "runlogs").exists()
