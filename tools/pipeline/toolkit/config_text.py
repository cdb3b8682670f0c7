"""What checks of texts share: a finding at an offset, and the signs of a template."""

from __future__ import annotations

import re

from toolkit.rows import Finding

# Jinja, Helm, ERB, autoconf; `${{ }}` is an expression of a workflow, in a string of YAML.
TEMPLATE = re.compile(r"(?<!\$)\{\{|\{[%#]|<%|(?<![\w.])@[A-Z][A-Z0-9_]+@")


def at_offset(text: str, offset: int, message: str, rule: str, *, note: bool = False) -> Finding:
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return Finding(message, rule, line, column, note)


def forgive_templates(text: str, findings: list[Finding]) -> list[Finding]:
    """Where an error lies at the mark of a template, the file is not yet what its name says."""
    first = next((at for at in findings if not at.note), None)
    if first is None or not first.line:
        return findings
    lines = text.split("\n")[max(0, first.line - 2) : first.line]
    if not any(map(TEMPLATE.search, lines)):
        return findings
    return [Finding("a template, and not checked", "template", first.line, 1, note=True)]
