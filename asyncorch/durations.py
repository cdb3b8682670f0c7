"""Lengths of time as people write them."""

from __future__ import annotations

import re

_LONGEST = 1e9  # thirty years
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+")


def seconds(value: object) -> float:
    """Return a duration in seconds: a number, or text such as `90s`, `10m`, `1h30m`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < _LONGEST:
        return float(value)
    if isinstance(value, str) and _DURATION.fullmatch(value):
        parts = re.findall(r"(\d+(?:\.\d+)?)(ms|[smhd])", value)
        total = sum(float(number) * _UNITS[unit] for number, unit in parts)
        if 0 < total < _LONGEST:
            return total
    raise ValueError("write a duration such as `90s`, `10m` or `1h30m`")
