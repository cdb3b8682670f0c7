# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39", "fissix>=24.4", "pyyaml>=6.0.2", "ruff>=0.14"]
#
# [tool.asyncorch]
# foreach = ["work/validated/sources/**/*"]
# outputs = ["work/transformed/{path}"]
# uses = [
#   "tools/pipeline/rules/**/*", "tools/pipeline/toolkit/*.py", "tools/pipeline/origins.toml",
# ]
# env_inputs = [
#   "PYTHON_TARGET", "PYTHON_RULES", "PYTHON2", "PYTHON2_SECONDS", "TRANSFORM_ALL",
#   "TRANSFORM_RULES", "TRANSFORM_DIFF",
# ]
# ///
"""Transform each source file, and write the result to work/transformed/ at the same path.

Python that today's compiler refuses goes through fissix, the heir of 2to3; then all Python through
ruff's safe fixes. What comes out must compile. All languages are rewritten by the rules in
tools/pipeline/rules/<language>/*.yml, in ast-grep's YAML, and parsed again. A file that does not
pass has an error row and no output. Comments, layout and line ends stay as they are. What is
vendored, generated or minified goes on as it is, with a note, unless it is Python that today's
compiler refuses.

In the environment:
  PYTHON_TARGET    the Python to write for: py312 (default: the one that runs this)
  PYTHON_RULES     the ruff rules whose safe fixes are wanted (default: UP,W605,G010)
  PYTHON2=all      fissix for files that compile as well
  PYTHON2_SECONDS  the processor time that fissix may take for a file (default: 60)
  TRANSFORM_ALL=1  what is vendored, generated or minified, too
  TRANSFORM_RULES  more folders of <language>/*.yml, with `:` between them, seen from the project;
                   tools/pipeline/rules/optional has rules that change types across files
  TRANSFORM_DIFF=1 write work/transformed.diff, too

How often each rule changed which file is in work/analysis/transform-rules.json.
"""

from __future__ import annotations

import os
from collections import Counter

from toolkit.env import Environment, environment
from toolkit.files import put, remove, staging
from toolkit.ledger import judging
from toolkit.rows import Rows
from toolkit.tool import parser, run
from toolkit.transform import Rejected, Source, left_alone, source, transform
from toolkit.transform_python import modern_python
from toolkit.transform_record import record_diff, record_rules
from toolkit.trees import contents, take
from toolkit.wanted import Wanted, wanted


def main(argv: list[str]) -> int:
    words = parser(__doc__, files=True)
    words.add_argument("--target-version", metavar="VERSION")
    given = words.parse_args(argv)
    env = environment()
    wishes = wanted(env.project, given.target_version)
    files = take(given.files, project=env.project, root=env.validated)
    with judging(env, "transform-sources") as rows:
        sources = [source(at, content) for at, content in contents(files, rows)]
        transform_all(sources, wishes, env, rows)
    return rows.status


def transform_all(sources: list[Source], wishes: Wanted, env: Environment, rows: Rows) -> None:
    """Put each file's new form in place, tell of it, and record what was changed."""
    applied: dict[str, Counter[str]] = {at.path: Counter() for at in sources}
    changes = {at.path: (b"", b"") for at in sources}
    alone = {} if wishes.all_origins else {at.path: left_alone(at) for at in sources}
    with staging(env.staging) as stage:
        python = [at for at in sources if at.language == "python" and not alone.get(at.path)]
        modern = modern_python(python, stage, wishes) if python else {}
        for each in sources:
            output = env.transformed / each.path
            try:
                made = alone.get(each.path) or transform(each, modern.get(each.path), wishes.rules)
            except Rejected as rejected:
                remove(output)
                rows.judged(each.path, rejected.findings)
            else:
                put(made.content, output, root=env.transformed, stage=stage, like=each.file)
                rows.judged(each.path, made.notes)
                applied[each.path] = made.rules
                changes[each.path] = (each.content, made.content)
    record_rules(applied, env)
    if os.environ.get("TRANSFORM_DIFF"):
        record_diff(changes, env)
    for rule, count in sorted(sum(applied.values(), Counter()).items()):
        rows.say(f"rule {rule}: applied {count} times")


if __name__ == "__main__":
    run(main)
