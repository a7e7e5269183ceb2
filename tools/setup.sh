#!/bin/sh
# Make the project's own environment, .venv, from a lock file with hashes, and install the project into it.
# Usage: tools/setup.sh runtime|dev
# Does nothing when the lock, pyproject.toml and the Python version are those of the last time.
set -eu

cd "$(dirname "$0")/.."
kind=$1
case $kind in
runtime | dev) ;;
*)
    echo "usage: tools/setup.sh runtime|dev" >&2
    exit 2
    ;;
esac

wanted() { # what the environment is made from; dev.lock holds all of runtime.lock
    .venv/bin/python --version && cat "requirements/$1.lock" pyproject.toml
}
installed() {
    [ -x .venv/bin/python ] && wanted "$1" 2>/dev/null | cmp -s - ".venv/installed-$1"
}

if installed dev || { [ "$kind" = runtime ] && installed runtime; }; then
    exit 0
fi

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(tools/find-python.sh)
    # Debian keeps venv and pip's wheel out of python3: without them an environment cannot be made.
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        tools/apt.sh "python$version-venv"
    fi
    echo "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

echo "Installing Python packages from requirements/$kind.lock"
rm -f .venv/installed-*
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes --only-binary :all: -r "requirements/$kind.lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --no-index --no-deps --no-build-isolation --editable .
wanted "$kind" >".venv/installed-$kind"
