#compdef redis-keys-migrator
# Completes redis-keys-migrator in zsh: as the file `_redis-keys-migrator` in a folder of `fpath`, or sourced after `compinit`.

_redis_keys_migrator() {
    local line value item
    local -a given=("${words[@]}") lines whole begun
    given[CURRENT]=$PREFIX # without what follows the cursor
    lines=("${(@f)$("${words[1]/#\~\//$HOME/}" __complete $((CURRENT - 1)) -- "${given[@]}" 2>/dev/null)}")

    if [[ $lines[1] == files ]]; then
        compset -P 1 '--*='
        _files
        return
    fi
    for line in "${(@)lines[2,-1]}"; do
        value=${line%%$'\t'*}
        item=${${value//\\/\\\\}//:/\\:}
        [[ $line != *$'\t'* ]] || item+=:${line#*$'\t'}
        # No blank follows the beginning of a value.
        if [[ $value == *[=.] ]]; then begun+=("$item"); else whole+=("$item"); fi
    done
    _describe -V 'completion' whole -- begun -S ''
}

if [[ $funcstack[1] == _redis-keys-migrator ]]; then
    _redis_keys_migrator "$@"
else
    compdef _redis_keys_migrator redis-keys-migrator
fi
