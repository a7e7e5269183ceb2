#!/bin/sh
# Install Debian or Ubuntu packages where this may be done, or name the one line that does it.
# Usage: tools/apt.sh PACKAGE...
set -eu

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
fi
if command -v apt-get >/dev/null 2>&1 && { [ -z "$as_root" ] || sudo -n true 2>/dev/null; }; then
    echo "Installing with apt-get: $*"
    # Lists may be missing or old: try without fetching them first, which is quicker where they are there.
    install() {
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends "$@" >&2
    }
    install "$@" || { $as_root apt-get update -q >&2 && install "$@"; }
else
    echo "Missing on this system. Run this line, then try again:" >&2
    echo "    sudo apt-get install --no-install-recommends $*" >&2
    echo "(or install the same tools by your system's own package manager)" >&2
    exit 1
fi
