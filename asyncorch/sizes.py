"""Numbers of bytes as people write them."""

from __future__ import annotations

import re

_UNITS = ("B", "kB", "MB", "GB", "TB")
_FACTORS = {unit.lower(): 1000**power for power, unit in enumerate(_UNITS)}
_FACTORS |= {f"{unit[0]}ib".lower(): 1024**power for power, unit in enumerate(_UNITS) if power}
_FACTORS |= {unit[0].lower(): 1024**power for power, unit in enumerate(_UNITS) if power}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) ?([kmgt]?i?b|[kmgt])", re.IGNORECASE)
_ROUND = 9.95  # what would round to 10.0 is written without a decimal


def size(value: object) -> int:
    """Return a number of bytes: a whole number, or text such as `500 MB`, `2GiB` or `2G`.

    A letter alone is what it is to `ulimit`, containers and the JVM: a power of 1024.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        factor = _FACTORS.get(found[2].lower())
        if factor and (total := int(float(found[1]) * factor)) > 0:
            return total
    raise ValueError("write a number of bytes, or a size such as `500 MB` or `2 GiB`")


def shown(number: int) -> str:
    """Return a number of bytes as `812 B`, `3.4 MB` or `12 GB`."""
    value, unit = float(number), _UNITS[0]
    for larger in _UNITS[1:]:
        if round(value) < 1000:  # noqa: PLR2004  # of each unit
            break
        value, unit = value / 1000, larger
    return f"{value:.1f} {unit}" if unit != "B" and value < _ROUND else f"{value:.0f} {unit}"


def binary(number: int) -> str:
    """Return a number of bytes as `812 B`, `64 KiB` or `1.5 GiB`: as limits are written."""
    power = min(4, max(0, (number.bit_length() - 1) // 10))
    unit = "KMGT"[power - 1] + "iB" if power else "B"
    return f"{round(number / 1024**power, 1):g} {unit}"
