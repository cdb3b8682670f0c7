# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.asyncorch]
# inputs = ["deliveries/{snapshot}/**/*"]
# outputs = ["work/extracted/config/**/*"]
# uses = ["tools/pipeline/toolkit/*.py", "tools/pipeline/origins.toml"]
# rows = true
# ///
"""Copy the snapshot's configuration files to work/extracted/config/, each to its own path.

What is configuration is told by a file's name, its first line or its content. Files that are equal
already are left alone; files that the snapshot no longer has are removed.
"""

from __future__ import annotations

from toolkit.extract import extract
from toolkit.languages import Kind
from toolkit.tool import run


def main(argv: list[str]) -> int:
    return extract(Kind.CONFIG, argv, __doc__)


if __name__ == "__main__":
    run(main)
