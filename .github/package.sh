#!/usr/bin/env bash
# Builds the packages of a release in target/package: .github/package.sh
#   redis-keys-migrator_VERSION-1_ARCH.deb           for Debian and Ubuntu, as Cargo.toml describes it
#   redis-keys-migrator-VERSION-linux-ARCH.tar.gz    for any Linux with the same C library
# They need the C library of the machine that builds them, or a newer one. The release builds them on Debian 12.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=$(realpath -m "${CARGO_TARGET_DIR:-target}/release/redis-keys-migrator")
packages=$PWD/target/package
generated=$packages/generated # Cargo.toml names what is in it

cargo build --release --locked

rm -rf "$packages"
mkdir -p "$generated/man" "$generated/completions"
commands=$("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
"$program" man >"$generated/man/redis-keys-migrator.1"
for command in ${commands/help/}; do
  "$program" man "$command" >"$generated/man/redis-keys-migrator-$command.1"
done
"$program" completions bash >"$generated/completions/redis-keys-migrator.bash"
"$program" completions fish >"$generated/completions/redis-keys-migrator.fish"
"$program" completions zsh >"$generated/completions/_redis-keys-migrator"

# Built without optimisation and without its own compression, which halves the time. The package does not depend on that.
cargo install --quiet --locked --debug --no-default-features --root target/tools cargo-deb@3.8.0
PATH=$PWD/target/tools/bin:$PATH cargo deb --no-build --locked --no-strip --compress-system --output "$packages/"

name=redis-keys-migrator-$("$program" --version | cut -d' ' -f2)
tar --create --gzip --file "$packages/$name-linux-$(dpkg --print-architecture).tar.gz" \
  --owner=0 --group=0 --exclude='*.log' --transform="s,^,$name/," \
  --directory "${program%/*}" redis-keys-migrator \
  --directory "$PWD" LICENSE README.md jobs schemas \
  --directory "$generated" man completions
