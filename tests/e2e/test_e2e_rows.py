"""Rows and the gate: what a tool says of each file, and what is promoted for it."""

from __future__ import annotations

import pytest

from tests.e2e.journals import check_journal, most_at_once
from tests.e2e.projects import COPY_ALL, Project, copying_but

pytestmark = pytest.mark.slow

FILES = [f"f{number:02d}.txt" for number in range(12)]
DIES = copying_but("case $file in *f05*) kill -9 $$;; esac")


def transformation_log(project: Project) -> list[str]:
    return (project.root / "logs" / "transformation.log").read_text().splitlines()


def test_a_tool_that_dies_on_one_file_costs_just_that_file(project: Project) -> None:
    project.copying(*FILES, keys="batch = 12\n")
    project.script("transform-copy.sh", DIES)

    done = project.run()

    assert done.status == 0, done.err
    assert project.promoted == [name for name in FILES if name != "f05.txt"]
    assert project.last.summary["artifacts"]["processed"] == 12
    assert project.last.summary["artifacts"]["successful"] == 11
    assert "| f05.txt | 1 |" in transformation_log(project)
    check_journal(project.last.events)


def test_a_file_that_kills_every_process_is_tried_alone_before_it_is_given_up(
    project: Project,
) -> None:
    project.copying(*FILES, keys="batch = 12\n")
    project.script("transform-copy.sh", DIES)

    project.run()

    ends = project.last.of("batch_ended")
    alone = [end for end in ends if end["exit"] == -9 and end["rows"] == 0]
    assert len(alone) == 1
    started = project.last.of("batch_started", batch=alone[0]["batch"])
    assert started[0]["files"] == 1


def test_a_file_that_succeeds_alone_is_no_error(project: Project) -> None:
    dies_once = copying_but("[ -e once ] || { case $file in *f05*) : >once; kill -9 $$;; esac; }")
    project.copying(*FILES, keys="batch = 12\n")
    project.script("transform-copy.sh", dies_once)

    assert project.run().status == 0
    assert project.promoted == FILES


def test_several_files_may_kill_the_tool_when_others_come_through(project: Project) -> None:
    project.copying(*FILES, keys="batch = 4\n")
    project.script("transform-copy.sh", copying_but("case $file in *f*[05].txt) exit 3;; esac"))

    assert project.run().status == 0
    assert project.promoted == [n for n in FILES if n not in ("f00.txt", "f05.txt", "f10.txt")]


def test_a_tool_that_dies_without_any_row_is_broken_and_fails_the_step(project: Project) -> None:
    project.copying(*FILES, keys="batch = 4\n")
    project.script("transform-copy.sh", "echo broken >&2; exit 70")

    done = project.run()

    assert done.status == 1
    assert "the tool printed no row for any file" in done.err
    assert project.last.outcomes == {"transform-copy": "failed"}
    assert project.promoted == []
    assert len(project.last.of("batch_started")) <= 12


def test_exit_1_with_a_row_for_every_file_is_passed_with_errors(project: Project) -> None:
    finds = COPY_ALL.replace("| 0 |", "| 3 |") + "exit 1\n"
    project.copying(*FILES[:3])
    project.script("transform-copy.sh", finds)

    done = project.run()

    assert done.status == 0
    assert "3 with errors" in done.err
    assert project.promoted == []
    assert "✓ Pipeline completed, 3 artifacts with errors" in done.out


def test_any_other_exit_with_all_rows_is_a_failure(project: Project) -> None:
    project.copying(*FILES[:3])
    project.script("transform-copy.sh", f"{COPY_ALL}exit 2\n")

    assert project.run().status == 1
    assert project.promoted == []


def test_retries_come_before_a_file_is_tried_alone_and_only_the_last_rows_count(
    project: Project,
) -> None:
    tries = (
        f"#!/bin/sh\necho try >>tries\n[ $(wc -l <tries) -ge 2 ] || {{ echo '| {FILES[0]} | 9 |'"
    )
    project.copying(*FILES, keys="batch = 12\nretries = 2\n")
    project.script("transform-copy.sh", COPY_ALL.replace("#!/bin/sh", f"{tries}; exit 4; }}"))

    assert project.run().status == 0
    assert project.promoted == FILES
    assert [end["attempt"] for end in project.last.of("batch_ended")] == [1, 2]
    assert {row["errors"] for row in project.last.rows} == {0}


def test_a_file_that_the_tool_says_nothing_of_has_an_error(project: Project) -> None:
    project.copying(*FILES[:4], keys="batch = 4\n")
    project.script("transform-copy.sh", copying_but("case $file in *f02*) continue;; esac"))

    assert project.run().status == 0
    assert project.promoted == ["f00.txt", "f01.txt", "f03.txt"]
    assert "| f02.txt | 1 |" in transformation_log(project)


def test_a_tool_without_rows_is_judged_file_by_file_by_exit_and_output(project: Project) -> None:
    command = 'run = "mkdir -p work/transformed && test {file} != deliveries/s1/f01.txt'
    command += ' && { test {file} = deliveries/s1/f02.txt || cp {file} work/transformed/; }"\n'
    project.deliver(*FILES[:4])
    project.config(
        '[steps.transform-copy]\nforeach = "deliveries/{snapshot}/**"\n'
        f'outputs = ["work/transformed/{{path}}"]\n{command}'
    )

    assert project.run().status == 0
    assert project.promoted == ["f00.txt", "f03.txt"]
    assert {"| f01.txt | 1 |", "| f02.txt | 1 |"} <= set(transformation_log(project))


def test_sources_that_claim_one_artifact_each_get_an_error_and_nothing_is_promoted(
    project: Project,
) -> None:
    project.deliver("A.cob", "B.cob", "C.cob")
    project.script(
        "transform-cobol.sh",
        "mkdir -p work/transformed; cd work/transformed; echo x | tee Same.java >C.java"
        "; echo '| Same.java | 0 | A.cob |'; echo '| Same.java | 0 | B.cob |'"
        "; echo '| C.java | 0 | C.cob |'",
    )

    done = project.run()

    assert project.promoted == ["C.java"]
    assert "`Same.java` is claimed by `A.cob`, `B.cob`" in done.err
    log = transformation_log(project)
    assert {"| Same.java | 1 | A.cob |", "| Same.java | 1 | B.cob |"} <= set(log)
    assert project.last.summary["artifacts"] == {"processed": 3, "successful": 1, "built": None}


def test_two_files_whose_outputs_are_the_same_are_an_error_before_their_step_starts(
    project: Project,
) -> None:
    project.copying("one/a.txt", "two/a.txt")
    project.config(f"[steps.transform-copy]\n{SOURCES_BY_NAME}")

    done = project.run()

    assert done.status in (1, 2)
    assert "deliveries/s1/one/a.txt" in done.err
    assert "deliveries/s1/two/a.txt" in done.err
    assert project.promoted == []


SOURCES_BY_NAME = 'foreach = "deliveries/{snapshot}/**"\noutputs = ["work/transformed/{name}"]\n'


def test_the_same_source_twice_is_no_collision_its_last_row_counts(project: Project) -> None:
    project.copying("a.txt", "b.txt", keys="batch = 2\n")
    project.script(
        "transform-copy.sh",
        f"{COPY_ALL}echo '| a.txt | 4 |'; echo '| b.txt | 4 |'; echo '| b.txt | 0 |'",
    )

    assert project.run().status == 0
    assert project.promoted == ["b.txt"]


def test_across_steps_the_worst_row_of_an_artifact_counts(project: Project) -> None:
    project.copying("a.txt", "b.txt")
    project.script("transform-judge.sh", "echo '| b.txt | 1 |'; echo '| a.txt | 0 |'")

    assert project.run().status == 0
    assert project.promoted == ["a.txt"]


def test_names_that_the_pattern_does_not_take_are_counted_and_shown(project: Project) -> None:
    project.copying("Makefile", "ORDER", "a.txt")

    done = project.run()

    assert project.promoted == ["a.txt"]
    assert "2 artifacts without errors do not match" in done.err
    assert "`Makefile`" in done.err


def test_batches_of_a_fan_out_share_the_slots(project: Project) -> None:
    project.copying(*(f"f{number:03d}.txt" for number in range(120)))

    assert project.run("-j", "3").status == 0
    events = project.last.events
    assert most_at_once(events) == 3
    assert len(project.promoted) == 120
    assert project.last.logs()[0].name.endswith("_b001.log")


def test_rows_between_other_output_count_and_text_inside_a_line_does_not(
    project: Project,
) -> None:
    project.deliver("a.txt")
    project.script(
        "transform-chatty.sh",
        "mkdir -p work/transformed; cd work/transformed; echo x | tee a.txt b.txt c.txt d.txt\n"
        "echo 'note: | b.txt | 0 |'; echo '| c.txt | 0 | is done'; echo '| d.txt | zero |'\n"
        "printf 'progress\\r\\n'; printf '| a.txt | 0 |'",
    )

    assert project.run().status == 0
    assert project.promoted == ["a.txt"]


def test_a_foreign_transformation_log_is_read_with_the_pattern(project: Project) -> None:
    project.deliver("a.txt")
    project.config('[gate]\nrows = "regex"\ngather = false\nlog = "logs/own.log"\n')
    project.script(
        "transform-own.sh",
        "mkdir -p work/transformed logs; cd work/transformed; echo x | tee a.txt b.txt >/dev/null\n"
        "echo '12:00 done | a.txt | 0 | ok' >../../logs/own.log\n"
        "echo '12:00 done | b.txt | 3 | bad' >>../../logs/own.log",
    )

    assert project.run().status == 0
    assert project.promoted == ["a.txt"]
