#!/bin/sh
# Makes or updates a virtual environment from a lock with hashes: virtualenv.sh PYTHON VENV LOCK
set -eu
python=$1 venv=$2 lock=$3

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "triage needs Python 3.11 or newer; $("$python" --version 2>&1) is older. Try: make PYTHON=python3.12 ..." >&2
    exit 1
}
if [ ! -x "$venv/bin/pip" ]; then
    echo "Making the virtual environment $venv ..."
    "$python" -m venv "$venv" || {
        rm -rf "$venv"
        echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    }
fi
echo "Installing the exact versions of $lock ..."
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r "$lock"
# The project itself, as a link to this folder; its build tool is in the lock, so nothing else is fetched.
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
