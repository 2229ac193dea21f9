#!/usr/bin/env bash
# Installs the servers, shells and language servers that the tests need, then runs `cargo test`: without arguments, every test.
#   tests/run.sh [ARGUMENTS OF cargo test]          tests/run.sh --test suite walk::
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ "$(id -u)" != 0 ]; then
  echo "left out, because only the superuser can run them: tests with links of other users, with another name server, and with an installed package"
  export MIGRATOR_TEST_WITHOUT_ROOT=1
fi
tests/support/servers.sh
tests/support/editors.sh
exec cargo test "$@"
