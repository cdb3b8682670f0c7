"""Gradle: build.gradle in either language, `build`; the project's own wrapper first."""

from __future__ import annotations

from pathlib import Path

from asyncorch.build.base import BuildCommand, BuildContext, has_file, lacks, made

name = "gradle"


def found(folder: Path) -> bool:
    return has_file(
        folder, "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts"
    )


def missing(context: BuildContext) -> str | None:
    if has_file(context.folder, "gradlew"):
        return None
    return lacks(context, "gradle", "install Gradle, or add its wrapper `gradlew` to the project")


def commands(context: BuildContext) -> tuple[BuildCommand, ...]:
    # By sh, since a script that went through phases may have lost its run bit.
    program = ("sh", "./gradlew") if has_file(context.folder, "gradlew") else ("gradle",)
    # A daemon would outlive the step.
    options = ("--no-daemon", "--console=plain", f"--max-workers={context.slots}")
    return (BuildCommand("gradle", "Building with Gradle", (*program, *options, "build")),)


def packages(context: BuildContext) -> tuple[Path, ...]:
    return made(context, "**/build/libs/*", "**/build/distributions/*")
