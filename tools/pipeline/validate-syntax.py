# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39", "fissix>=24.4"]
#
# [tool.asyncorch]
# foreach = ["work/validated/sources/**/*"]
# needs = ["encoding"]
# uses = ["tools/pipeline/toolkit/*.py"]
# ///
"""Check the syntax of source files, and say where it is wrong: file, line, column.

Python is judged by the interpreter's own compiler. Where that refuses a file that was right in
the days of Python 2, the file is valid, and marked `python2` in work/extracted/inventory.json.
Other languages are judged by ast-grep's grammars; where bash, node or php is installed, it has
the last word on what its grammar refuses. Source in a language without a grammar passes.
"""

from __future__ import annotations

import re

from toolkit.classify import classify
from toolkit.config_text import forgive_templates
from toolkit.env import environment
from toolkit.inventory import mark_dialects
from toolkit.languages import GRAMMARS
from toolkit.ledger import judging
from toolkit.python_syntax import judge
from toolkit.rows import Finding, Rows
from toolkit.syntax import LENIENT, errors, own_program_takes, parse
from toolkit.tool import parser, run
from toolkit.trees import Taken, contents, take

TEMPLATES = frozenset({"javascript", "typescript", "bash", "php"})
# Of TypeScript 5, which is younger than the grammar; the rest of the statement is checked.
TYPE_STAR = re.compile(r"\bexport type(?= \*)")
# As a type, `import("a").B<C>`: the grammar takes it without what follows the name only.
IMPORT_TYPE = re.compile(r"""\bimport\((["'])[^"'\n]*\1\)(?=(?:\.\w+)+<)""")


def main(argv: list[str]) -> int:
    given = parser(__doc__, files=True).parse_args(argv)
    env = environment()
    dialects: dict[str, str | None] = {}
    files = take(given.files, project=env.project, root=env.validated)
    with judging(env, "validate-syntax") as rows:
        for taken, content in contents(files, rows):
            language = classify(taken.root, taken.path).language
            if language == "python":
                verdict = judge(content)
                findings = [verdict.finding] if verdict.finding else []
                dialects[taken.path] = verdict.dialect
            else:
                findings = check(taken, content, language)
            report(rows, taken.path, findings, counts=language not in LENIENT)
    mark_dialects(dialects, env.work, env.extracted)
    return rows.status


def check(taken: Taken, content: bytes, language: str) -> list[Finding]:
    if language not in GRAMMARS:
        return []
    text = content.decode("utf-8-sig")
    if language in ("typescript", "tsx"):
        text = TYPE_STAR.sub("export      ", text)
        text = IMPORT_TYPE.sub(lambda found: "_" * len(found[0]), text)
    findings = errors(parse(text, language))
    if findings and own_program_takes(taken.file, language):
        return []
    return forgive_templates(text, findings) if language in TEMPLATES else findings


def report(rows: Rows, path: str, findings: list[Finding], *, counts: bool) -> None:
    if counts:
        rows.judged(path, findings)
        return
    rows.noted(path, findings[:1])
    rows.passed(path)


if __name__ == "__main__":
    run(main)
