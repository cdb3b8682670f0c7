"""The same jobs, written for each peer as its users write them, with its fastest settings.

A recipe fills a folder and returns the command that does all jobs, so many at a time. Targets are
below out/, and that folder is there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from contest import Command, Contender
from surroundings import program


@dataclass(frozen=True, slots=True)
class Job:
    """One file made by a command for the shell, from another file or from nothing."""

    target: str
    command: str
    source: str = ""


Jobs = Sequence[Job]
Recipe = Callable[[Path, Jobs, int], Command]


def contenders(names: Sequence[str], jobs: Callable[[Path], Jobs], slots: int) -> list[Contender]:
    """Return the peers of these names, each with the jobs that `jobs` makes in its folder."""
    return [_contender(name, jobs, slots) for name in names]


def _contender(name: str, jobs: Callable[[Path], Jobs], slots: int) -> Contender:
    def prepare(folder: Path) -> Command:
        (folder / "out").mkdir()
        return RECIPES[name](folder, jobs(folder), slots)

    return Contender(LABELS.get(name, name), prepare, needs=name)


def make(folder: Path, jobs: Jobs, slots: int) -> Command:
    rules = (f"{job.target}: {job.source}\n\t@{job.command}\n" for job in jobs)
    targets = " ".join(job.target for job in jobs)
    (folder / "Makefile").write_text(f"all: {targets}\n{''.join(rules)}")
    return Command(("make", "-rs", f"-j{slots}"))


def ninja(folder: Path, jobs: Jobs, slots: int) -> Command:
    # `generator`: a target that it has no record of is not made anew for that alone.
    rule = "rule job\n  command = $job\n  generator = 1\n"
    builds = (f"build {job.target}: job {job.source}\n  job = {job.command}\n" for job in jobs)
    (folder / "build.ninja").write_text(rule + "".join(builds))
    return Command((_path("ninja"), "--quiet", f"-j{slots}"))


def xargs(folder: Path, jobs: Jobs, slots: int) -> Command:
    _lines(folder, jobs)
    return Command(("xargs", "-a", "jobs", "-d", "\\n", f"-P{slots}", "-n1", "sh", "-c"))


def parallel(folder: Path, jobs: Jobs, slots: int) -> Command:
    _lines(folder, jobs)
    return Command(("parallel", "--will-cite", f"-j{slots}", "-a", "jobs"))


def shell(folder: Path, jobs: Jobs, slots: int) -> Command:  # noqa: ARG001  # one after another
    _lines(folder, jobs)
    return Command(("sh", "jobs"))


def just(folder: Path, jobs: Jobs, slots: int) -> Command:
    recipes = "".join(f"j{i}:\n    @{job.command}\n" for i, job in enumerate(jobs))
    names = " ".join(f"j{i}" for i in range(len(jobs)))
    (folder / "justfile").write_text(f"[parallel]\nall: {names}\n{recipes}")
    return Command((_path("just"), "--jobs", str(slots), "all"))


def go_task(folder: Path, jobs: Jobs, slots: int) -> Command:
    tasks: dict[str, object] = {"all": {"deps": [f"j{i}" for i in range(len(jobs))]}}
    for number, job in enumerate(jobs):
        about = {"sources": [job.source], "generates": [job.target], "method": "timestamp"}
        tasks[f"j{number}"] = {"cmds": [job.command], **(about if job.source else {})}
    (folder / "Taskfile.yml").write_text(json.dumps({"version": "3", "tasks": tasks}))
    return Command((_path("task"), "-s", "-C", str(slots), "all"))


def doit(folder: Path, jobs: Jobs, slots: int) -> Command:
    _listed(folder, jobs)
    (folder / "dodo.py").write_text(_DODO)
    return Command((_path("doit"), "-v0", "-n", str(slots), "-P", "thread"))


def snakemake(folder: Path, jobs: Jobs, slots: int) -> Command:
    _listed(folder, jobs)
    (folder / "Snakefile").write_text(_SNAKEFILE)
    return Command((_path("snakemake"), "--cores", str(slots), "--quiet", "all"))


def luigi(folder: Path, jobs: Jobs, slots: int) -> Command:
    _listed(folder, jobs)
    (folder / "jobs_of_luigi.py").write_text(_LUIGI)
    words = ("--module", "jobs_of_luigi", "All", "--local-scheduler", "--log-level", "WARNING")
    env = {"PYTHONPATH": str(folder)}
    return Command((_path("luigi"), *words, "--workers", str(slots)), env)


RECIPES: dict[str, Recipe] = {
    "make": make,
    "ninja": ninja,
    "xargs": xargs,
    "parallel": parallel,
    "just": just,
    "task": go_task,
    "doit": doit,
    "snakemake": snakemake,
    "luigi": luigi,
    "sh": shell,
}
LABELS = {
    "make": "GNU make",
    "xargs": "xargs -P",
    "parallel": "GNU parallel",
    "task": "go-task",
    "snakemake": "Snakemake",
    "sh": "sh, one after another",
}


def _path(name: str) -> str:
    return program(name) or name


def _lines(folder: Path, jobs: Jobs) -> None:
    (folder / "jobs").write_text("".join(f"{job.command}\n" for job in jobs))


def _listed(folder: Path, jobs: Jobs) -> None:
    (folder / "jobs.json").write_text(json.dumps([asdict(job) for job in jobs]))


_DODO = """\
import json

def task_all():
    for job in json.load(open("jobs.json")):
        yield {
            "name": job["target"],
            "actions": [job["command"]],
            "targets": [job["target"]],
            "file_dep": [job["source"]] if job["source"] else [],
        }
"""
_SNAKEFILE = """\
import json

JOBS = {job["target"]: job for job in json.load(open("jobs.json"))}

rule all:
    input: list(JOBS)

rule one:
    input: lambda wildcards: JOBS["out/" + wildcards.name]["source"] or []
    output: "out/{name}"
    params: command=lambda wildcards: JOBS["out/" + wildcards.name]["command"]
    shell: "{params.command}"
"""
_LUIGI = """\
import json, subprocess
import luigi

class One(luigi.Task):
    target = luigi.Parameter()
    command = luigi.Parameter(significant=False)

    def output(self):
        return luigi.LocalTarget(self.target)

    def run(self):
        subprocess.run(self.command, shell=True, check=True)

class All(luigi.WrapperTask):
    def requires(self):
        return [One(job["target"], job["command"]) for job in json.load(open("jobs.json"))]
"""
