"""A warm run leaves what a cold one would have left, whatever has happened in between."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.e2e.projects import Project

pytestmark = pytest.mark.slow

CONFIG = """
[steps.validate-check]
run = "sh validate.sh {files}"
foreach = "deliveries/{snapshot}/**/*.txt"
outputs = ["work/validated/{path}"]

[steps.analyze-sum]
run = ["sh", "-c", "mkdir -p work/analysis; cat work/validated/*.txt > work/analysis/sum"]
inputs = ["work/validated/**"]
outputs = ["work/analysis/sum"]

[steps.transform-make]
run = "sh transform.sh {flavor} {files}"
foreach = "work/validated/**/*.txt"
outputs = ["work/transformed/{dir}/{stem}.out"]
uses = ["rules/**"]

[params]
flavor = "sweet"

[gate]
pattern = '\\|\\s*([^|]+)\\s*\\|\\s*0\\s*\\|'
"""
VALIDATE = """
for file; do
    path=${file#deliveries/*/}
    if grep -q bad "$file"; then echo "| $path | 2 |"; continue; fi
    mkdir -p "$(dirname "work/validated/$path")"
    cp -- "$file" "work/validated/$path" && echo "| $path | 0 |"
done
"""
TRANSFORM = """
flavor=$1; shift
for file; do
    path=${file#work/validated/}; path=${path%.txt}.out
    mkdir -p "$(dirname "work/transformed/$path")"
    if [ -e kill-now ]; then echo half > "work/transformed/$path"; rm kill-now; kill -9 $PPID; fi
    { echo "$flavor $SPICE"; cat rules/*; cat "$file"; } > "work/transformed/$path"
    case $file in *odd*) echo "| $path | 1 |";; *) echo "| $path | 0 |";; esac
done
"""
MADE = ("work/validated", "work/analysis", "work/transformed", "target/artifacts", "logs")
NAMES = st.sampled_from(["a.txt", "b.txt", "odd.txt", "sub/a.txt", "sub/c.txt", "sub/deep/d.txt"])
TEXTS = st.sampled_from(["one\n", "two\n", "bad\n", "a longer text\n", ""])


def tree(root: Path) -> dict[str, bytes]:
    files = (path for name in MADE for path in (root / name).rglob("*") if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def left_by(project: Project) -> dict[str, Any]:
    """Return all that a run leaves: files, counts, rows."""
    summary = json.loads((project.last.path / "summary.json").read_bytes())
    rows = sorted((row["step"], row["artifact"], row["errors"]) for row in project.last.rows)
    counts = {key: summary[key] for key in ("status", "artifacts", "rates")}
    return {"files": tree(project.root), "rows": rows, **counts}


class Warm(RuleBasedStateMachine):
    """Whatever is done to a project, its next run is compared with one from nothing."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="warm-"))
        self.project = Project(self.folder / "p0")
        self.project.root.mkdir()
        self.project.config(CONFIG)
        self.put("validate.sh", VALIDATE)
        self.put("transform.sh", TRANSFORM)
        self.put("rules/one.rule", "rule\n")
        for name in ("keep.txt", "a.txt", "sub/c.txt"):
            self.put(f"deliveries/s1/{name}", f"{name}\n")
        self.options: dict[str, str] = {}
        self.moves = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            try:
                self.compare()
            finally:
                shutil.rmtree(self.folder)

    def put(self, name: str, text: str) -> None:
        path = self.project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def source(self, name: str) -> Path:
        return self.project.root / "deliveries" / "s1" / name

    @rule(name=NAMES, text=TEXTS)
    def edit(self, name: str, text: str) -> None:
        self.put(f"deliveries/s1/{name}", text)

    @rule(name=NAMES)
    def edit_and_set_the_clock_back(self, name: str) -> None:
        """Change what it holds, and neither its size nor its time of change."""
        path = self.source(name)
        if path.exists() and path.stat().st_size:
            before = path.stat()
            path.write_bytes(path.read_bytes().swapcase())
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    @rule(name=NAMES, when=st.sampled_from([1, 10**18, 4 * 10**18]))
    def touch(self, name: str, when: int) -> None:
        if self.source(name).exists():
            os.utime(self.source(name), ns=(when, when))

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        self.source(name).unlink(missing_ok=True)

    @rule(name=NAMES, other=NAMES, copy=st.sampled_from([shutil.copy, shutil.copy2, os.replace]))
    def copy_or_rename(self, name: str, other: str, copy: Callable[..., object]) -> None:
        if self.source(name).exists() and name != other:
            self.source(other).parent.mkdir(parents=True, exist_ok=True)
            copy(self.source(name), self.source(other))

    @rule(text=st.sampled_from(["rule\n", "other\n"]), name=st.sampled_from(["one", "two"]))
    def change_a_rule(self, text: str, name: str) -> None:
        self.put(f"rules/{name}.rule", text)

    @rule(mark=st.sampled_from(["", "# a remark\n", 'SPICE="$SPICE hot"\n']))
    def change_the_tool(self, mark: str) -> None:
        self.put("transform.sh", mark + TRANSFORM)

    @rule(value=st.sampled_from(["", "salt", "pepper"]))
    def change_the_environment(self, value: str) -> None:
        self.options["--env"] = f"SPICE={value}"

    @rule(value=st.sampled_from(["sweet", "sour"]))
    def change_a_parameter(self, value: str) -> None:
        self.options["--param"] = f"flavor={value}"

    @rule(data=st.data(), how=st.sampled_from(["edit", "delete", "truncate"]))
    def spoil_what_was_made(self, data: st.DataObject, how: str) -> None:
        made = sorted(name for name in tree(self.project.root) if name.startswith("work/"))
        if made:
            path = self.project.root / data.draw(st.sampled_from(made))
            if how == "delete":
                path.unlink()
            else:
                path.write_bytes(path.read_bytes() + b"by hand\n" if how == "edit" else b"")

    @rule()
    def forget_everything(self) -> None:
        for path in (self.project.root / "work" / ".asyncorch").glob("cache.sqlite*"):
            path.unlink()

    @rule()
    def move_to_a_copy(self) -> None:
        """Another folder, other times of change, and the cache comes along."""
        self.moves += 1
        new = self.folder / f"p{self.moves}"
        shutil.copytree(self.project.root, new, copy_function=shutil.copy, symlinks=True)
        self.project = Project(new)

    @rule()
    def be_killed_in_the_middle(self) -> None:
        self.put("kill-now", "")
        self.run()
        (self.project.root / "kill-now").unlink(missing_ok=True)

    @rule()
    def run(self) -> None:
        self.run_project(self.project)

    def run_project(self, project: Project, *more: str) -> None:
        words = [word for pair in self.options.items() for word in pair]
        project.run("--app", "shop", "--allow-removal", *words, *more)

    def compare(self) -> None:
        cold = Project(self.folder / "cold")
        ignored = shutil.ignore_patterns("work", "target", "logs", "runlogs")
        shutil.copytree(self.project.root, cold.root, ignore=ignored)
        self.run_project(cold, "--force")
        self.run_project(self.project)
        try:
            assert left_by(self.project) == left_by(cold)
        finally:
            shutil.rmtree(cold.root)


Warm.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestWarm = Warm.TestCase
