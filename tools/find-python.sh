#!/bin/sh
# Print the first Python on the path that is 3.11 or newer.
set -eu

for name in python3 python3.11 python3.12 python3.13 python3.14 python; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$name"
        exit 0
    fi
done
echo "certify needs Python 3.11 or newer; on Debian 12: apt-get install python3 python3-venv" >&2
exit 1
