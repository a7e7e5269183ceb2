#!/bin/sh
# Install the other implementations that the interoperability tests ask, as their package-lock.json pins them.
set -eu

cd "$(dirname "$0")/../tests/interop" 2>/dev/null || exit 0
[ -f package-lock.json ] || exit 0
if ! cmp -s package-lock.json node_modules/.installed; then
    echo "Installing tests/interop from its package-lock.json"
    npm ci --no-audit --no-fund --loglevel=error
    cp package-lock.json node_modules/.installed
fi
