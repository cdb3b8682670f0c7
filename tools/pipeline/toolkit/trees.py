"""From a file that the runner appended to the command line to its identity, and back to paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from toolkit.files import reason
from toolkit.languages import Kind
from toolkit.rows import Finding, Rows
from toolkit.tool import ToolError


class Taken(NamedTuple):
    """A file of a batch: where it is, in which tree, and its path below the snapshot."""

    file: Path
    tree: str
    path: str

    @property
    def root(self) -> Path:
        """The folder of its tree, below which `path` counts."""
        return self.file.parents[self.path.count("/")]


def take(names: list[str], *, project: Path, root: Path) -> list[Taken]:
    """Find the files of a batch, each of which must lie below `root`/<tree>/."""
    return [_take(name, project, root) for name in names]


def contents(files: Iterable[Taken], rows: Rows) -> Iterator[tuple[Taken, bytes]]:
    """Read validated files; one that is gone, or is no UTF-8 after all, has its error row."""
    for taken in files:
        try:
            content = taken.file.read_bytes()
            content.decode()
        except OSError as error:
            rows.rejected(taken.path, [Finding(f"cannot be read: {reason(error)}", "read")])
        except UnicodeDecodeError as error:
            rows.rejected(taken.path, [Finding(f"no UTF-8: {error.reason}", "encoding")])
        else:
            yield taken, content


def _take(name: str, project: Path, root: Path) -> Taken:
    file = Path(os.path.abspath(project / name))  # noqa: PTH100 (`resolve` would follow links)
    below = PurePosixPath(os.path.relpath(file, root)).parts
    if len(below) < 2 or below[0] not in {kind.tree for kind in Kind}:  # noqa: PLR2004 (tree, path)
        raise ToolError(
            f"`{name}` is not in one of the trees below `{root}`",
            hint="extraction makes work/extracted/, the encoding step makes work/validated/",
        )
    return Taken(file, below[0], "/".join(below[1:]))
