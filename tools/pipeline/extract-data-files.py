# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.asyncorch]
# inputs = ["deliveries/{snapshot}/**/*"]
# outputs = ["work/extracted/data/**/*"]
# uses = ["tools/pipeline/toolkit/*.py", "tools/pipeline/origins.toml"]
# rows = true
# ///
"""Copy the snapshot's data files to work/extracted/data/, each to its own path.

Data is whatever is neither source nor configuration, binary files included. Files that are equal
already are left alone; files that the snapshot no longer has are removed.
"""

from __future__ import annotations

from toolkit.extract import extract
from toolkit.languages import Kind
from toolkit.tool import run


def main(argv: list[str]) -> int:
    return extract(Kind.DATA, argv, __doc__)


if __name__ == "__main__":
    run(main)
