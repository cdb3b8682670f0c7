"""A link: one import that a file makes, resolved to a file of the snapshot or left outside."""

from __future__ import annotations

from typing import NamedTuple


class Link(NamedTuple):
    """`target` is a file of the snapshot; without one, `name` is what was meant.

    `external` is a library; what is neither inside nor external should be there and is not.
    """

    source: str
    target: str | None
    name: str
    external: bool = True
