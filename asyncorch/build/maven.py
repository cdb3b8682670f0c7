"""Maven: pom.xml, up to the `package` phase; the project's own wrapper first."""

from __future__ import annotations

from pathlib import Path

from asyncorch.build.base import BuildCommand, BuildContext, has_file, lacks, made

name = "maven"

# As properties, which every Maven takes; a project's wrapper may pin one that knows no -ntp.
QUIET = (
    "-Dstyle.color=never",
    "-Dorg.slf4j.simpleLogger.log.org.apache.maven.cli.transfer.Slf4jMavenTransferListener=warn",
)


def found(folder: Path) -> bool:
    return has_file(folder, "pom.xml")


def missing(context: BuildContext) -> str | None:
    if has_file(context.folder, "mvnw"):
        return None
    return lacks(context, "mvn", "install Apache Maven (Debian: `apt install maven`)")


def commands(context: BuildContext) -> tuple[BuildCommand, ...]:
    # By sh, since a script that went through phases may have lost its run bit.
    program = ("sh", "./mvnw") if has_file(context.folder, "mvnw") else ("mvn",)
    return (BuildCommand("maven", "Building with Maven", (*program, "-B", *QUIET, "package")),)


def packages(context: BuildContext) -> tuple[Path, ...]:
    return made(context, "**/target/*")
