# /// script
# requires-python = ">=3.11"
# dependencies = ["ast-grep-py>=0.39", "defusedxml>=0.7.1", "pyyaml>=6.0.2"]
#
# [tool.asyncorch]
# foreach = ["work/validated/config/**/*"]
# needs = ["encoding"]
# uses = ["tools/pipeline/toolkit/*.py"]
# ///
"""Check the form of configuration files, and say where it is wrong: file, line, column, rule.

XML is read by defusedxml, JSON, YAML and TOML by their usual readers, INI and Java properties
line by line. A key that comes twice is noted, and no error. What has the marks of a template at
the place that cannot be read is noted and passes, and so does every other form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from toolkit.classify import classify
from toolkit.config_json import check_json
from toolkit.config_lines import check_ini, check_properties
from toolkit.config_text import forgive_templates
from toolkit.config_toml import check_toml
from toolkit.config_xml import check_xml
from toolkit.config_yaml import check_yaml
from toolkit.env import environment
from toolkit.ledger import judging
from toolkit.rows import Finding
from toolkit.tool import parser, run
from toolkit.trees import contents, take

LARGEST = 64 << 20
CHECKS: Mapping[str, Callable[[str, str], list[Finding]]] = {
    "ini": check_ini,
    "json": check_json,
    "properties": lambda text, _: check_properties(text),
    "toml": lambda text, _: check_toml(text),
    "xml": check_xml,
    "yaml": lambda text, _: check_yaml(text),
}


def main(argv: list[str]) -> int:
    given = parser(__doc__, files=True).parse_args(argv)
    env = environment()
    with judging(env, "validate-config") as rows:
        files = take(given.files, project=env.project, root=env.validated)
        for taken, content in contents(files, rows):
            language = classify(taken.root, taken.path).language
            rows.judged(taken.path, check(content, taken.path, language))
    return rows.status


def check(content: bytes, path: str, language: str) -> list[Finding]:
    if language not in CHECKS or b"\0" in content:
        return []
    if len(content) > LARGEST:
        return [Finding("too large to be checked", "size", note=True)]
    text = content.decode("utf-8-sig")
    return forgive_templates(text, CHECKS[language](text, path))


if __name__ == "__main__":
    run(main)
