#!/bin/sh
# Makes ./.venv what constraints.txt says: with uv where it is installed, else with venv and pip.
# PYTHON=… chooses the interpreter. Run through `make`, which calls this only when something changed.
set -eu
cd "$(dirname "$0")/.."
least="3.11"

suits() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# The first interpreter that really runs and is new enough; a command that only exists is not enough
# (version managers leave stubs on the path).
interpreter() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if suits "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    return 1
}

python=$(interpreter) || python=""
if [ -n "${PYTHON:-}" ] && [ -z "$python" ]; then
    echo "PYTHON=$PYTHON does not run, or is older than Python $least." >&2
    exit 1
fi

# An environment whose interpreter is gone or too old is made again; a sound one is brought up to date.
if ! suits .venv/bin/python; then
    rm -rf .venv
fi

if command -v uv >/dev/null 2>&1; then
    echo "Preparing .venv with uv …"
    [ -d .venv ] || uv venv --quiet --python "${python:->=$least}" .venv
    uv pip install --quiet --python .venv/bin/python --require-hashes -r constraints.txt
    uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e .
else
    if [ -z "$python" ]; then
        echo "harvester needs Python $least or later; found: $(python3 --version 2>&1 || echo none)." >&2
        echo "Install it (Debian, Ubuntu: apt install python3 python3-venv), name it with" >&2
        echo "make PYTHON=/path/to/python3.12 …, or install uv, which brings its own." >&2
        exit 1
    fi
    echo "Preparing .venv with $python …"
    if [ ! -x .venv/bin/pip ] && ! "$python" -m venv --clear .venv; then
        rm -rf .venv
        echo "$python cannot make virtual environments (Debian, Ubuntu: apt install python3-venv)." >&2
        exit 1
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
fi
