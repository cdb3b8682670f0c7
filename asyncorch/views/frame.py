"""One frame of the live view: the run state as text that fits the terminal. Pure.

A frame is never taller than the terminal less one line, and never wider than it. Columns stand
where they stand for the whole phase, and a process keeps its line for as long as it runs:
eyes that come back after a minute find everything where it was.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from asyncorch.state import PhaseState, Running, RunState
from asyncorch.views.progress import seconds_left, share_of_phase, share_of_run
from asyncorch.views.text import about, clock, count, cut, fill, percent, safe

GAP = "  "
BETWEEN = " · "
LABEL = 7
SHARE = 5  # " 100%"
ELAPSED = 7
ROOMY_HEIGHT = 12  # from here on a rule sets the frame off from what scrolled up
WIDE = 60  # from here on rows and errors have columns
NARROWEST_LINE = 10  # what is left for a line of output is not worth showing below this


def render(state: RunState, now: float, width: int, height: int) -> Text:
    """Return the frame: head, progress, and the running processes, as many as fit."""
    room = max(height - 1, 1)
    head = _head(state, now, width)
    if height >= ROOMY_HEIGHT:
        head = [Text("─" * width, style="dim"), *head, Text()]
    below = _processes(state, now, width, room - len(head))
    rows = [*head, *below][:room]
    for row in rows:
        row.truncate(width)
    frame = Text("\n").join(rows)
    frame.no_wrap, frame.overflow, frame.end = True, "crop", ""
    return frame


def _head(state: RunState, now: float, width: int) -> list[Text]:
    head = [_title(state, now, width), _run_bar(state, width)]
    phase = state.phase
    if phase is None:
        return head
    return [
        *head,
        _bar("Phase", share_of_phase(state, phase), [safe(phase.title)], width),
        _counters(state, phase, now, width),
    ]


def _title(state: RunState, now: float, width: int) -> Text:
    elapsed = clock(now - (now if state.began is None else state.began))
    run = state.run
    words = BETWEEN.join([run.app, run.snapshot or "no snapshot", run.mode, run.run]) if run else ""
    room = width - len(elapsed) - len(GAP)
    return Text.assemble((fill(safe(words), room), "bold"), GAP, elapsed)


def _run_bar(state: RunState, width: int) -> Text:
    counted = state.count_run()
    ended = sum(phase.ended for phase in state.phases.values())
    words = [f"phase {state.place} of {state.places}", count(ended, "step")]
    if counted.done:
        words.append(count(counted.done, "file"))
    return _bar("Run", share_of_run(state), words, width)


def _bar(label: str, share: float | None, words: list[str], width: int) -> Text:
    """Return `Run    ━━━━━━────  41%  words`; heavy and light, so that it reads without colour."""
    tail = min(40, max(14, width * 9 // 20))
    size = width - LABEL - SHARE - len(GAP) - tail
    done = int(size * (share or 0.0))
    told = " " * SHARE if share is None else f"{int(share * 100):>{SHARE - 1}}%"
    bar = Text(label.ljust(LABEL))
    bar.append("━" * done, style="green")
    bar.append("─" * (size - done), style="dim")
    bar.append(f"{told}{GAP}")
    bar.append(_joined([(word, "") for word in words], tail))
    return bar


def _counters(state: RunState, phase: PhaseState, now: float, width: int) -> Text:
    counted = state.count(phase)
    parts: list[tuple[str, str]] = []
    if counted.files:
        parts.append((_of(counted.done, counted.files, "file"), ""))
    elif counted.rows:
        parts.append((count(counted.rows, "row"), ""))
    if phase.total > 1 or not parts:
        parts.append((_of(phase.ended, phase.total, "step"), ""))
    if phase.failed:
        parts.append((f"{phase.failed:,} failed", "red"))
    left = seconds_left(state, now)
    if left is not None:
        parts.append((f"about {about(left)} left", ""))
    if counted.success is not None:
        parts.append((f"{percent(counted.success)} ok", "yellow" if counted.errors else ""))
    indent = LABEL if width >= WIDE else 0
    return Text(" " * indent).append(_joined(parts, width - indent))


def _of(done: int, total: int, noun: str) -> str:
    """Return `  204 of 1,790 files`, as wide at its start as at its end."""
    return f"{done:>{len(f'{total:,}')},} of {count(total, noun)}"


def _joined(parts: list[tuple[str, str]], width: int) -> Text:
    """Return the parts that fit whole, the first ones first; the very first is cut to fit."""
    (first, style), *others = parts
    text = Text().append(cut(first, width), style=style)
    for words, style in others:
        if text.cell_len + len(BETWEEN) + cell_len(words) > width:
            break
        text.append(BETWEEN).append(words, style=style)
    return text


def _processes(state: RunState, now: float, width: int, room: int) -> list[Text]:
    running = sorted(state.running.values(), key=lambda process: process.place)
    if not running or room <= 0:
        return []
    if _has_room_for_two(state, room):
        return [line for p in _in_place(running) for line in _two_lines(p, now, width)]
    rows = _in_place(running)
    if len(rows) > room:  # an idle slot's line is the first to go
        rows = list(running)
    if len(rows) <= room:
        return [_one_line(process, now, width) for process in rows]
    shown = [_one_line(process, now, width) for process in rows[: room - 1]]
    more = f"{'…':>{ELAPSED}}{GAP}and {len(rows) - room + 1:,} more"
    return [*shown, Text(more, style="dim")]


def _has_room_for_two(state: RunState, room: int) -> bool:
    """Tell whether each process may have a second line for its output, for the whole run."""
    slots = state.run.concurrency if state.run else len(state.running)
    highest = max(process.place for process in state.running.values()) + 1
    return 2 * max(slots, highest) <= room * 2 // 3


def _in_place(running: list[Running]) -> list[Running | None]:
    """Return the processes each on its own line, None for a line whose process has ended."""
    by_place = {process.place: process for process in running}
    return [by_place.get(place) for place in range(running[-1].place + 1)]


def _two_lines(process: Running | None, now: float, width: int) -> list[Text]:
    if process is None:
        return [_idle(), Text()]
    indent = " " * (ELAPSED + len(GAP))
    output = cut(safe(process.line), width - len(indent))
    return [_columns(process, now, width), Text(indent + output, style="dim")]


def _one_line(process: Running | None, now: float, width: int) -> Text:
    if process is None:
        return _idle()
    line = _columns(process, now, width)
    room = width - line.cell_len - len(GAP)
    if room >= NARROWEST_LINE:
        line.append(GAP + cut(safe(process.line), room), style="dim")
    return line


def _idle() -> Text:
    """Return the line of a slot whose process has ended, above one that still runs."""
    return Text(f"{'-':>{ELAPSED}}{GAP}idle", style="dim")


def _columns(process: Running, now: float, width: int) -> Text:
    """Return elapsed time, title, and where there is room rows and errors, each in its column."""
    number = f" #{process.batch:,}" if process.batch else ""
    if process.attempt > 1:
        number += f" attempt {process.attempt:,}"
    wide = width >= WIDE
    title_width = max(width * 3 // 10 if wide else width - ELAPSED - len(GAP), len(number))
    title = cut(safe(process.title), title_width - len(number)) + number
    line = Text(f"{clock(now - process.started):>{ELAPSED}}{GAP}{fill(title, title_width)}")
    if wide:
        line.append(f"{GAP}{_rows(process):>9}")
        errors = count(process.errors, "error") if process.errors else ""
        line.append(f"{GAP}{errors:<9}", style="yellow")
    return line


def _rows(process: Running) -> str:
    if process.files:
        return f"{process.rows:,}/{process.files:,}"
    return f"{process.rows:,}" if process.rows else ""
