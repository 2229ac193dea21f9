#!/usr/bin/env bash
# The shells and language servers of the tests: installs what is missing, then prints a line for each, NAME<TAB>PATH.
# The tests call this script. What cannot be installed is an error.
#
#   bash, bash-completion, zsh, fish     from the packages of these names
#   node                                 from the package nodejs
#   taplo                                the folder of the npm package @taplo/lsp, which node runs
#   tombi                                from a Python wheel
#
# What is no package of the system is in MIGRATOR_TEST_EDITORS (default: target/test-editors).
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/install.sh"
folder=${MIGRATOR_TEST_EDITORS:-$root/target/test-editors}
bash_completion=/usr/share/bash-completion/bash_completion

one_at_a_time "$folder"

missing=()
command -v zsh >/dev/null || missing+=(zsh)
command -v fish >/dev/null || missing+=(fish)
command -v tmux >/dev/null || missing+=(tmux)
[ -e "$bash_completion" ] || missing+=(bash-completion)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
[ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}"

if [ ! -e "$folder/taplo/node_modules/@taplo/lsp/dist/index.js" ]; then
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder/taplo" @taplo/lsp@0.8.0 @taplo/core@0.2.0 \
    </dev/null >&2 9>&- || fail "cannot install @taplo/lsp"
fi
wheel "$folder/tombi/tombi" tombi==1.9.6 tombi-1.9.6.data/scripts/tombi manylinux_2_17

printf '%s\t%s\n' bash "$(command -v bash)" bash-completion "$bash_completion" zsh "$(command -v zsh)" \
  fish "$(command -v fish)" node "$(command -v node)" taplo "$folder/taplo" tombi "$folder/tombi/tombi"
