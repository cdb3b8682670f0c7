"""What a step sees of the environment.

Later wins: the caller's environment (all, none, or the names in `inherit_env`), `env_files`,
`[env]`, `[steps.X.env]`, `--env`, and the names ASYNCORCH_* last. Secrets are withheld from every
step that does not name them.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

from asyncorch.errors import ConfigError
from asyncorch.model import Step
from asyncorch.tables import Config

# Thread pools below a step share its slots, or N steps would start N times as many threads.
THREAD_POOLS = (
    "RAYON_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "GOMAXPROCS",
)
_ALWAYS = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "SHELL", "TZ")


class Environment:
    """Makes each step's environment; everything but the step is settled before the run."""

    def __init__(
        self,
        config: Config,
        *,
        caller: Mapping[str, str],
        root: Path,
        wished: Mapping[str, str],
    ) -> None:
        """Raise ConfigError for a file of `env_files` that cannot be read."""
        public = {name: value for name, value in caller.items() if name not in config.secrets}
        self._set = {**_from_files(config.env_files, root, public), **config.env}
        self._base = {**_inherited(config, caller), "PYTHONUNBUFFERED": "1", **self._set}
        self._caller = caller
        self._wished = {n: v for n, v in wished.items() if n not in config.secrets}
        self._secrets = {n: self._base.pop(n) for n in config.secrets if n in self._base}
        for name in config.secrets:  # inherit_env may have left it out
            if name in caller:
                self._secrets.setdefault(name, caller[name])
        self._secrets.update({n: v for n, v in wished.items() if n in config.secrets})
        self._last = dict(self._wished)
        self._plain: dict[int, dict[str, str]] = {}  # of most steps: by their slots

    def that_matters(self, step: Step) -> dict[str, str]:
        """Return the variables on which what the step makes depends: those that the user set."""
        named = {name: self._caller.get(name, "") for name in step.env_inputs}
        public = {name: value for name, value in self._set.items() if name not in self._secrets}
        return {**named, **public, **step.env, **self._wished}

    def add(self, own: Mapping[str, str]) -> None:
        """Set what the run itself says: the names ASYNCORCH_*."""
        self._last.update(own)
        self._plain.clear()

    def of(self, step: Step, slots: int) -> dict[str, str]:
        """Return the whole environment of one of the step's processes."""
        if not step.secrets and not step.env:
            key = max(1, min(step.slots, slots))
            if key not in self._plain:
                self._plain[key] = self._made(step, slots)
            return self._plain[key]
        return self._made(step, slots)

    def _made(self, step: Step, slots: int) -> dict[str, str]:
        share = str(max(1, min(step.slots, slots)))
        pools = {name: share for name in THREAD_POOLS if name not in self._base}
        secrets = {n: self._secrets[n] for n in step.secrets if n in self._secrets}
        return {**pools, **self._base, **secrets, **step.env, **self._last}

    @property
    def secrets(self) -> Mapping[str, str]:
        return self._secrets

    def secrets_of(self, step: Step) -> tuple[str, ...]:
        """Return the values of the secrets that the step's processes get."""
        return tuple(self._secrets[name] for name in step.secrets if name in self._secrets)

    def of_nobody(self) -> dict[str, str]:
        """Return what all steps share, without secrets."""
        return {**self._base, **self._last}


def _inherited(config: Config, caller: Mapping[str, str]) -> dict[str, str]:
    if config.inherit_env is True:
        return dict(caller)
    names = (*_ALWAYS, *(config.inherit_env or ()))
    return {name: caller[name] for name in names if name in caller}


def _from_files(files: tuple[str, ...], root: Path, caller: Mapping[str, str]) -> dict[str, str]:
    if not files:
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415  # few projects have such files
    from dotenv.variables import parse_variables  # noqa: PLC0415  # the same

    found: dict[str, str] = {}
    for name in files:
        # Not interpolated by dotenv itself, which would look into our own environment.
        values = dotenv_values(stream=io.StringIO(_text(root, name)), interpolate=False)
        for key, value in values.items():
            if value is not None:
                known: dict[str, str | None] = {**caller, **found}
                found[key] = "".join(atom.resolve(known) for atom in parse_variables(value))
    return found


def _text(root: Path, name: str) -> str:
    try:
        text = (root / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "make it, or take it out of `env_files` in pipeline.toml"
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(f"cannot be read: {reason}", where=name, hint=hint) from error
    if "\0" in text:
        raise ConfigError("holds a NUL character", where=name, hint="take it out")
    return text
