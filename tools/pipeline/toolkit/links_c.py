"""C and C++: what #include names, beside the file that says it or anywhere in the snapshot."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from toolkit.braces import without_comments
from toolkit.links import Link
from toolkit.standard_names import C_FOLDERS, C_HEADERS, CPP_HEADERS

INCLUDE = re.compile(r'(?m)^[ \t]*#[ \t]*(?:include|include_next|import)[ \t]*(["<])([^">\n]+)[">]')


def names(text: str, _language: str) -> list[tuple[bool, str]]:
    """Give what is included, each with whether it stands in quotes."""
    found = INCLUDE.finditer(without_comments(text)) if "#" in text else ()
    return [(at[1] == '"', posixpath.normpath(at[2].strip().replace("\\", "/"))) for at in found]


def is_standard(name: str) -> bool:
    return name in C_FOLDERS or name in CPP_HEADERS or name.removesuffix(".h") in C_HEADERS


def resolve(found: Mapping[str, list[tuple[bool, str]]], _config: Path) -> Iterator[Link]:
    by_name: dict[str, list[str]] = defaultdict(list)
    for path in sorted(found):
        by_name[posixpath.basename(path)].append(path)
    for path, includes in found.items():
        for quoted, name in includes:
            yield from _link(path, name, by_name, quoted=quoted)


def _link(path: str, name: str, files: Mapping[str, list[str]], *, quoted: bool) -> Iterator[Link]:
    target = _find(path, name, files, quoted=quoted)
    if target:
        if target != path:
            yield Link(path, target, name)
        return
    yield Link(
        path, None, name if quoted else _library(name), external=not quoted or is_standard(name)
    )


def _find(path: str, name: str, files: Mapping[str, list[str]], *, quoted: bool) -> str | None:
    likely = files.get(posixpath.basename(name), [])
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
    if quoted and beside in likely:
        return beside
    if not quoted and is_standard(_library(name)):
        return None  # a `string.h` far away is not what <string.h> means
    tail = name.lstrip("./")
    ends = [at for at in likely if at == tail or at.endswith(f"/{tail}")]
    return max(
        ends, key=lambda at: (len(posixpath.commonprefix([at, path])), -len(at)), default=None
    )


def _library(name: str) -> str:
    first, slash, _ = name.partition("/")
    return first if slash else name
