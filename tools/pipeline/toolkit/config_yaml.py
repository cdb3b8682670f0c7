"""Check YAML by its events: no depth ends the tool, no alias is expanded, nothing is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from toolkit.config_text import at_offset
from toolkit.rows import Finding

RULE = "yaml"
NODES = frozenset({"AliasEvent", "ScalarEvent", "MappingStartEvent", "SequenceStartEvent"})
DEEPEST = 500  # readers of YAML recurse, and end not far above


@dataclass(slots=True)
class Open:
    """A collection that is being read; a mapping's keys and values take turns."""

    mapping: bool
    keys: set[tuple[bool, str]] = field(default_factory=set)
    at_key: bool = True


def check_yaml(text: str) -> list[Finding]:
    import yaml  # noqa: PLC0415 (needed only where there is YAML)

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return list(_judge(yaml.parse(text, loader)))
    except yaml.MarkedYAMLError as error:
        message = " ".join(filter(None, (error.context, error.problem)))
        return [_at(error.problem_mark or error.context_mark, message, RULE)]
    except yaml.reader.ReaderError as error:
        message = f"the character U+{ord(str(error.character)[0]):04X} is not allowed"
        return [at_offset(text, error.position, message, RULE)]
    except _StopError as error:
        return [error.args[0]]


class _StopError(Exception):
    """What no reader of YAML can go on from."""


def _judge(events: Iterator[Any]) -> Iterator[Finding]:
    stack: list[Open] = []
    anchors: set[str] = set()
    for event in events:
        kind = type(event).__name__
        _anchor(event, kind, anchors)
        if kind in ("MappingEndEvent", "SequenceEndEvent"):
            stack.pop()
        if kind not in NODES:
            continue
        if stack and stack[-1].mapping:
            if kind == "ScalarEvent" and stack[-1].at_key:
                yield from _key(event, stack[-1].keys)
            stack[-1].at_key = not stack[-1].at_key
        if kind.endswith("StartEvent"):
            stack.append(Open(kind == "MappingStartEvent"))
        if len(stack) > DEEPEST:
            raise _StopError(_at(event.start_mark, f"more than {DEEPEST} levels deep", RULE))


def _anchor(event: Any, kind: str, anchors: set[str]) -> None:
    """Remember the anchor that an event sets, or find the one that it names."""
    if kind == "DocumentStartEvent":
        anchors.clear()
    elif kind == "AliasEvent" and event.anchor not in anchors:
        raise _StopError(_at(event.start_mark, f"no anchor `&{event.anchor}` before", RULE))
    elif kind in NODES and event.anchor:
        anchors.add(event.anchor)


def _key(event: Any, keys: set[tuple[bool, str]]) -> Iterator[Finding]:
    """Note a key that its mapping has already; most readers take the last one."""
    key = (event.implicit[0], event.value)
    if key in keys and event.value != "<<":  # which merges, as often as one likes
        message = f"the key `{event.value}` comes twice in one mapping"
        yield _at(event.start_mark, message, "yaml-key", note=True)
    keys.add(key)


def _at(mark: Any, message: str, rule: str, *, note: bool = False) -> Finding:
    if mark is None:
        return Finding(message, rule, note=note)
    return Finding(message, rule, mark.line + 1, mark.column + 1, note=note)
