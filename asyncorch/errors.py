"""The mistakes that a user can mend, and how they are told.

    UserError            one message, where, and a hint; exit status 2
      ConfigError        pipeline.toml or a script's header says something impossible
      UsageError         the words on the command line do not fit
      ProjectError       the folder, its snapshots or its tools are not as needed

They are raised before the first process starts. After that a failure is an outcome, and any
other exception is a bug.
"""

from __future__ import annotations


class UserError(Exception):
    """What is wrong (`message`), in which file and key (`where`), and how to mend it (`hint`)."""

    exit_code = 2

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class ConfigError(UserError):
    """The configuration is not one that could be run."""


class UsageError(UserError):
    """The command line asks for something that is not there."""


class ProjectError(UserError):
    """The project folder lacks something, or something in it is in the way."""
