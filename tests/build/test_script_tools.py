"""make, npm and the user's own command, each building a small real project."""

from __future__ import annotations

import json
import tarfile

import pytest

from tests.build.building import Builder

pytestmark = [pytest.mark.real_tool, pytest.mark.slow]

MAKEFILE = """\
PARTS = one.txt two.txt

dist/shop.tar.gz: $(PARTS)
\tmkdir -p dist
\ttar -czf $@ $(PARTS)

%.txt: %.in
\ttr a-z A-Z < $< > $@
"""


def test_make_builds_the_default_target(project: Builder) -> None:
    project.write("Makefile", MAKEFILE)
    project.write("one.in", "one\n")
    project.write("two.in", "two\n")

    built = project.build()

    assert built.status == 0, built.output
    assert built.names == ["shop.tar.gz"]
    with tarfile.open(built.packages[0]) as archive:
        assert archive.getnames() == ["one.txt", "two.txt"]


def test_make_rebuilds_only_what_changed(project: Builder) -> None:
    project.write("Makefile", MAKEFILE)
    project.write("one.in", "one\n")
    project.write("two.in", "two\n")
    project.build()
    project.write("one.in", "won\n")

    built = project.build()

    assert "one.in > one.txt" in built.output
    assert "two.in" not in built.output


def test_a_program_that_make_links_is_a_package_and_a_script_that_was_there_is_none(
    project: Builder,
) -> None:
    project.write("Makefile", "shop:\n\tprintf '#!/bin/sh\\necho sold\\n' > $@\n\tchmod +x $@\n")
    project.write("helper.sh", "true\n", mode=0o755)

    assert project.build().names == ["shop"]


def test_npm_installs_builds_and_packs(project: Builder) -> None:
    manifest = {
        "name": "shop",
        "version": "1.2.0",
        "scripts": {"build": "node build.js", "prepack": "exit 9"},
        "files": ["dist"],
        "dependencies": {"tax": "file:lib/tax"},
    }
    project.write("package.json", json.dumps(manifest))
    project.write("lib/tax/package.json", '{"name": "tax", "version": "1.0.0"}')
    project.write("lib/tax/index.js", "module.exports = (cents) => Math.round(cents * 1.19);\n")
    project.write(
        "build.js",
        "const fs = require('fs');\n"
        "fs.mkdirSync('dist', {recursive: true});\n"
        "fs.writeFileSync('dist/price.txt', String(require('tax')(100)));\n",
    )

    built = project.build()

    assert built.status == 0, built.output
    assert built.steps == ("npm-install", "npm-build", "npm-pack")
    assert built.names == ["shop-1.2.0.tgz"]
    with tarfile.open(built.packages[0]) as archive:
        assert sorted(archive.getnames()) == ["package/dist/price.txt", "package/package.json"]
    assert (built.folder / "dist" / "price.txt").read_text() == "119"


def test_a_dependency_that_comes_later_is_installed(project: Builder) -> None:
    for name in ("tax", "fee"):
        project.write(f"lib/{name}/package.json", f'{{"name": "{name}", "version": "1.0.0"}}')
    for names in (["tax"], ["tax", "fee"]):
        dependencies = {name: f"file:lib/{name}" for name in names}
        manifest = {"scripts": {"build": "ls node_modules"}, "dependencies": dependencies}
        project.write("package.json", json.dumps(manifest))
        built = project.build()

    assert built.status == 0, built.output
    assert sorted(path.name for path in (built.folder / "node_modules").glob("[a-z]*")) == [
        "fee",
        "tax",
    ]


def test_npm_follows_a_lock_file(project: Builder) -> None:
    manifest = {"name": "shop", "version": "1.2.0", "scripts": {"build": "node --version"}}
    lock = {"lockfileVersion": 3, "packages": {"": {"name": "shop", "version": "1.2.0"}}}
    project.write("package.json", json.dumps(manifest))
    project.write("package-lock.json", json.dumps(manifest | lock))

    built = project.build()

    assert built.status == 0, built.output
    assert built.steps == ("npm-install", "npm-build", "npm-pack")


def test_an_application_without_a_version_is_built_and_not_packed(project: Builder) -> None:
    project.write("package.json", '{"private": true, "scripts": {"build": "node --version"}}')

    built = project.build()

    assert built.status == 0, built.output
    assert built.steps == ("npm-build",)
    assert built.packages == ()


def test_a_build_script_that_fails_stops_the_build(project: Builder) -> None:
    manifest = {"name": "shop", "version": "1.2.0", "scripts": {"build": "exit 3"}}
    project.write("package.json", json.dumps(manifest))

    built = project.build()

    assert built.status == 3
    assert built.packages == ()


def test_any_command_builds_through_the_shell(project: Builder) -> None:
    project.write("order.txt", "one\n")

    built = project.build("mkdir -p out && tar -czf out/shop.tar.gz *.txt")

    assert built.status == 0, built.output
    assert built.names == ["shop.tar.gz"]


def test_a_command_that_is_not_there_fails(project: Builder) -> None:
    project.write("order.txt", "one\n")

    assert project.build("no-such-build-tool").status == 127
