"""Text from outside, made safe for a terminal: one line, no control, nothing invisible.

Whatever a process writes, a file is called or a configuration says, `safe` gives back a line
that moves no cursor, sets no colour or title, and reads in the order in which it is stored.
"""

from __future__ import annotations

import re
import unicodedata

TAB = 4
MOST_MARKS = 4  # accents on one letter; more of them only draw over the lines above and below

# Possessive, and each class leaves out its own opener: a hostile line costs one pass.
_SEQUENCE = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c\x9d]*+(?:\x07|\x1b\\|\x9c)"  # OSC: titles, links
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c\x90\x98\x9e\x9f]*+(?:\x1b\\|\x9c)"  # DCS, ...
    r"|(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]"  # CSI: colours, cursor
    r"|\x1b[ -/]*+[0-~]"  # all others
)


def safe(data: bytes | str) -> str:
    """Return the data as one line that a terminal shows as it is; safe text comes back unchanged.

    Of a line that was written over with carriage returns the last version stands.
    """
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCE.sub("", text).rstrip("\r\n").replace("\r\n", "\n")
    text = text.rpartition("\r")[2].expandtabs(TAB)
    return _shown(text)


def _shown(text: str) -> str:
    shown: list[str] = []
    marks = 0
    for character in text:
        if " " <= character <= "~":
            marks = 0
            shown.append(character)
            continue
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > MOST_MARKS or _is_selector(character):
            continue
        shown.append(character if character.isprintable() else _instead(character, category))
    return "".join(shown)


def _is_selector(character: str) -> bool:
    """Tell whether it only changes how the character before it is drawn, and how wide."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _instead(character: str, category: str) -> str:
    if character.isspace():
        return " "
    return "" if category in ("Cc", "Cf") else "\N{REPLACEMENT CHARACTER}"
