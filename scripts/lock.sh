#!/bin/sh
# Writes constraints.txt: every package that running, testing and building need, with the hashes of all
# its files, for every platform and Python that pyproject.toml allows. Needs uv. `make lock` calls it;
# `make lock UPGRADE=1` takes the newest versions, otherwise those already written stay.
#
# Only names, versions, markers and hashes go in: which index serves them is the installer's business,
# so configuration and environment of the machine that locks are set aside.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null 2>&1 || { echo "make lock needs uv." >&2; exit 1; }

unset UV_INDEX UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL UV_INDEX_URL UV_FIND_LINKS
# An editable installation without build isolation takes its build back end from here too.
echo "setuptools>=77" | uv pip compile --quiet --no-config ${UPGRADE:+--upgrade} \
    --universal --python-version 3.11 --extra dev --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-build-options \
    --output-file constraints.txt pyproject.toml - >/dev/null

if grep -nE '://|^-|^ *--(index|find|extra)' constraints.txt; then
    echo "constraints.txt names a host or a path; it must not." >&2
    exit 1
fi
