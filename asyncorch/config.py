"""pipeline.toml: read, checked, and turned into one frozen value.

Whatever is wrong in it becomes one ConfigError that names file, table and key and says how to
mend it; nothing is guessed and no key is ignored. `pipeline.local.toml` lies over the file, key
by key. `schema()` is what editors complete from.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from asyncorch.errors import ConfigError
from asyncorch.project import Project
from asyncorch.tables import (
    MODES,
    BuildTable,
    Config,
    GateTable,
    NotifyTable,
    PhaseTable,
    RetentionTable,
    StepTable,
    T,
)


def load(project: Project) -> Config:
    """Read the project's configuration, or raise a ConfigError that says what to mend."""
    base = _read(project.config)
    local = _read(project.local_config)
    parse(local, project.local_config.name)  # so that its mistakes are told of it
    config = parse(_over(base, local), project.config.name)
    _check_names(config, project.config.name)
    return config


def parse(data: dict[str, Any], where: str) -> Config:
    return _validated(Config, data, where)


def parse_step(data: dict[str, Any], where: str) -> StepTable:
    """Check the step keys of a script's header."""
    return _validated(StepTable, data, where)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of pipeline.toml."""
    return Config.model_json_schema()


def modes(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the modes by name: the three that come with asyncorch, then the project's own."""
    known = config.phase_order
    shipped = {n: p for n, p in MODES.items() if all(phase in known for phase in p)}
    shipped["full"] = known
    return {**shipped, **config.modes}


def near(word: str, words: Any) -> str:
    """Return ` (did you mean X?)`-like help for a word that is not among `words`, or their list."""
    names = [str(name) for name in words]
    close = difflib.get_close_matches(word, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return "known are " + ", ".join(f"`{name}`" for name in names) if names else "there are none"


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode()
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8"
        raise ConfigError(f"not UTF-8: {error.reason}", where=path.name, hint=hint) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=path.name) from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        hint = "text needs quotes, and a table opens with its name in brackets"
        raise ConfigError(f"not TOML: {error}", where=path.name, hint=hint) from error


def _over(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _over(old, value) if both else value  # type: ignore[arg-type]  # both are dicts
    return merged


def _validated(table: type[T], data: dict[str, Any], where: str) -> T:
    if (key := _key_with_nul(data)) is not None:
        raise ConfigError(f"`{key}` holds a NUL character", where=where, hint="take it out")
    try:
        return table.model_validate(data)
    except ValidationError as error:
        raise _as_config_error(table, data, error, where) from error


def _key_with_nul(value: Any, key: str = "") -> str | None:
    """Return the key whose text has a NUL, which no file name and no argument can have."""
    if isinstance(value, str):
        return key if "\0" in value else None
    inner: list[tuple[str, Any]] = list(value.items()) if isinstance(value, dict) else []
    if isinstance(value, (list, tuple)):
        inner = [(key, item) for item in value]
    for name, item in inner:
        if "\0" in str(name):
            return str(name).replace("\0", "?")
        if (found := _key_with_nul(item, str(name))) is not None:
            return found
    return None


def _as_config_error(
    table: type[BaseModel], data: dict[str, Any], error: ValidationError, where: str
) -> ConfigError:
    faults = error.errors(include_url=False)
    # Of a union every branch complains; the deepest complaint is about what the user wrote.
    first = max(faults, key=lambda fault: len(_keys(data, fault["loc"])))
    keys = _keys(data, first["loc"])
    *tables, key = keys or ["?"]
    place = f"{where}, [{'.'.join(tables)}]" if tables else where
    if first["type"] == "extra_forbidden":
        hint = near(key, _fields(table, tables))
        return ConfigError(f"unknown key `{key}`", where=place, hint=hint)
    message = first["msg"].removeprefix("Value error, ")
    return ConfigError(f"`{key}`: {message[:1].lower()}{message[1:]}", where=place, hint=_help(key))


def _keys(data: Any, loc: tuple[int | str, ...]) -> list[str]:
    """Return the part of a location that is the user's own words, without pydantic's."""
    keys: list[str] = []
    for part in loc:
        if isinstance(data, dict) and part in data:
            keys.append(str(part))
            data = data[part]
    return keys


def _fields(table: type[BaseModel], tables: list[str]) -> list[str]:
    homes: dict[str, type[BaseModel]] = {
        "steps": StepTable,
        "phases": PhaseTable,
        "gate": GateTable,
        "build": BuildTable,
        "notify": NotifyTable,
        "retention": RetentionTable,
    }
    return list((homes[tables[0]] if tables and tables[0] in homes else table).model_fields)


def _help(key: str) -> str:
    return f"see `{key}` in the table of keys in docs/configuration.md, or `asyncorch schema`"


def _check_names(config: Config, where: str) -> None:
    phases = config.phase_order
    if isinstance(config.phases, dict):
        for name, table in config.phases.items():
            if name != "order" and (name not in phases or not isinstance(table, PhaseTable)):
                place = f"{where}, [phases.{name}]"
                hint = near(name, phases) + "; a new phase is added to `order` in [phases]"
                raise ConfigError(f"unknown phase `{name}`", where=place, hint=hint)
    if len(set(phases)) != len(phases) or not phases:
        raise ConfigError("`phases`: each phase once, and at least one", where=where)
    for key in ("source", "target", "log"):
        folder = Path(getattr(config.gate, key))
        if folder.is_absolute() or ".." in folder.parts or not folder.parts:
            raise ConfigError(f"`gate.{key}` must lie below the project", where=where)
