#!/usr/bin/env bash
# Try it on a machine that only has Rust: ./jobs/quickstart.sh
#
# Installs the package redis-server if it is missing, and builds. Then starts two temporary Redis
# servers on free ports of 127.0.0.1 (the source on a copy of jobs/quickstart.rdb), runs
# jobs/quickstart.toml between them, prints the result, and stops them. Only target/ remains.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${CARGO_TARGET_DIR:-$root/target}/release/redis-keys-migrator
started=() # the servers' process ids

say() {
  if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi
}

fail() {
  printf 'quickstart: %s\n' "$*" >&2
  exit 1
}

clean_up() {
  for pid in "${started[@]}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$folder"
}

install_redis() {
  command -v redis-server >/dev/null && command -v redis-cli >/dev/null && return
  command -v apt-get >/dev/null || fail "install redis-server and redis-cli first: apt-get, which could install them, is missing"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "install the package redis-server first: this user is not root, and sudo is missing"
    as_root=(sudo)
  fi
  say "Installing redis-server"
  "${as_root[@]}" apt-get update -q </dev/null
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends redis-server </dev/null
}

# start NAME [RDB]: starts an empty server, or one with a copy of a backup; sets $port to its port.
start() {
  local data=$folder/$1
  mkdir "$data"
  [ $# -lt 2 ] || cp "$2" "$data/dump.rdb"
  for _ in $(seq 50); do
    port=$((20000 + RANDOM % 12000))
    redis-server --port "$port" --bind 127.0.0.1 --dir "$data" --save "" --appendonly no >"$data/log" 2>&1 &
    started+=($!)
    becomes_ready $! && return
    unset 'started[-1]'
  done
  fail "cannot start redis-server: $(cat "$data/log")"
}

# becomes_ready PID: whether this server answers on $port. If the port is taken, the server exits.
becomes_ready() {
  while kill -0 "$1" 2>/dev/null; do
    redis-cli -p "$port" info server 2>/dev/null | tr -d '\r' | grep -qx "process_id:$1" && return
    sleep 0.05
  done
  wait "$1" || true
  return 1
}

folder=$(mktemp -d)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

install_redis
say "Building"
(cd "$root" && cargo build --release --locked)

say "Starting two servers"
start source "$root/jobs/quickstart.rdb"
source_port=$port
start destination
destination_port=$port
echo "source 127.0.0.1:$source_port holds $(redis-cli -p "$source_port" dbsize) keys," \
  "destination 127.0.0.1:$destination_port holds $(redis-cli -p "$destination_port" dbsize)"

# Variables override the ports of the job file.
# Runs in the temporary folder, because the error log is relative to the current directory.
say "redis-keys-migrator run jobs/quickstart.toml"
(cd "$folder" && RKM_SOURCE__PORT=$source_port RKM_DESTINATION__PORT=$destination_port \
  "$program" run "$root/jobs/quickstart.toml")

say "redis-keys-migrator verify jobs/quickstart.toml"
(cd "$folder" && RKM_SOURCE__PORT=$source_port RKM_DESTINATION__PORT=$destination_port \
  "$program" verify "$root/jobs/quickstart.toml")

say "Afterwards"
echo "source      DBSIZE $(redis-cli -p "$source_port" dbsize)"
echo "destination DBSIZE $(redis-cli -p "$destination_port" dbsize)  (temporary carts and cached pages were not moved)"
