#!/usr/bin/env bash
# Installs the servers that the tests need, then runs `cargo test`: without arguments, every test.
#   tests/run.sh [ARGUMENTS OF cargo test]          tests/run.sh --test suite walk::
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tests/support/servers.sh
exec cargo test "$@"
