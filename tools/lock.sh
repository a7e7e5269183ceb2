#!/bin/sh
# Resolve pyproject.toml anew into requirements/*.lock, for every platform, with a hash for every file.
# Versions already locked stay; give --upgrade for the newest.
set -eu

cd "$(dirname "$0")/.."
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"$(tools/find-python.sh)" -m venv "$room"
"$room/bin/python" -m pip install --quiet --disable-pip-version-check uv
resolve() {
    "$room/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
        pyproject.toml requirements/build.in "$@"
}
resolve -o requirements/runtime.lock "$@"
resolve --extra dev -c requirements/runtime.lock -o requirements/dev.lock "$@"
