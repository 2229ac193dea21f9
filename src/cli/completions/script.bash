# Completes redis-keys-migrator in Bash 4.4 or newer.

_redis_keys_migrator() {
    # Bash also splits words at `=` and `:`. Parts without a blank between them are one word.
    local line=${COMP_LINE:0:COMP_POINT} words=("${COMP_WORDS[0]}") part blanks i
    line=${line#*"${COMP_WORDS[0]}"}
    for ((i = 1; i <= COMP_CWORD; i++)); do
        blanks=${line%%[![:space:]]*}
        line=${line#"$blanks"}
        part=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || part=$line # without what follows the cursor
        line=${line#"$part"}
        if [[ -n $blanks ]]; then words+=("$part"); else words[-1]+=$part; fi
    done

    # Only the last part is replaced.
    [[ $part != [=:]* ]] || part=
    local index=$((${#words[@]} - 1)) lines kept
    kept=${words[index]%"$part"}
    mapfile -t lines < <("${words[0]/#\~\//"$HOME/"}" __complete "$index" -- \
        "${words[@]}" "${COMP_WORDS[@]:COMP_CWORD+1}" 2>/dev/null)

    COMPREPLY=()
    [[ ${lines[0]-} != files ]] || compopt -o default
    for line in "${lines[@]:1}"; do
        line=${line%%$'\t'*}
        COMPREPLY+=("${line#"$kept"}")
    done
    [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *[=.] ]] || compopt -o nospace
}

complete -o nosort -F _redis_keys_migrator redis-keys-migrator
