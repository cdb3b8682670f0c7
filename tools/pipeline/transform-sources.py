# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39", "pyyaml>=6.0.2", "ruff>=0.14"]
#
# [tool.asyncorch]
# foreach = ["work/validated/sources/**/*"]
# outputs = ["work/transformed/{path}"]
# uses = ["tools/pipeline/rules/**/*", "tools/pipeline/toolkit/*.py"]
# ///
"""Transform each source file, and write the result to work/transformed/ at the same path.

Python is modernized by ruff (its safe UP fixes; PYTHON_TARGET in the environment, or
--target-version, says for which Python: py312). All languages are rewritten by the rules in
tools/pipeline/rules/<language>/*.yml, in ast-grep's YAML. The syntax of what comes out is checked
again: a file that does not pass has an error row and no output. Line ends stay as they are.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from toolkit.env import environment
from toolkit.files import put, remove, staging
from toolkit.modernize import default_target, modernize
from toolkit.rows import Rows
from toolkit.tool import parser, run
from toolkit.transform import Rejected, Source, source, transform
from toolkit.trees import contents, take


def main(argv: list[str]) -> int:
    words = parser(__doc__, files=True)
    target = os.environ.get("PYTHON_TARGET") or default_target()
    words.add_argument("--target-version", default=target, metavar="VERSION")
    given = words.parse_args(argv)
    env, rows = environment(), Rows()
    files = take(given.files, project=env.project, root=env.validated)
    sources = [source(at, content) for at, content in contents(files, rows)]
    applied: Counter[str] = Counter()
    with staging(env.staging) as stage:
        modern = modernize_all(sources, stage, given.target_version)
        for each in sources:
            output = env.transformed / each.path
            try:
                made = transform(each, modern.get(each.path, each.content), applied)
            except Rejected as rejected:
                remove(output)
                rows.rejected(each.path, rejected.findings)
            else:
                put(made, output, root=env.transformed, stage=stage, like=each.file)
                rows.passed(each.path)
    for rule, count in sorted(applied.items()):
        rows.say(f"rule {rule}: applied {count} times")
    return rows.status


def modernize_all(sources: list[Source], stage: Path, target: str) -> dict[str, bytes]:
    python = {at.path: at.content for at in sources if at.language == "python"}
    return modernize(python, stage, target) if python else {}


if __name__ == "__main__":
    run(main)
