"""Where a source file comes from: written here, a test, vendored, generated or minified.

What is told by folders and names can be told otherwise in tools/pipeline/origins.toml, in globs
on the path below the snapshot (`**` takes folders); the first that fits counts:

    own = ["vendor/ours/**"]
    test = ["qa/**"]
    vendored = ["lib/jquery*.js"]
    generated = ["src/model/gen/**"]
    leave_out = ["node_modules/**"]    # not even extracted; listed in left-out.json
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from toolkit.tool import ToolError

FILE = Path(__file__).parent.parent / "origins.toml"
KEYS = ("leave_out", "own", "test", "vendored", "generated")
NOT_OURS = frozenset({"vendored", "generated", "minified"})
FOLDERS = {
    "vendored": "node_modules bower_components jspm_packages vendor vendored _vendor third_party"
    " third-party thirdparty 3rdparty extern site-packages Pods Carthage",
    "generated": "generated generated-sources generated-src generated-test-sources __generated__"
    " autogen dist .next .nuxt storybook-static",
    "test": "test tests testing __tests__ testdata test-data",
}
BY_FOLDER = {name: origin for origin, names in FOLDERS.items() for name in names.split()}
GENERATED_NAME = re.compile(
    r"_pb2(?:_grpc)?\.pyi?$|\.pb\.(?:go|cc|h)$|\.(?:designer|g|g\.i|generated)\.(?:cs|vb)$"
    r"|\.generated\.\w+$|_generated\.\w+$|\.min\.(?:js|css|mjs)$|\.bundle\.js$|_string\.go$"
)
TEST_NAME = re.compile(
    r"^tests?_.*\.pyw?$|_tests?\.(?:py|go|rb|c|cc|cpp)$|^(?:Test[A-Z]\w*|\w+Tests?|\w*[a-z]IT)\.(?:java|kt|cs|scala)$"
    r"|\.(?:test|spec)\.[cm]?[jt]sx?$|_spec\.rb$|^conftest\.py$"
)
# In a comment, as whoever writes files by program says it.
MARK = re.compile(
    rb"(?im)^[ \t]*(?:#|//|/?\*|--|<!--|;|%)[^\n]*(?:@generated\b|generated[^\n]{0,120}do not"
    rb" (?:edit|modify)|do not (?:edit|modify)[^\n]{0,80}generated"
    rb"|auto(?:matically)?[- ]?generated|this file (?:was|is) generated|by the protocol buf)"
)
MARK_BYTES = 1024
LONG = 500  # bytes a line on average: nobody wrote that


def origin_of(path: str, head: bytes) -> str:
    """Say where a file comes from; "" is an ordinary one of the snapshot's own."""
    for key, pattern in configured().items():
        if key != "leave_out" and pattern.fullmatch(path):
            return "" if key == "own" else key
    *folders, name = PurePosixPath(path).parts
    found = {BY_FOLDER[folder] for folder in folders if folder in BY_FOLDER}
    if "vendored" in found:
        return "vendored"
    if "generated" in found or GENERATED_NAME.search(name) or MARK.search(head[:MARK_BYTES]):
        return "generated"
    if len(head) > LONG * (head.count(b"\n") + 1):
        return "minified"
    return "test" if "test" in found or TEST_NAME.search(name) else ""


def left_out(path: str) -> bool:
    """Whether the user said not even to extract this."""
    pattern = configured().get("leave_out")
    return pattern is not None and pattern.fullmatch(path) is not None


@cache
def configured() -> Mapping[str, re.Pattern[str]]:
    if not FILE.is_file():
        return {}
    import tomllib  # noqa: PLC0415 (every tool that walks would pay, and few projects have one)

    try:
        found = tomllib.loads(FILE.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ToolError(f"{FILE.name}: {error}") from error
    if unknown := found.keys() - set(KEYS):
        raise ToolError(
            f"{FILE.name}: unknown key `{min(unknown)}`", hint=f"one of {', '.join(KEYS)}"
        )
    if wrong := [key for key, globs in found.items() if not _are_globs(globs)]:
        raise ToolError(f"{FILE.name}: `{wrong[0]}` must be a list of globs")
    return {
        key: re.compile("|".join(map(_regex, found[key])), re.DOTALL)
        for key in KEYS
        if found.get(key)
    }


def _are_globs(globs: object) -> bool:
    return isinstance(globs, list) and all(isinstance(at, str) for at in globs)


def _regex(glob: str) -> str:
    """Translate a glob of paths: `**` crosses folders, `*` and `?` do not."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(part) or re.escape(part) for part in parts)
