"""Ant, Gradle and Maven, each building a small real project by the commands that a run uses."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.build.building import Builder, need

pytestmark = [pytest.mark.real_tool, pytest.mark.slow]

MONEY = """\
package shop;

/** An amount in cents. */
public final class Money {
    private final long cents;

    public Money(long cents) {
        this.cents = cents;
    }

    public Money plus(Money other) {
        return new Money(cents + other.cents);
    }

    public long cents() {
        return cents;
    }
}
"""
ORDER = """\
package shop;

import java.util.List;

/** What a customer wants, and what it comes to. */
public final class Order {
    private final List<Money> prices;

    public Order(List<Money> prices) {
        this.prices = prices;
    }

    public Money total() {
        Money sum = new Money(0);
        for (Money price : prices) {
            sum = sum.plus(price);
        }
        return sum;
    }
}
"""
BUILD_XML = """\
<project name="shop" default="jar">
  <target name="compile">
    <mkdir dir="build/classes"/>
    <javac srcdir="src" destdir="build/classes" includeantruntime="false" encoding="UTF-8"/>
  </target>
  <target name="jar" depends="compile">
    <jar destfile="dist/shop.jar" basedir="build/classes"/>
  </target>
</project>
"""
POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>org.example</groupId>
  <artifactId>shop</artifactId>
  <version>1.2</version>
  <properties>
    <maven.compiler.source>8</maven.compiler.source>
    <maven.compiler.target>8</maven.compiler.target>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
</project>
"""
# Debian ships Maven's plugins as a repository on disk, so that a build needs no network.
DEBIAN = Path("/usr/share/maven-repo")
PLUGINS = ("compiler", "jar", "resources", "surefire")
REPOSITORY = f"""<id>central</id><url>file://{DEBIAN}</url>
      <releases><checksumPolicy>ignore</checksumPolicy></releases>"""
SETTINGS = f"""\
<settings>
  <localRepository>${{user.dir}}/../repository</localRepository>
  <profiles><profile><id>debian</id>
    <repositories><repository>{REPOSITORY}</repository></repositories>
    <pluginRepositories><pluginRepository>{REPOSITORY}</pluginRepository></pluginRepositories>
  </profile></profiles>
  <activeProfiles><activeProfile>debian</activeProfile></activeProfiles>
</settings>
"""


@pytest.fixture
def ant(project: Builder) -> Builder:
    project.write("build.xml", BUILD_XML)
    project.write("src/shop/Money.java", MONEY)
    project.write("src/shop/Order.java", ORDER)
    return project


@pytest.fixture
def maven(project: Builder) -> Builder:
    for plugin in PLUGINS:
        folder = DEBIAN / "org/apache/maven/plugins" / f"maven-{plugin}-plugin"
        need(None if folder.is_dir() else f"install Maven's {plugin} plugin as a Debian package")
    project.write(".mvn/maven.config", "--settings=.mvn/settings.xml\n")
    project.write(".mvn/settings.xml", SETTINGS)
    project.write("pom.xml", POM)
    project.write("src/main/java/shop/Money.java", MONEY)
    project.write("src/main/java/shop/Order.java", ORDER)
    return project


def classes(package: Path) -> set[str]:
    with ZipFile(package) as archive:
        return {name for name in archive.namelist() if name.endswith(".class")}


def test_ant_makes_a_jar_of_the_default_target(ant: Builder) -> None:
    built = ant.build()

    assert built.status == 0, built.output
    assert built.names == ["shop.jar"]
    assert classes(built.packages[0]) == {"shop/Money.class", "shop/Order.class"}


def test_a_class_that_does_not_compile_fails_the_ant_build(ant: Builder) -> None:
    ant.write("src/shop/Order.java", ORDER.replace("return sum;", "return 0;"))

    built = ant.build()

    assert built.status == 1
    assert "src/shop/Order.java:" in built.output
    assert built.packages == ()


def test_a_library_that_came_with_the_project_is_no_package_of_it(ant: Builder) -> None:
    ant.write("dist/library.jar", "from elsewhere")

    assert ant.build().names == ["shop.jar"]


def test_gradle_makes_a_jar(project: Builder) -> None:
    project.write("settings.gradle", "rootProject.name = 'shop'\n")
    project.write("build.gradle", "apply plugin: 'java'\nversion = '1.2'\n")
    project.write("src/main/java/shop/Money.java", MONEY)

    built = project.build()

    assert built.status == 0, built.output
    assert built.names == ["shop-1.2.jar"]
    assert classes(built.packages[0]) == {"shop/Money.class"}


def test_maven_packages_a_jar(maven: Builder) -> None:
    built = maven.build()

    assert built.status == 0, built.output
    assert built.names == ["shop-1.2.jar"]
    assert classes(built.packages[0]) == {"shop/Money.class", "shop/Order.class"}


def test_a_class_that_does_not_compile_fails_the_maven_build(maven: Builder) -> None:
    maven.write("src/main/java/shop/Order.java", ORDER.replace("return sum;", "return 0;"))

    built = maven.build()

    assert built.status == 1
    assert "src/main/java/shop/Order.java:[18,16]" in built.output
    assert built.packages == ()


def test_maven_builds_a_second_time_on_what_the_first_left(maven: Builder) -> None:
    maven.build()
    maven.remove("src/main/java/shop/Order.java")

    built = maven.build()

    assert built.status == 0, built.output
    assert classes(built.packages[0]) == {"shop/Money.class"}
