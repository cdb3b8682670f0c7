# /// script
# requires-python = ">=3.11"
# dependencies = ["charset-normalizer>=3.4"]
#
# [tool.asyncorch]
# foreach = [
#   "work/extracted/sources/**/*",
#   "work/extracted/config/**/*",
#   "work/extracted/data/**/*",
# ]
# outputs = ["work/validated/{tree}/{path}"]
# uses = ["tools/pipeline/toolkit/*.py"]
# env_inputs = ["TEXT_ENCODING"]
# ///
"""Write each file as UTF-8 to work/validated/, at the path that it has in work/extracted/.

A file that is UTF-8 keeps its bytes, binary data too; line ends stay as they are. An encoding
that the file declares (PEP 263, XML, HTML, CSS) is obeyed and then declared as UTF-8. Where only
a guess is left, a guess that is not sure, or would lose bytes, is an error. TEXT_ENCODING in the
environment, or --encoding, names what a delivery's other files are written in: cp1252, cp037.
What a file was read as, on whose word and how surely is in work/extracted/inventory.json.
"""

from __future__ import annotations

import codecs
import os
from dataclasses import asdict
from pathlib import Path

from toolkit.classify import HEAD, classify, is_binary
from toolkit.encoding import NotTextError, Reading, is_plain_utf_8, to_utf_8
from toolkit.env import environment
from toolkit.files import copy, put, reason, remove, staging
from toolkit.inventory import mark
from toolkit.languages import Kind
from toolkit.ledger import judging
from toolkit.rows import Finding
from toolkit.tool import ToolError, parser, run
from toolkit.trees import Taken, take

LARGE = 32 << 20


def main(argv: list[str]) -> int:
    words = parser(__doc__, files=True)
    words.add_argument("--encoding", default=os.environ.get("TEXT_ENCODING"), metavar="NAME")
    given = words.parse_args(argv)
    known = check_encoding(given.encoding)
    env = environment()
    readings: dict[str, Reading] = {}
    with judging(env, "validate-encoding") as rows, staging(env.staging) as stage:
        for taken in take(given.files, project=env.project, root=env.extracted):
            target = env.validated / taken.tree / taken.path
            findings, reading = validate(taken, target, env.validated, stage, known)
            if reading and reading.encoding != "utf-8":
                readings[taken.path] = reading
            if any(not at.note for at in findings):
                remove(target)
            rows.judged(taken.path, findings)
    mark({path: asdict(reading) for path, reading in readings.items()}, env.work, env.extracted)
    return rows.status


def validate(
    taken: Taken, target: Path, root: Path, stage: Path, known: str | None
) -> tuple[list[Finding], Reading | None]:
    """Put the file's UTF-8 form in place, or say why there is none; and what it was read as."""
    try:
        if taken.tree == Kind.DATA.tree and goes_as_it_is(taken.file):
            copy(taken.file, target, root=root, stage=stage)
            return [], None
        language = classify(taken.root, taken.path).language
        content, reading = to_utf_8(taken.file.read_bytes(), language, known=known)
    except NotTextError as error:
        return [error.finding], error.reading
    except OSError as error:
        return [Finding(f"cannot be read: {reason(error)}", "read")], None
    put(content, target, root=root, stage=stage, like=taken.file)
    return guessed(reading), reading


def guessed(reading: Reading) -> list[Finding]:
    if reading.encoding_by != "guess":
        return []
    told = f"read as `{reading.encoding}`, a guess (confidence {reading.confidence:.2f})"
    return [Finding(told, "encoding", note=True)]


def goes_as_it_is(file: Path) -> bool:
    """Whether data is binary, or so large that it is better not read into memory, and UTF-8."""
    with file.open("rb") as stream:
        if is_binary(stream.read(HEAD)):
            return True
    return file.stat().st_size > LARGE and is_plain_utf_8(file)


def check_encoding(name: str | None) -> str | None:
    if not name:
        return None
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise ToolError(f"unknown encoding `{name}` in TEXT_ENCODING or --encoding") from error


if __name__ == "__main__":
    run(main)
