#!/usr/bin/env bash
# Builds Plugyard and a real plugin, and publishes the plugin in a registry on disk.
# No server is needed. Apart from the build, only a temporary directory is written.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

cargo build --release --manifest-path "$root/Cargo.toml" -p plugyard -p gitinput
target=${CARGO_TARGET_DIR:-$root/target}
case $target in /*) ;; *) target=$PWD/$target ;; esac
PATH=$target/release:$PATH
case $(uname -s) in Darwin) os=darwin ;; *) os=linux ;; esac
case $(uname -m) in aarch64 | arm64) architecture=arm64 ;; *) architecture=amd64 ;; esac

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cp "$target/release/gitinput" .

show() {
  printf '$ %s\n' "$*"
  "$@"
  echo
}

show plugyard plugin publish --name acme.org/plugins/gitinput --version 0.1.0 \
  --description 'Packs a git tree' "$os/$architecture=gitinput"
show plugyard init --name acme.org/plugin-registry
show plugyard add acme.org/plugins/gitinput
show cat component-constructor.yaml
show plugyard publish --first
export PLUGYARD_REGISTRY=./transport-archive//acme.org/plugin-registry
show plugyard list
show plugyard info gitinput
show plugyard component verify "$PLUGYARD_REGISTRY"
