# /// script
# requires-python = ">=3.11"
# dependencies = []
#
# [tool.asyncorch]
# inputs = ["deliveries/{snapshot}/**/*"]
# # Not the inventory: validate notes in it what it has found out.
# outputs = ["work/extracted/left-out.json"]
# uses = ["tools/pipeline/toolkit/*.py", "tools/pipeline/origins.toml"]
# ///
"""Write what every file of the snapshot is: work/extracted/inventory.json and left-out.json.

The inventory has path, kind, language, encoding (with how sure that is), lines, bytes and sha256 of
each file, and where a source file comes from if it is a test, vendored, generated or minified. The
step `encoding` adds what it read a file as, on whose word (`encoding_by`), how surely. What no tree
takes (links, sockets, version control, what cannot be read) is in left-out.json, each with
its reason. Exit status 1: a folder could not be read, so nobody knows what the snapshot holds.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from toolkit.classify import HEAD, classify
from toolkit.env import environment, snapshot_dir
from toolkit.files import reason, staging
from toolkit.inventory import NAME, Record, keep_marks, load, save
from toolkit.languages import Kind
from toolkit.measure import measure
from toolkit.origin import origin_of
from toolkit.rows import Rows, row_name
from toolkit.tool import parser, run
from toolkit.walk import LeftOut, walk


def main(argv: list[str]) -> int:
    words = parser(__doc__)
    words.add_argument("--snapshot-dir", metavar="DIR", help="default: the newest delivery")
    env = environment()
    snapshot = snapshot_dir(env, words.parse_args(argv).snapshot_dir)
    records, left_out = survey(snapshot)
    keep_marks(records, load(env.extracted))
    with staging(env.staging) as stage:
        save({"snapshot": snapshot.name, "files": records}, NAME, env.extracted, stage)
        told = [{"path": at.path, "reason": at.reason} for at in left_out]
        save({"snapshot": snapshot.name, "left_out": told}, "left-out.json", env.extracted, stage)
    rows = Rows()
    for at in left_out:
        rows.say(f"left out: {row_name(at.path)} ({at.reason})")
    size = sum(record["bytes"] for record in records)
    rows.say(f"{len(records)} files, {size} bytes; {len(left_out)} left out")
    return 1 if any(at.lost for at in left_out) else 0


def survey(snapshot: Path) -> tuple[list[Record], list[LeftOut]]:
    records: list[Record] = []
    left_out: list[LeftOut] = []
    for found in walk(snapshot):
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        try:
            records.append(describe(snapshot, found))
        except OSError as error:
            # The tool that takes files of its kind says a row with this reason.
            left_out.append(LeftOut(found, f"file cannot be read: {reason(error)}"))
    return records, left_out


def describe(snapshot: Path, path: str) -> Record:
    kind, language = classify(snapshot, path)
    measured = asdict(measure(snapshot / path))
    record = {"path": path, "kind": str(kind), "language": language or None, **measured}
    if kind is Kind.SOURCE and (origin := origin_of(path, head(snapshot / path))):
        record["origin"] = origin
    return record


def head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(HEAD)


if __name__ == "__main__":
    run(main)
