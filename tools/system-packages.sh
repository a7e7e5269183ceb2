#!/bin/sh
# Make sure that the programs the tests call are there: each test that needs one fails without it.
set -eu

here=$(dirname "$0")
missing=

need() { # command, Debian package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need_file() { # file, Debian package
    [ -e "$1" ] || missing="$missing $2"
}

need chromium chromium
need curl curl
need java default-jre-headless
need mutool mupdf-tools
need node nodejs
need npm npm
need openssl openssl
need pdfsig poppler-utils
need qpdf qpdf
need zbarimg zbar-tools
need_file /usr/share/java/jaxb-runtime.jar libjaxb-java

if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 # a list of words
    "$here/apt.sh" $missing
fi
