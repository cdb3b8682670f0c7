"""File names as SQLite takes them: text, where a name of any other bytes has a form of its own."""

from __future__ import annotations

import os
from typing import Any


def is_odd(name: str) -> bool:
    """Say whether a name has bytes that are no UTF-8, which SQLite does not take as text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False


def forth(name: str) -> str:
    """Return a name that SQLite takes as text: one that is no UTF-8 in a form of its own."""
    if not name.isascii() and is_odd(name):
        return "\0" + os.fsencode(name).hex()
    return name


def back(name: str) -> str:
    return os.fsdecode(bytes.fromhex(name[1:])) if name.startswith("\0") else name


def named(known: dict[str, Any]) -> dict[str, Any]:
    """Return it by names as they are; the odd ones come first, and are few."""
    for name in sorted(filter(_is_in_form, known)):
        known[back(name)] = known.pop(name)
    return known


def _is_in_form(name: str) -> bool:
    return name[:1] == "\0"
