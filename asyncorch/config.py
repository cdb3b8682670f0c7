"""pipeline.toml: read, checked, and turned into one frozen value.

Whatever is wrong in it becomes one ConfigError that names file, table and key and says how to
mend it; nothing is guessed and no key is ignored. `pipeline.local.toml` lies over the file, key
by key. `schema()` is what editors complete from.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from asyncorch.errors import ConfigError
from asyncorch.project import Project
from asyncorch.safetext import safe
from asyncorch.tables import (
    MODES,
    NAME,
    STEP_NAME,
    BuildTable,
    Config,
    GateTable,
    NotifyTable,
    PhaseTable,
    RetentionTable,
    StepTable,
    read,
    schema_of,
)

T = TypeVar("T", Config, StepTable)
_TABLES: dict[str, type[msgspec.Struct]] = {
    "gate": GateTable,
    "build": BuildTable,
    "notify": NotifyTable,
    "retention": RetentionTable,
}
_TABLES_BY_NAME: dict[str, type[msgspec.Struct]] = {"steps": StepTable, "phases": PhaseTable}
_BELOW = (*_TABLES.values(), *_TABLES_BY_NAME.values())
_ALL_TABLES: tuple[type[msgspec.Struct], ...] = (Config, *_BELOW)


def load(project: Project) -> Config:
    """Read the project's configuration, or raise a ConfigError that says what to mend."""
    base = _parsed(project.config)
    local = _parsed(project.local_config)
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
    made = msgspec.json.schema(Config, schema_hook=schema_of)
    tables = made["$defs"]
    del tables["StepTable"]["properties"]["said"]
    return {**tables.pop("Config"), "$defs": tables}


def modes(config: Config) -> dict[str, tuple[str, ...]]:
    """Return the modes by name: the three that come with asyncorch, then the project's own."""
    known = config.phase_order
    shipped = {n: p for n, p in MODES.items() if all(phase in known for phase in p)}
    shipped["full"] = known
    return {**shipped, **config.modes}


def near(word: str, words: Any) -> str:
    """Return ` (did you mean X?)`-like help for a word that is not among `words`, or their list."""
    import difflib  # noqa: PLC0415  # only what is wrong needs it

    names = [str(name) for name in words]
    close = difflib.get_close_matches(word, names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return "known are " + ", ".join(f"`{name}`" for name in names) if names else "there are none"


def _parsed(path: Path) -> dict[str, Any]:
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
    _check_known(table, data, where)
    try:
        made = msgspec.convert(data, table, dec_hook=read)
    except msgspec.ValidationError as error:
        keys = _culprit(table, data)
        complaint = _complaint(table, keys, _at(data, keys)) or str(error)
        raise _wrong(keys, where, complaint) from error
    if isinstance(made, Config):
        steps = {key: _saying(step, data["steps"][key]) for key, step in made.steps.items()}
        return msgspec.structs.replace(made, steps=steps)
    return _saying(made, data)


def _saying(step: StepTable, data: dict[str, Any]) -> StepTable:
    return msgspec.structs.replace(step, said=tuple(data))


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


def _check_known(table: type[msgspec.Struct], data: dict[str, Any], where: str) -> None:
    """Refuse keys that are none, in the table and those below it."""
    known = [name for name in table.__struct_fields__ if name != "said"]
    for key, value in data.items():
        if key not in known:
            raise ConfigError(f"unknown key `{key}`", where=where, hint=near(key, known))
        if table is not Config or not isinstance(value, dict):
            continue
        if key in _TABLES:
            _check_known(_TABLES[key], value, f"{where}, [{key}]")
        for name, inner in value.items() if key in _TABLES_BY_NAME else ():
            if isinstance(inner, dict):
                _check_known(_TABLES_BY_NAME[key], inner, f"{where}, [{key}.{name}]")


def _culprit(table: type[T], data: dict[str, Any]) -> list[str]:
    """Return the keys that lead to what is wrong: no key needs another, so each is tried alone."""
    keys: list[str] = []
    value: Any = data
    while isinstance(value, dict):
        wrong = next((k for k, v in value.items() if _complaint(table, [*keys, k], v)), None)
        if wrong is None:
            break
        keys.append(wrong)
        value = value[wrong]
    return keys


def _complaint(table: type[T], keys: list[str], value: Any) -> str | None:
    """Return what is wrong with one key's value, or None."""
    for key in reversed(keys):
        value = {key: value}
    try:
        msgspec.convert(value, table, dec_hook=read)
    except msgspec.ValidationError as error:
        told = str(error).partition(" - at `")[0].replace(" | null", "")
        for ours, theirs in (("array", "list"), ("object", "table"), ("str", "text")):
            told = re.sub(rf"\b{ours}\b(?=[^`]*`)", theirs, told)
        return told + _choices(table, keys) if told.startswith("Invalid enum") else told
    return None


def _choices(table: type[msgspec.Struct], keys: list[str]) -> str:
    """Return what may be written for a key that takes one of a few words."""
    kind: Any = table
    if keys[0] in _TABLES and len(keys) > 1:
        kind = _TABLES[keys[0]]
    elif keys[0] in _TABLES_BY_NAME and len(keys) > 1:
        kind = _TABLES_BY_NAME[keys[0]]
    hint = get_type_hints(kind).get(keys[-1])
    words = [word for part in (hint, *get_args(hint)) for word in get_args(part)]
    known = [f"`{word}`" for word in words if isinstance(word, str)]
    return f"; known are {', '.join(known)}" if known else ""


def _at(data: Any, keys: list[str]) -> Any:
    for key in keys:
        data = data[key]
    return data


def _wrong(keys: list[str], where: str, complaint: str) -> ConfigError:
    *tables, key = keys or ["?"]
    place = f"{where}, [{'.'.join(tables)}]" if tables else where
    message = f"`{key}`: {complaint[:1].lower()}{complaint[1:]}"
    known = {field for kind in _ALL_TABLES for field in kind.__struct_fields__}
    about = next((word for word in reversed(keys) if word in known), key)
    return ConfigError(message, where=place, hint=_help(about))


def _help(key: str) -> str:
    return f"see `{key}` in the table of keys in docs/configuration.md, or `asyncorch schema`"


def _check_names(config: Config, where: str) -> None:
    phases = config.phase_order
    names = (("modes", config.modes, NAME), ("steps", config.steps, STEP_NAME))
    for key, known, form in (*names, ("phases", phases, NAME)):
        for name in known:
            if not re.fullmatch(form, name):
                told = f"`{key}`: no name of letters, digits and `_.-`: `{safe(name)}`"
                raise ConfigError(told, where=where, hint=_help(key))
    if isinstance(config.phases, dict):
        _check_phases(config.phases, phases, where)
    if len(set(phases)) != len(phases) or not phases:
        raise ConfigError("`phases`: each phase once, and at least one", where=where)
    for key in ("source", "target", "log"):
        folder = Path(getattr(config.gate, key))
        if folder.is_absolute() or ".." in folder.parts or not folder.parts:
            raise ConfigError(f"`gate.{key}` must lie below the project", where=where)


def _check_phases(tables: dict[str, Any], phases: tuple[str, ...], where: str) -> None:
    for name, table in tables.items():
        is_table = isinstance(table, PhaseTable)
        if name == "order":
            if is_table:
                hint = 'write `order = ["extract", …]` in the table [phases]'
                raise ConfigError("`order`: a list of names", where=f"{where}, [phases]", hint=hint)
        elif name not in phases or not is_table:
            place = f"{where}, [phases.{name}]"
            hint = near(name, phases) + "; a new phase is added to `order` in [phases]"
            raise ConfigError(f"unknown phase `{name}`", where=place, hint=hint)
