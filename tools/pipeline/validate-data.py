# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.asyncorch]
# foreach = ["work/validated/data/**/*"]
# needs = ["encoding"]
# uses = ["tools/pipeline/toolkit/*.py", "work/validated/config/**/*.layout.toml"]
# ///
"""Check data files, and say where they are wrong: file, line, column, rule.

CSV and TSV: the dialect is found, rows of another length are errors, a value that does not have
the type of its column is noted. JSON lines: each line is read. Fixed width: where a layout
(<name>.layout.toml beside the data) says how. What each file holds (dialect, columns, types) is
in work/analysis/data-profiles.jsonl. Everything else passes unread.
"""

from __future__ import annotations

from toolkit.classify import classify
from toolkit.data_delimited import check_delimited
from toolkit.data_fixed import check_fixed
from toolkit.data_jsonl import check_lines
from toolkit.data_layout import LayoutError, find_layout, read_layout
from toolkit.env import Environment, environment
from toolkit.files import reason
from toolkit.ledger import Record, judging, keep_records
from toolkit.rows import Finding
from toolkit.tool import parser, run
from toolkit.trees import Taken, take

PROFILES = "data-profiles.jsonl"


def main(argv: list[str]) -> int:
    given = parser(__doc__, files=True).parse_args(argv)
    env = environment()
    profiles: dict[str, list[Record]] = {}
    with judging(env, "validate-data") as rows:
        for taken in take(given.files, project=env.project, root=env.validated):
            findings, profile = check(taken, env)
            profiles[taken.path] = [{"file": taken.path, **profile}] if profile else []
            rows.judged(taken.path, findings)
    keep_records(profiles, PROFILES, env)
    return rows.status


def check(taken: Taken, env: Environment) -> tuple[list[Finding], Record]:
    try:
        return _check(taken, env)
    except OSError as error:
        return [Finding(f"cannot be read: {reason(error)}", "read")], {}
    except UnicodeDecodeError as error:
        return [Finding(f"no UTF-8: {error.reason}", "encoding")], {}
    except LayoutError as error:
        return [Finding(f"its layout is wrong: {error}", "layout")], {}


def _check(taken: Taken, env: Environment) -> tuple[list[Finding], Record]:
    if layout := find_layout(taken.path, env.validated / "config"):
        return check_fixed(taken.file, read_layout(layout))
    language = classify(taken.root, taken.path).language
    if language in ("csv", "tsv"):
        table = check_delimited(taken.file, language)
        return table.findings, table.profile()
    if language == "jsonl":
        return check_lines(taken.file)
    return [], {}


if __name__ == "__main__":
    run(main)
