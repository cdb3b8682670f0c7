"""Make one of the three extracted trees hold exactly the snapshot's files of its kind."""

from __future__ import annotations

from pathlib import Path

from toolkit.classify import classify
from toolkit.env import environment, snapshot_dir
from toolkit.files import copy, prune, reason, remove, staging
from toolkit.languages import Kind
from toolkit.rows import Finding, Rows
from toolkit.tool import parser
from toolkit.walk import files


def extract(kind: Kind, argv: list[str], doc: str | None) -> int:
    """Do the whole of an extraction tool: its words, its tree, a row a file."""
    words = parser(doc)
    words.add_argument("--snapshot-dir", metavar="DIR", help="default: the newest delivery")
    env = environment()
    snapshot = snapshot_dir(env, words.parse_args(argv).snapshot_dir)
    with staging(env.staging) as stage:
        return extract_tree(kind, snapshot, env.extracted / kind.tree, stage)


def extract_tree(kind: Kind, snapshot: Path, tree: Path, stage: Path) -> int:
    rows = Rows()
    wanted = [path for path in files(snapshot) if classify(snapshot, path).kind is kind]
    tree.mkdir(parents=True, exist_ok=True)
    # First, so that a folder may come where a file was, and a file where a folder was.
    removed = prune(tree, frozenset(wanted))
    copied = 0
    for path in wanted:
        try:
            copied += copy(snapshot / path, tree / path, root=tree, stage=stage)
        except OSError as error:
            remove(tree / path)
            rows.rejected(path, [Finding(f"cannot be taken: {reason(error)}", "extract")])
        else:
            rows.passed(path)
    rows.say(f"{len(wanted)} {kind} files, {copied} of them new or changed; {removed} removed")
    return rows.status
