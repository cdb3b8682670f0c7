"""What a call of the program gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ended:
    """What a person sees of one call; `code` is negative when a signal ended it."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]
