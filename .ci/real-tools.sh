#!/usr/bin/env bash
# Install what the tests marked `real_tool` need: Ant, Gradle, make, Maven with the plugins of its
# default lifecycle, Node.js with npm. Debian's packages only; what is there already stays as it is.
set -euo pipefail

packages=()
need() { command -v "$1" >/dev/null || packages+=("${@:2}"); }
need ant ant
need javac default-jdk-headless
need make make
need gradle gradle
need mvn maven
need npm nodejs npm

for plugin in compiler jar resources surefire; do
    [ -d "/usr/share/maven-repo/org/apache/maven/plugins/maven-$plugin-plugin" ] && continue
    case $plugin in
        surefire) packages+=(libsurefire-java) ;;
        *) packages+=("libmaven-$plugin-plugin-java") ;;
    esac
done

[ ${#packages[@]} -eq 0 ] && exit 0

export DEBIAN_FRONTEND=noninteractive
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
