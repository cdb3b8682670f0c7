"""`python -m asyncorch`, and the program `asyncorch` itself."""

from __future__ import annotations

from asyncorch.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
