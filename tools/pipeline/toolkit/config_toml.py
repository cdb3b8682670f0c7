"""Check TOML by Python's own reader."""

from __future__ import annotations

import re
import tomllib

from toolkit.rows import Finding

RULE = "toml"
PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def check_toml(text: str) -> list[Finding]:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = PLACE.search(message)
        if found and found[1]:
            return [Finding(message[: found.start()], RULE, int(found[1]), int(found[2]))]
        lines = text.split("\n")
        return [Finding(message, RULE, len(lines), len(lines[-1]) + 1)]
    except RecursionError:
        return [Finding("nested too deep", RULE)]
    except ValueError as error:  # an integer of more digits than Python reads
        return [Finding(str(error).partition(";")[0], RULE)]
    return []
