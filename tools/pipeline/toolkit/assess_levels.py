"""Which level of its language a project says it is written for: what a migration changes first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from toolkit.env import Environment

LEVEL = r"[\w.${}<>=!~^*, |&-]{1,40}"
JAVA = r"source|target|release"
PATTERNS = {
    "pom.xml": rf"<((?:maven\.compiler\.)?(?:{JAVA})|java\.version)>\s*({LEVEL})\s*</",
    "build.xml": rf"\b((?:javac\.)?(?:{JAVA}))\"\s*(?:value|location)=\"({LEVEL})\"",
    "build.gradle": rf"\b((?:source|target)Compatibility)\s*=?\s*['\"]?({LEVEL})",
    "setup.py": rf"\b(python_requires)\s*=\s*['\"]({LEVEL})",
    "setup.cfg": rf"(?m)^(python_requires)\s*=\s*({LEVEL})",
    "pyproject.toml": rf"(?m)^(requires-python)\s*=\s*['\"]({LEVEL})",
    "package.json": rf"\"(node)\"\s*:\s*\"({LEVEL})\"",
    "go.mod": rf"(?m)^(go)\s+({LEVEL})",
}
PATTERNS |= {"build.gradle.kts": PATTERNS["build.gradle"], "gradle.properties": PATTERNS["pom.xml"]}
FRAMEWORK = rf"<(TargetFramework(?:s|Version)?|LangVersion)>\s*({LEVEL})\s*</"
DOTNET = frozenset({".csproj", ".vbproj", ".fsproj", ".props"})
BY_NAME = {name: re.compile(pattern) for name, pattern in PATTERNS.items()}
LONGEST = 1 << 20


def declared_levels(env: Environment, paths: Iterable[str]) -> list[dict[str, str]]:
    """Find what build files say, in the order of their paths."""
    return [
        {"file": path, "key": key, "level": level.strip()}
        for path in sorted(paths)
        for key, level in _levels(env, path)
    ]


def _levels(env: Environment, path: str) -> Iterator[tuple[str, str]]:
    pure = PurePosixPath(path)
    pattern = re.compile(FRAMEWORK) if pure.suffix in DOTNET else BY_NAME.get(pure.name.lower())
    file = _find(env, path) if pattern else None
    if pattern and file:
        with file.open("rb") as stream:
            text = stream.read(LONGEST).decode("utf-8", "replace")
        yield from dict.fromkeys((found[1], found[2]) for found in pattern.finditer(text))


def _find(env: Environment, path: str) -> Path | None:
    places = (env.validated / tree / path for tree in ("config", "sources", "data"))
    return next((place for place in places if place.is_file()), None)
