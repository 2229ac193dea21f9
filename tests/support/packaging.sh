#!/usr/bin/env bash
# What the tests of packages and samples need besides the servers: installs what is missing, then prints a line for
# each program, NAME<TAB>PATH. The tests call this script. A program that cannot be installed is an error.
#
#   dpkg-shlibdeps        finds the dependencies of a Debian package      from the package dpkg-dev
#   kubernetes-validate   knows the schemas of Kubernetes                 from PyPI, into target/test-tools
#   man                   reads manual pages                              from the package man-db
#   systemd-analyze       checks units                                    from the package systemd
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/install.sh"
folder=$root/target/test-tools
validate=$folder/python/bin/kubernetes-validate

one_at_a_time "$folder"

missing=()
command -v dpkg-shlibdeps >/dev/null || missing+=(dpkg-dev)
command -v man >/dev/null || missing+=(man-db)
command -v systemd-analyze >/dev/null || missing+=(systemd)
[ -x "$validate" ] || python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"

if [ ! -x "$validate" ]; then
  rm -rf "$folder/python"
  {
    python3 -m venv "$folder/python"
    "$folder/python/bin/pip" install --quiet --disable-pip-version-check kubernetes-validate==1.37.0
  } </dev/null >&2 || fail "cannot install kubernetes-validate"
fi

for name in dpkg-shlibdeps man systemd-analyze; do
  printf '%s\t%s\n' "$name" "$(command -v "$name")"
done
printf 'kubernetes-validate\t%s\n' "$validate"
