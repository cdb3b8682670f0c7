"""The pipeline: configuration and scripts together become phases with steps, all of it checked.

Every mistake that can be seen before a process starts is a ConfigError here: unknown phases,
siblings and limits, circular `needs`, a step that nothing runs, commands that do not fit their
fan-out, two files that would claim one output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct
from msgspec.structs import replace

from asyncorch import config as configuration
from asyncorch.config import near
from asyncorch.errors import ConfigError
from asyncorch.model import Phase, Step
from asyncorch.plan.placeholders import FILES, OUTPUT_NAMES, names_in, quoted_names
from asyncorch.plan.scripts import Script, discover, split_phase
from asyncorch.project import Project
from asyncorch.tables import Config, GateTable, StepTable

_TITLES = {
    "extract": ("EXTRACTION", "Extracting"),
    "validate": ("VALIDATION", "Validating"),
    "analyze": ("ANALYSIS", "Analyzing"),
    "transform": ("TRANSFORMATION", "Transforming"),
    "build": ("BUILD", "Building"),
}
_NUMBERED = re.compile(r"\d+[-_.]?")


class Pipeline(Struct, frozen=True):
    """All phases in order, the modes, and what a person should be told before the run."""

    phases: tuple[Phase, ...]
    modes: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...] = ()

    def phase(self, name: str) -> Phase:
        return next(phase for phase in self.phases if phase.name == name)


def load(project: Project, config: Config, extra_phases: tuple[str, ...] = ()) -> Pipeline:
    """Return the project's pipeline; `extra_phases` are those that only a subclass knows.

    Raises ConfigError.
    """
    order = (*config.phase_order, *(p for p in extra_phases if p not in config.phase_order))
    scripts, warnings = discover(project, order, config.interpreters)
    where = project.config.name
    tables = _tables(config, scripts, order, where)
    steps = [
        _step(key, table, scripts.get(key), config=config, order=order, where=where)
        for key, table in tables.items()
    ]
    phases = tuple(_phase(config, name, i, steps) for i, name in enumerate(order, 1))
    for phase in phases:
        _check_needs(phase, where)
    modes = configuration.modes(config)
    _check_modes(modes, config, order, where)
    return Pipeline(phases, modes, (*warnings, *_numbered(phases)))


def _tables(
    config: Config, scripts: Mapping[str, Script], order: tuple[str, ...], where: str
) -> dict[str, StepTable]:
    """Return the keys of each step in plan order: a script's header, refined by its table."""
    for key in config.steps:
        if split_phase(key, order) is None:
            hint = "a step is called `<phase>-<name>`; " + near(key.partition("-")[0], order)
            raise ConfigError(f"unknown phase in step `{key}`", where=_at(where, key), hint=hint)
    tables = {}
    for key in sorted({*scripts, *config.steps}):
        header = scripts[key].table if key in scripts else StepTable()
        refined = config.steps.get(key, StepTable())
        tables[key] = replace(header, **{name: getattr(refined, name) for name in refined.said})
    return tables


def _step(
    key: str,
    table: StepTable,
    script: Script | None,
    *,
    config: Config,
    order: tuple[str, ...],
    where: str,
) -> Step:
    phase = script.phase if script else split_phase(key, order)
    assert phase is not None  # noqa: S101  # _tables has checked it
    at = _at(where, key) if key in config.steps or script is None else script.file
    command = _command(key, table, script, at=at, params=config.params)
    for limit in table.limits:
        if limit not in config.limits:
            hint = near(limit, config.limits) + "; limits are set in the table [limits]"
            raise ConfigError(f"unknown limit `{limit}`", where=at, hint=hint)
    for secret in table.secrets:
        if secret not in config.secrets:
            hint = "name it in `secrets` at the top of pipeline.toml, too"
            raise ConfigError(f"unknown secret `{secret}`", where=at, hint=hint)
    for glob in (*table.foreach, *table.outputs):
        _check_inside(glob, at)
    _check_outputs(table, at, {*OUTPUT_NAMES, "app", "snapshot", "project", *config.params})
    return Step(
        phase=phase,
        name=key[len(phase) + 1 :],
        command=command,
        foreach=table.foreach,
        batch=_batch(command, table),
        outputs=table.outputs,
        inputs=table.inputs,
        uses=table.uses,
        needs=tuple(need.removeprefix(f"{phase}-") for need in table.needs),
        limits=table.limits,
        slots=table.slots,
        jobserver=table.jobserver,
        timeout=table.timeout,
        quiet=table.quiet,
        memory=table.memory,
        max_log=table.max_log,
        retries=table.retries,
        rows=_rows(config, table, phase),
        cwd=table.cwd,
        env=table.env,
        secrets=table.secrets,
        fail_if=table.fail_if,
        env_inputs=table.env_inputs,
        libraries=script.libraries if script else (),
    )


def _command(
    key: str, table: StepTable, script: Script | None, *, at: str, params: Mapping[str, str]
) -> tuple[str, ...] | str:
    if table.run is None:
        if script is None:
            hint = f'give it `run = "…"`, or put a script tools/pipeline/{key}.py (or .sh) there'
            raise ConfigError(f"step `{key}` has neither `run` nor a script", where=at, hint=hint)
        command = script.command_from(table.cwd)
        return (*command, "{files}") if table.foreach else command
    used = names_in(table.run) & set(FILES)
    if table.foreach and not used:
        hint = "say where the files go: {file}, {files} or {filelist}"
        raise ConfigError("`run` names no files, but the step has `foreach`", where=at, hint=hint)
    if used and not table.foreach:
        hint = 'give the step files with `foreach = "work/**/*.java"`'
        raise ConfigError(f"`run` uses {{{min(used)}}} without `foreach`", where=at, hint=hint)
    if len(used) > 1:
        raise ConfigError("`run` mixes {file}, {files} and {filelist}", where=at, hint="use one")
    _check_words(table.run, at, {*FILES, "app", "snapshot", "project", *params})
    return table.run


def _check_words(run: tuple[str, ...] | str, at: str, names: set[str]) -> None:
    """Refuse a command that names nothing, and placeholders where they would do harm or nothing."""
    if not (run.strip() if isinstance(run, str) else run[0]):
        raise ConfigError("`run` is empty", where=at)
    if isinstance(run, str):
        if quoted := quoted_names(run) & names:
            hint = "take the quotes away: asyncorch quotes what it fills in itself"
            raise ConfigError(f"`{{{min(quoted)}}}` stands within quotes", where=at, hint=hint)
    elif any("{files}" in word and word != "{files}" for word in run):
        hint = 'in a list, "{files}" is a word of its own'
        raise ConfigError("{files} is part of a longer word", where=at, hint=hint)


def _batch(command: tuple[str, ...] | str, table: StepTable) -> int | None:
    if "file" in names_in(command):
        return 1
    return None if table.batch == "auto" else table.batch


def _rows(config: Config, table: StepTable, phase: str) -> bool:
    if table.rows is not None:
        return table.rows
    return bool(table.foreach) or phase in ("validate", config.gate.after)


def _phase(config: Config, name: str, number: int, steps: list[Step]) -> Phase:
    table = config.phase_table(name)
    plain = name.replace("_", " ").replace("-", " ")
    title, verb = _TITLES.get(name, (plain.upper(), plain.capitalize() + ":"))
    return Phase(
        name=name,
        number=number,
        title=(table.title or title).upper(),
        verb=table.verb or verb,
        steps=tuple(step for step in steps if step.phase == name),
        sequential=table.sequential,
    )


def _check_needs(phase: Phase, where: str) -> None:
    names = [step.name for step in phase.steps]
    for step in phase.steps:
        for need in step.needs:
            if need not in names:
                at = _at(where, step.id)
                hint = f"`needs` names steps of the same phase; {near(need, names)}"
                raise ConfigError(f"needs unknown step `{need}`", where=at, hint=hint)
    try:
        TopologicalSorter({step.name: step.needs for step in phase.in_sequence}).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        hint = "a step cannot wait for itself: take one of these `needs` away"
        at = f"{where}, phase {phase.name}"
        raise ConfigError(f"circular `needs`: {circle}", where=at, hint=hint) from error


def _check_modes(
    modes: Mapping[str, tuple[str, ...]], config: Config, order: tuple[str, ...], where: str
) -> None:
    for mode, phases in modes.items():
        for phase in phases:
            if phase not in order:
                hint = near(phase, order)
                at = f"{where}, [modes]"
                raise ConfigError(f"mode `{mode}`: unknown phase `{phase}`", where=at, hint=hint)
    if config.mode is not None and config.mode not in modes:
        raise ConfigError(
            f"unknown mode `{config.mode}`", where=where, hint=near(config.mode, modes)
        )
    if config.gate.after not in order and config.gate != GateTable():
        at = f"{where}, [gate]"
        hint = near(config.gate.after, order)
        raise ConfigError(f"`after`: unknown phase `{config.gate.after}`", where=at, hint=hint)


def _check_outputs(table: StepTable, at: str, names: set[str]) -> None:
    """Refuse unknown names in braces: an output's name has no other use for braces."""
    for name in sorted(names_in(table.outputs) - names):
        raise ConfigError(
            f"`outputs`: unknown {{{name}}}", where=at, hint=near(name, sorted(names))
        )


def _check_inside(glob: str, at: str) -> None:
    if ".." in glob.split("/") or glob.startswith("/") or not glob:
        hint = "write it as seen from the project folder, such as `work/extracted/**/*`"
        raise ConfigError(f"`{glob}` leads out of the project", where=at, hint=hint)


def _numbered(phases: tuple[Phase, ...]) -> list[str]:
    return [
        f"the numbered steps of phase {phase.name} run side by side; to run them in name order, "
        f"set `sequential = true` in [phases.{phase.name}]"
        for phase in phases
        if not phase.sequential
        and sum(1 for step in phase.steps if _NUMBERED.match(step.name) and not step.needs) > 1
    ]


def _at(where: str, key: str) -> str:
    return f"{where}, [steps.{key}]"
