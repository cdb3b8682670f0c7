"""The limits of the machine: each ends in a clear reason, what was finished before stays intact."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests import faults
from tests.e2e.journals import check_journal, most_at_once, output_of
from tests.e2e.projects import COPY_ALL, SOURCES, Done, Project
from tests.e2e.waiting import until

pytestmark = pytest.mark.slow

MIB = 1 << 20


def told(done: Done) -> None:
    """Check that it ended in words, whatever happened."""
    assert "Traceback" not in done.err + done.out
    assert "internal error" not in done.err + done.out


# --- a full disk


def on_disk(root: Path) -> Project:
    project = Project(root)
    project.copying(*(f"f{n:02d}.txt" for n in range(20)))
    return project


def manifest(project: Project) -> dict[str, int]:
    data = json.loads((project.root / "target" / "manifest.json").read_bytes())
    return {item["path"]: item["size"] for item in data["artifacts"]}


def check_whole(project: Project) -> None:
    """Check that what is promoted is known, and of the length that is known."""
    sizes = manifest(project)
    assert set(project.promoted) <= set(sizes)
    for name in project.promoted:
        size = (project.root / "target" / "artifacts" / name).stat().st_size
        assert size == sizes[name] or not sizes[name], name


def test_a_disk_that_a_step_fills_fails_that_step_and_what_was_promoted_stays(
    tmp_path: Path,
) -> None:
    """rust-lang/crater#160, harbor#2383: disk full is reported as such."""
    with faults.small_disk(tmp_path / "disk", 8 * MIB) as disk:
        project = on_disk(disk)
        assert project.run().status == 0
        before = project.promoted
        project.script("extract-hog.sh", "cat /dev/zero >work/hog; exit 3")

        done = project.run("--force")

        told(done)
        assert done.status == 1
        assert "No space left" in done.err + done.out
        (disk / "work" / "hog").unlink()
        assert project.promoted == before
        check_whole(project)
        assert project.run().status == 1  # the hog again
        (disk / "tools" / "pipeline" / "extract-hog.sh").unlink()
        (disk / "work" / "hog").unlink()
        assert project.run().status == 0


@pytest.mark.parametrize("leave", [0, 4096, 16384, 65536, 131072, 262144])
def test_a_disk_that_is_full_or_nearly_so_ends_the_run_in_words_and_nothing_is_half_promoted(
    tmp_path: Path, leave: int
) -> None:
    with faults.small_disk(tmp_path / "disk", 8 * MIB) as disk:
        project = on_disk(disk)
        assert project.run().status == 0
        before = project.promoted
        project.deliver(*(f"n{n:02d}.txt" for n in range(20)), content=b"y" * 9000)
        filler = faults.fill(disk, leave=leave)

        done = project.run()

        told(done)
        assert done.status in (1, 2)
        words = done.err + done.out
        assert "o space left" in words or "ENOSPC" in words, words
        filler.unlink()
        assert set(before) <= set(project.promoted)
        check_whole(project)
        assert project.run().status == 0
        assert len(project.promoted) == 40
        check_whole(project)


def test_a_log_that_fills_the_disk_is_no_hang_and_the_journal_says_how_it_ended(
    tmp_path: Path,
) -> None:
    with faults.small_disk(tmp_path / "disk", 4 * MIB) as disk:
        project = Project(disk)
        project.script("extract-first.sh", "echo done >first.txt")
        project.script("extract-talker.sh", "sleep 0.3; exec yes")

        done = project.run(within=30)

        told(done)
        assert done.status == 1
        assert "No space left" in done.err + done.out
        assert (disk / "first.txt").read_text() == "done\n"


def test_a_log_within_its_limit_cannot_fill_the_disk(tmp_path: Path) -> None:
    """apache/airflow#55455: what a step prints does not cost the run the disk."""
    with faults.small_disk(tmp_path / "disk", 32 * MIB) as disk:
        project = Project(disk)
        project.config('max_log = "1 MiB"\n')
        slow = "for i in $(seq 40); do head -c 2000000 /dev/zero | tr '\\0' 'x'; sleep 0.25; done"
        project.script("extract-talker.sh", f"{slow}; echo; echo last words")

        done = project.run()

        told(done)
        assert done.status == 0, done.err
        assert project.last.output("extract-talker").endswith(b"last words\n")


# --- logs that outgrow max_log

TALKER = f"""#!{sys.executable}
import sys
print("first words")
for n in range(600_000):
    print(f"line {{n:09d}}", "x" * 64)
    if n % 100_000 == 0:
        print(f"| a{{n}}.txt | 0 |")
print("last words", flush=True)
"""


def test_of_a_log_that_outgrows_its_limit_head_and_tail_stay_and_the_rest_is_said_to_be_gone(
    project: Project,
) -> None:
    """FIELD 7.11, DataBiosphere/toil#4785: a cap that keeps only the head hides the error."""
    project.script("validate-talker.py", TALKER)
    project.config('[steps.validate-talker]\nmax_log = "64 KiB"\n')

    done = project.run()

    assert done.status == 0
    (log,) = project.last.logs("validate-talker")
    text = output_of(log)
    assert text.startswith(b"first words\nline 000000000 ")
    assert text.endswith(b"last words\n")
    assert log.stat().st_size < 100_000
    assert b"\0" not in log.read_bytes()
    (note,) = [line for line in text.splitlines() if line.startswith(b"# ---- ")]
    assert b"MiB dropped here: the log outgrew `max_log` (64 KiB)" in note
    assert {len(line) for line in text.splitlines()} <= {79, 10, 11, 14, 19, len(note)}
    assert log.read_bytes().splitlines()[-2] == b"# exit 0"
    (warning,) = [n for n in project.last.notes if "max_log" in n]
    assert warning in done.err
    names = [row["artifact"] for row in project.last.rows]
    assert names == ["a0.txt"] + [f"a{n}00000.txt" for n in range(1, 6)]


def test_a_log_is_cut_while_its_process_runs_and_what_it_must_not_say_is_found_all_the_same(
    project: Project,
) -> None:
    """The middle of the log goes, after it has been looked through; the disk has its room back."""
    filler = "head -c 20000000 /dev/zero | tr '\\0' 'x'; echo"
    wait = "for i in $(seq 900); do [ -e go ] && break; sleep 0.02; done"
    text = f"{filler}\necho secret disaster\n{filler}\necho $$ >there\n{wait}\n{filler}"
    project.script("extract-talker.sh", text)
    project.config('[steps.extract-talker]\nmax_log = "1 MiB"\nfail_if = ["disaster"]\n')
    with project.running() as process:
        project.wait_for("there")
        (log,) = (project.root / "runlogs" / "latest").resolve().glob("extract-talker*.log")
        until(lambda: log.stat().st_blocks * 512 < 4 * MIB, "the log keeps its room")
        assert log.stat().st_size > 40 * MIB * 0.9
        (project.root / "go").touch()
        process.communicate(timeout=60)

    assert process.returncode == 1
    end = project.last.only("step_ended")
    assert end["reason"] == "exit 0, but its output says: secret disaster"
    assert log.stat().st_size < 2 * MIB


def test_where_no_part_of_a_file_can_be_given_back_the_step_is_ended_and_says_so(
    tmp_path: Path,
) -> None:
    with faults.disk_without_holes(tmp_path / "disk") as disk:
        project = Project(disk)
        project.script("extract-talker.sh", "head -c 5000000 /dev/zero; sleep 60")
        project.config('max_log = "100 kB"\ngrace = 1\n')

        done = project.run()

        told(done)
        assert done.status == 1
        reason = project.last.only("step_ended")["reason"]
        assert reason.startswith("its log outgrew `max_log` (97.7 KiB), and no part can go: ")
        assert project.last.outcomes == {"extract-talker": "failed"}
        (log,) = project.last.logs("extract-talker")
        assert log.stat().st_size < 200_000
        faults.assert_nothing_left(disk)


# --- memory

EATER = f"""#!{sys.executable}
import os, sys, time
for _ in range(3):
    if not os.fork():
        eaten = bytearray(60_000_000)
        eaten[::4096] = b"x" * len(eaten[::4096])
        open(f"eater-{{os.getpid()}}", "w").close()
        time.sleep(60)
        os._exit(0)
for _ in range(3):
    os.wait()
"""


def test_a_step_whose_processes_together_take_too_much_memory_is_ended_whole_and_says_so(
    project: Project,
) -> None:
    """konveyor/tackle2-ui#3002: out of memory is a failure with a name."""
    project.script("extract-eater.py", EATER)
    project.config('[steps.extract-eater]\nmemory = "100M"\n')

    done = project.run()

    told(done)
    assert done.status == 1
    end = project.last.only("step_ended")
    assert (end["outcome"], end["reason"]) == ("failed", "used more than 100 MiB of memory")
    assert "used more than 100 MiB of memory" in done.err
    faults.assert_nothing_left(project.root)


def test_memory_that_processes_share_counts_once(project: Project) -> None:
    text = EATER.replace("for _", "shared = b'x' * 60_000_000\nfor _", 1)
    text = text.replace("        eaten", "        #eaten").replace("sleep(60)", "sleep(2)")
    project.script("extract-eater.py", text)
    project.config('[steps.extract-eater]\nmemory = "130M"\n')

    assert project.run().status == 0


def test_of_a_batch_that_takes_too_much_memory_only_the_file_that_does_is_lost(
    project: Project,
) -> None:
    project.deliver(*(f"f{n}.txt" for n in range(6)))
    big = f"{sys.executable} -c \"import time; x = b'x' * 300_000_000; time.sleep(60)\""
    text = COPY_ALL.replace("for file; do", f"for file; do\n    case $file in *f3*) {big};; esac")
    project.script("transform-copy.sh", text)
    project.config(f'[steps.transform-copy]\n{SOURCES}memory = "200M"\nbatch = 6\n')

    project.run()

    assert project.promoted == ["f0.txt", "f1.txt", "f2.txt", "f4.txt", "f5.txt"]
    (row,) = [row for row in project.last.rows if row["errors"]]
    assert row["artifact"] == "f3.txt"
    assert row["reason"] == "its tool died (used more than 200 MiB of memory)"
    faults.assert_nothing_left(project.root)


# --- descriptors and processes


def many(project: Project, count: int, command: str = "sleep 0.3") -> None:
    project.config("".join(f'[steps.extract-{n:02d}]\nrun = "{command}"\n' for n in range(count)))


def test_more_slots_than_open_files_allow_are_taken_back_with_a_word(project: Project) -> None:
    """MagicStack/uvloop#185, FIELD 7.16: clamps with a message."""
    many(project, 64)

    done = faults.run_under(faults.few_descriptors(64), project, "-j", "64")

    told(done)
    assert done.status == 0, done.err
    text = "8 processes at once, not 64: only 64 files may be open (`ulimit -n`)"
    assert text in done.err
    assert most_at_once(project.last.events) <= 8
    check_journal(project.last.events)


def test_too_few_descriptors_for_any_run_are_told(project: Project) -> None:
    many(project, 4)

    for number in (6, 9, 12, 16, 20, 24):
        done = faults.run_under(faults.few_descriptors(number), project, "-j", "4")
        assert "internal error" not in done.err, number
        if done.status:
            assert "pen files" in done.err or "may be open" in done.err, (number, done.err)


def test_more_slots_than_processes_allow_are_taken_back_with_a_word(project: Project) -> None:
    many(project, 40)

    with faults.few_processes(20) as few:
        done = faults.run_under(few, project, "-j", "40")

    told(done)
    assert done.status == 0, done.err
    assert "processes at once, not 40: only" in done.err
    assert "(see `ulimit -u`)" in done.err


HOG = f"""#!{sys.executable}
import subprocess, time
held = []
while True:
    try:
        held.append(subprocess.Popen(["sleep", "60"]))
    except OSError:
        open("there", "w").close()
        time.sleep(0.001)
"""


def test_a_step_that_finds_no_room_for_a_process_ends_the_run_with_that_reason(
    project: Project,
) -> None:
    project.script("extract-hog.py", HOG)
    project.config('grace = 1\n[steps.extract-again]\nrun = "exit 1"\nretries = 9\n')

    with faults.few_processes(14) as few:
        done = faults.run_under(few, project, "-j", "3")

    told(done)
    assert done.status == 1
    end = project.last.events[-1]
    assert end["event"] == "run_ended"
    assert "no more processes may be started" in end["reason"]
    assert "no more processes may be started" in done.err + done.out
    check_journal(project.last.events)
    faults.assert_nothing_left(project.root)


# --- folders that may not be written


@pytest.mark.parametrize("place", ["runlogs", "work", "target", "logs"])
def test_a_read_only_folder_ends_in_one_message_that_names_it(project: Project, place: str) -> None:
    project.copying("a.txt", "b.txt")
    folder = project.root / place
    folder.mkdir()
    with faults.read_only(folder):
        done = project.run()

    told(done)
    assert done.status in (1, 2)
    assert place in done.err + done.out
    assert "ead-only" in done.err + done.out or "ermission" in done.err + done.out
    assert project.promoted == []
    assert project.run().status == 0
    assert project.promoted == ["a.txt", "b.txt"]


# --- the clock


def test_a_clock_that_jumps_back_an_hour_changes_nothing_but_the_labels(project: Project) -> None:
    """ninja-build/ninja#1704, FIELD 7.13."""
    project.copying("a.txt", "b.txt")
    os.utime(project.root / "deliveries" / "s1" / "a.txt", (4e9, 4e9))  # and a file of the future
    project.script("extract-jump.sh", "touch jump; sleep 0.3; echo back")
    jump = project.root / "jump"
    env = faults.clock_jumps(project.root / ".clock", -3600, jump)

    done = project.run(env=env)

    told(done)
    assert done.status == 0, done.err
    assert project.promoted == ["a.txt", "b.txt"]
    events = project.last.events
    check_journal(events)
    assert events[-1]["time"] < events[0]["time"] - 3000
    assert 0 < events[-1]["seconds"] < 60
    assert all(event["seconds"] >= 0 for event in events if "seconds" in event)
    again = project.run(env=env)  # an hour before the run that it stands on
    assert again.status == 0
    jump.unlink()
    assert project.run("--mode", "transform-build", env=env).status == 0
    assert project.promoted == ["a.txt", "b.txt"]
