"""Whatever a project, a step or an application is called, its files stay where they belong."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from asyncorch.runlog import RunFolder, file_name

text = st.text(max_size=300) | st.text("./\\-_\0\n ab", max_size=20)


@given(text)
def test_any_text_becomes_one_plain_name_of_a_file(written: str) -> None:
    name = file_name(written)

    assert name
    assert name == os.path.basename(name)  # noqa: PTH119  # of any text
    assert name not in (".", "..")
    assert not name.startswith(("-", "."))
    assert name.isprintable()
    assert len(name.encode()) <= 120


@given(text, st.integers(0, 10**6), st.integers(1, 99))
def test_a_log_of_any_step_lies_in_its_run_s_folder(step: str, batch: int, attempt: int) -> None:
    folder = RunFolder(Path("/runs/r"), "r")

    name = folder.log_name(step, 0.0, batch=batch, attempt=attempt)

    assert (folder.path / name).parent == folder.path
    assert len(name.encode()) <= 255
