#!/usr/bin/env bash
# Runs every test: installs the servers they need, then hands over to cargo test.
#   tests/run.sh [ARGUMENTS OF cargo test]          tests/run.sh --test suite walk::
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests/support/servers.sh
exec cargo test "$@"
