"""Every mistake that can be seen before a process starts is a user error before one starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from asyncorch.errors import ConfigError, ProjectError, UsageError, UserError
from asyncorch.prepare import Method, Prepared, arguments, prepare
from asyncorch.quality.stamps import Stamp, content_fingerprint, steps_fingerprint
from asyncorch.settings import RunSettings


class Site:
    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str = "") -> Site:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return self

    def prepare(self, methods: Mapping[str, Method] | None = None, **wishes: Any) -> Prepared:
        return prepare(RunSettings(self.root, **wishes), methods or {}, {"PATH": "/bin"})

    def error(self, methods: Mapping[str, Method] | None = None, **wishes: Any) -> UserError:
        with pytest.raises(UserError) as raised:
            self.prepare(methods, **wishes)
        return raised.value


@pytest.fixture
def site(tmp_path: Path) -> Site:
    root = tmp_path / "shop"
    root.mkdir()
    return Site(root)


def test_an_empty_folder_is_a_project_and_has_nothing_to_do(site: Site) -> None:
    prepared = site.prepare()

    assert (prepared.app, prepared.snapshot, prepared.concurrency > 0) == ("shop", None, True)
    assert prepared.selection.mode == "full"
    assert prepared.values == {"app": "shop", "project": str(site.root), "snapshot": ""}


@pytest.mark.parametrize(
    ("text", "wished", "app"),
    [
        ("", None, "shop"),
        ('name = "named"', None, "named"),
        ('name = "named"\napp = "app"', None, "app"),
        ('app = "app"', "wished", "wished"),
    ],
)
def test_the_application_is_the_one_wished_or_configured_or_the_folder(
    site: Site, text: str, wished: str | None, app: str
) -> None:
    assert site.write("pipeline.toml", text).prepare(app=wished).app == app


def test_the_newest_snapshot_is_taken_in_natural_order_unless_another_is_wished(
    site: Site,
) -> None:
    for name in ("v2", "v10", ".hidden"):
        site.write(f"deliveries/{name}/a.py")

    prepared = site.prepare()

    assert prepared.snapshot is not None
    assert (prepared.snapshot.name, prepared.values["snapshot"]) == ("v10", "v10")
    wished = site.prepare(snapshot="v2").snapshot
    assert wished is not None
    assert wished.name == "v2"


def test_a_snapshot_that_is_not_there_is_told(site: Site) -> None:
    site.write("deliveries/v2/a.py")

    assert "v3" in str(site.error(snapshot="v3"))


def test_params_of_the_command_line_win_and_stand_in_commands(site: Site) -> None:
    site.write("pipeline.toml", '[params]\nenvironment = "staging"\nregion = "eu"')

    prepared = site.prepare(params={"environment": "live"})

    assert prepared.params == {"environment": "live", "region": "eu"}
    assert prepared.values.items() >= prepared.params.items()


@pytest.mark.parametrize("name", ["file", "files", "filelist", "path", "snapshot", "app", "dir"])
def test_a_param_cannot_take_a_name_of_ours(site: Site, name: str) -> None:
    error = site.error(params={name: "x"})

    assert isinstance(error, UsageError)
    assert (error.message, error.hint) == (
        f"`{name}` is no parameter: asyncorch uses that name",
        "rename it",
    )


@pytest.mark.parametrize("concurrency", [0, -3])
def test_a_bound_below_one_is_a_usage_error(site: Site, concurrency: int) -> None:
    """In code there is no click to refuse it, and less than one slot would be no bound at all."""
    assert isinstance(site.error(concurrency=concurrency), UsageError)


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ({"mode": "ful"}, "unknown mode `ful`"),
        ({"phases": ("bild",)}, "unknown phase `bild`"),
    ],
)
def test_an_unknown_word_is_a_usage_error(site: Site, wishes: dict[str, Any], message: str) -> None:
    assert site.error(**wishes).message == message


def test_a_dotenv_file_that_is_not_there_is_told_before_a_run_begins(site: Site) -> None:
    site.write("pipeline.toml", 'env_files = [".env"]')

    error = site.error()

    assert isinstance(error, ConfigError)
    assert error.where == ".env"
    assert not (site.root / "runlogs").exists()


def test_a_step_that_reads_the_snapshot_needs_one(site: Site) -> None:
    site.write("pipeline.toml", '[steps.extract-a]\nrun = "ls deliveries/{snapshot}"')

    error = site.error()

    assert isinstance(error, ProjectError)
    assert error.message == "extract-a reads a snapshot, and there is none"


def test_an_overlay_that_is_not_there_is_told(site: Site) -> None:
    site.write("pipeline.toml", '[build]\noverlay = "over"')

    assert str(site.error()) == "pipeline.toml, [build] overlay: no folder `over`"


# --- phases in code


async def deploy_phase(environment: str, region: str = "eu") -> bool:
    return bool(environment and region)


def test_a_phase_method_s_arguments_come_from_the_params() -> None:
    params = {"environment": "live", "other": "x"}

    assert arguments(deploy_phase, params) == {"environment": "live"}
    assert arguments(deploy_phase, {**params, "region": "us"})["region"] == "us"


def test_a_missing_argument_is_told_before_anything_starts(site: Site) -> None:
    site.write("pipeline.toml", '[modes]\nship = ["deploy"]')

    error = site.error({"deploy": deploy_phase}, mode="ship")

    assert error.message == "`deploy_phase` needs the parameter `environment`"
    assert error.hint == (
        "give it with `--param environment=…`, or in the table [params] of pipeline.toml"
    )


def test_a_phase_that_does_not_run_needs_no_arguments(site: Site) -> None:
    assert "deploy" not in site.prepare({"deploy": deploy_phase}).selection.phases


def test_a_phase_method_that_is_not_async_says_so(site: Site) -> None:
    def deploy_phase(self: object) -> bool:
        return True

    error = site.error({"deploy": deploy_phase})

    assert error.message == "`deploy_phase` is no coroutine: it could not be awaited"
    assert error.hint == "write `async def deploy_phase(self) -> bool:`"


# --- what phases stand on

STEPS = (
    '[steps.validate-a]\nrun = "x {files}"\nforeach = "work/extracted/**"\n'
    'outputs = ["work/validated/{path}"]\n'
    '[steps.transform-a]\nrun = "x {files}"\nforeach = "work/validated/**"\n'
)


def stamp(site: Site, **changes: Any) -> None:
    prepared = site.prepare()
    words: dict[str, Any] = {
        "snapshot": "s",
        "content": content_fingerprint(site.root / "deliveries/s"),
        "steps": steps_fingerprint(
            prepared.pipeline.phase("validate"),
            site.root,
            prepared.params,
            prepared.environment.that_matters,
        ),
        "run": "r",
    }
    prepared.stamps.write("validate", Stamp(**(words | changes)))
    prepared.stamps.claim("validate-a", ["work/validated/a.py"])


@pytest.fixture
def stamped(site: Site) -> Site:
    site.write("pipeline.toml", STEPS).write("deliveries/s/a.py")
    site.write("work/validated/a.py")
    stamp(site)
    return site


def reason(site: Site) -> str | None:
    return site.prepare(mode="transform-build").selection.added.get("validate")


def test_outputs_of_this_snapshot_and_these_steps_are_good(stamped: Site) -> None:
    assert reason(stamped) is None


def test_outputs_without_a_stamp_are_missing(site: Site) -> None:
    site.write("pipeline.toml", STEPS).write("deliveries/s/a.py")

    assert reason(site) == "its outputs are missing"


def test_outputs_of_another_snapshot_do_not_serve(stamped: Site) -> None:
    stamped.write("deliveries/t/a.py")

    assert reason(stamped) == "its outputs are of snapshot `s`"


def test_outputs_of_an_older_state_of_the_snapshot_do_not_serve(stamped: Site) -> None:
    stamped.write("deliveries/s/b.py")

    assert reason(stamped) == "its outputs are of snapshot an older state of it"


def test_outputs_of_other_steps_do_not_serve(stamped: Site) -> None:
    stamped.write("pipeline.toml", STEPS.replace('"x {files}"', '"y {files}"', 1))

    assert reason(stamped) == "its steps have changed"


def test_outputs_that_are_gone_do_not_serve(stamped: Site) -> None:
    (stamped.root / "work/validated/a.py").unlink()
    (stamped.root / "work/validated").rmdir()

    assert reason(stamped) == "work/validated is gone"


def test_outputs_made_with_other_params_do_not_serve(stamped: Site) -> None:
    """A fingerprint holds `--param`: what the braces stood for made the outputs."""
    text = STEPS.replace('"x {files}"', '"x {environment} {files}"', 1)
    stamped.write("pipeline.toml", f'{text}[params]\nenvironment = "staging"\n')
    stamp(stamped)
    assert reason(stamped) is None

    stamped.write("pipeline.toml", f'{text}[params]\nenvironment = "live"\n')

    assert reason(stamped) is not None
