"""Runs as lists of events: what tests feed to the state and the views."""

from __future__ import annotations

from asyncorch.events import BuildJudged, GateJudged, Noted
from asyncorch.model import Artifacts, Outcome, StepSummary
from tests.views.telling import Story


def passing() -> Story:
    """Tell of five phases, all well: of 150 sources 5 have errors and 3 more do not build."""
    story = Story().run()
    story.open_phase("extract", "EXTRACTION", "source-files", "metadata")
    for step in ("source-files", "metadata"):
        story.start(step, f"Extracting {step}").spawn(step)
        story.show(step, line=f"copying {step}")
    story.now += 3.2
    for step in ("source-files", "metadata"):
        story.reap(step).end(step, f"Extracting {step}")
    story.close_phase()
    story.open_phase("validate", "VALIDATION", "syntax")
    story.tell(Noted(text="analyze-patterns.py has no rules of its own", hint="add rules/*.yml"))
    story.start("syntax", "Validating syntax", files=160, batches=2)
    story.spawn("syntax", 1, 80).spawn("syntax", 2, 80)
    story.now += 2
    story.show("syntax", 1, 60, 4, "| Lib/a.py | 0 |").show("syntax", 2, 40, 0, "| Lib/b.py | 0 |")
    story.reap("syntax", 1, 80, 10, outcome=Outcome.FAILED, exit_status=1).reap("syntax", 2, 80)
    story.end("syntax", "Validating syntax", exit_status=1, files=160, rows=160, errors=10)
    story.close_phase()
    story.open_phase("analyze", "ANALYSIS")
    story.close_phase(Outcome.SKIPPED)
    _transform(story)
    story.open_phase("build", "BUILD", "python")
    story.start("python", "Building python").spawn("python")
    story.now += 12
    story.reap("python").end("python", "Building python", seconds=12.0)
    story.tell(BuildJudged(built=142, packages=("target/packages/shop-1.0-py3-none-any.whl",)))
    story.close_phase()
    metrics = {"lines converted": 48213, "share by rule": 0.8125}
    return story.close(artifacts=Artifacts(150, 145, 142), metrics=metrics)


def _transform(story: Story) -> None:
    title = "Transforming sources"
    story.open_phase("transform", "TRANSFORMATION", "sources")
    story.start("sources", title, files=150, batches=3)
    for batch in (1, 2, 3):
        story.spawn("sources", batch, 50)
    story.now += 61
    story.show("sources", 1, 50, 1, "| Order.java | 0 |").show(
        "sources", 2, 20, 3, "| Tax.java | 2 |"
    )
    story.reap("sources", 1, 50, 1, outcome=Outcome.FAILED, exit_status=1)
    story.reap("sources", 2, 20, 3, outcome=Outcome.FAILED, exit_status=-9)
    story.spawn("sources", 4, 1).spawn("sources", 5, 29)
    story.show("sources", 4, 0, 0, "loading").show("sources", 5, 3, 0, "| Cart.java | 0 |")
    story.now += 4
    story.reap("sources", 4, 0, 0, outcome=Outcome.FAILED, exit_status=-9).reap("sources", 5, 29)
    story.reap("sources", 3, 50)
    story.end("sources", title, exit_status=1, seconds=65.0, files=150, rows=150, errors=5)
    story.tell(
        GateJudged(
            phase="transform",
            passed=True,
            promoted=145,
            refused=5,
            removed=0,
            processed=150,
            successful=145,
            log="logs/transformation.log",
        )
    )
    story.close_phase()


def failing() -> Story:
    """Tell of four steps: one fails after a retry, one is cancelled, one never starts."""
    story = Story().run(mode="analysis", phases=("extract", "validate"), snapshot=None)
    story.open_phase("extract", "EXTRACTION", "ddl", "source-files", "dump", "late")
    story.start("ddl", "Extracting ddl").spawn("ddl")
    story.start("source-files", "Extracting source-files").spawn("source-files")
    story.now += 0.4
    story.reap("ddl", 0, 0, 0, outcome=Outcome.FAILED, exit_status=75).retry("ddl")
    story.reap("source-files")
    story.end("source-files", "Extracting source-files", Outcome.PASSED, seconds=0.4)
    story.start("dump", "Extracting dump").spawn("dump")
    story.now += 0.5
    story.spawn("ddl", attempt=2).show("ddl", line="\x1b[31mconnecting[/red] :smile:\x1b[0m")
    story.now += 187
    story.reap("ddl", 0, 0, 0, outcome=Outcome.FAILED, exit_status=3, attempt=2)
    tail = ("connecting to db", "ORA-12541: no [bold]listener[/bold]", "giving up \x1b[2J:cry:")
    story.end("ddl", "Extracting ddl", Outcome.FAILED, 3, 188.0, tail=tail)
    story.reap("dump", 0, 0, 0, outcome=Outcome.CANCELLED, exit_status=-15)
    story.end("dump", "Extracting dump", Outcome.CANCELLED, -15, 187.0, reason="extract-ddl failed")
    story.summaries.append(StepSummary("late", Outcome.SKIPPED))
    story.close_phase(Outcome.FAILED)
    return story.close("failed", 1)


def interrupted() -> Story:
    """Tell of a Ctrl-C in the middle of the fan-out."""
    story = Story().run(phases=("transform",), mode="transform-only")
    story.open_phase("transform", "TRANSFORMATION", "sources")
    story.start("sources", "Transforming sources", files=1790, batches=40, rejected=17)
    for batch in range(1, 5):
        story.spawn("sources", batch, 45)
    story.now += 75
    for batch in range(1, 5):
        story.show("sources", batch, 9 * batch, batch % 3, f"| Lib/encodings/cp125{batch}.py | 0 |")
    story.tell(Noted(text="SIGINT: ending what runs", level="warning", hint="once more ends it"))
    for batch in range(1, 5):
        story.reap(
            "sources", batch, 9 * batch, batch % 3, outcome=Outcome.CANCELLED, exit_status=-15
        )
    story.end("sources", "Transforming sources", Outcome.CANCELLED, -15, 75.0, files=1790, rows=90)
    story.close_phase(Outcome.CANCELLED)
    return story.close("interrupted", 130)


def crowded(concurrency: int = 32) -> Story:
    """Tell of more processes than most terminals have rows, with hostile last lines."""
    lines = [
        "[/red] [bold]",
        ":smile: :warning:",
        "\x1b[2J\x1b[1;1Hgone",
        "日本語のファイル名" * 9,
        "x" * 10_000,
    ]
    story = Story().run(concurrency=concurrency, app="店舗-[/b]", phases=("transform",))
    story.open_phase("transform", "TRANSFORMATION", "sources")
    story.start("sources", "Transforming sources \x1b[31m:x:", files=100_000, batches=200)
    for batch in range(1, concurrency + 1):
        story.spawn("sources", batch, 1280)
    story.now += 3725
    for batch in range(1, concurrency + 1):
        story.show("sources", batch, 1000 + batch, batch % 2, lines[batch % len(lines)])
    return story


def bursting(steps: int = 2000) -> Story:
    """Tell of a phase of very many steps that end in bursts; every hundredth fails."""
    names = tuple(f"part-{number:04}" for number in range(steps))
    story = Story().run(phases=("extract",), concurrency=8)
    story.open_phase("extract", "EXTRACTION", *names)
    for number, name in enumerate(names):
        story.now += 0.001
        title = f"Extracting {name}"
        story.start(name, title).spawn(name)
        failed = number % 100 == 99
        story.reap(name, outcome=Outcome.FAILED if failed else Outcome.PASSED)
        if failed:
            story.end(name, title, Outcome.FAILED, 3, 0.1, tail=("boom",))
        else:
            story.end(name, title, seconds=0.1)
    return story.close_phase(Outcome.FAILED)
