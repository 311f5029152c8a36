#!/bin/sh
# Create the virtual environment from the lock and install this package into it.
#
# Usage: install.sh PYTHON VENV LOCK
#
# Needs the network only for what the lock names; the package itself is then built
# with tools that the lock has already installed, so that step works without a network.
set -eu

python=$1 venv=$2 lock=$3

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

command -v git >/dev/null 2>&1 ||
    fail 'git is not installed.' 'On Debian or Ubuntu: apt-get install git'
command -v "$python" >/dev/null 2>&1 ||
    fail "$python is not installed; Python 3.11 or newer is needed." \
        'On Debian or Ubuntu: apt-get install python3 python3-venv' \
        'With another interpreter: make PYTHON=/path/to/python3.11'
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is $("$python" -V 2>&1); Python 3.11 or newer is needed." \
        'With another interpreter: make PYTHON=/path/to/python3.11'
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot create virtual environments (no venv or ensurepip)." \
        "On Debian or Ubuntu: apt-get install $("$python" -c \
            'import sys; print("python%d.%d-venv" % sys.version_info[:2])') (or python3-venv)"

# An environment that was moved or copied, or whose interpreter has gone, can't be repaired: its
# programs name the place they were installed at.
here=$(pwd -P)
if [ "$(cat "$venv/.home" 2>/dev/null)" != "$here" ] ||
    ! "$venv/bin/python" -c 'import pip' 2>/dev/null; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    echo "$here" >"$venv/.home"
fi

echo "setup: installing the locked packages into $venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes --requirement "$lock"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --no-index --no-deps --no-build-isolation --editable .
