# Completes redis-keys-migrator in fish.

function __redis_keys_migrator_lines
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    $program __complete (count $words) -- $words (commandline -ct) 2>/dev/null
end

function __redis_keys_migrator_wants_files
    __redis_keys_migrator_lines | string match -q -- files
end

complete -c redis-keys-migrator -f
complete -c redis-keys-migrator -k -a '(__redis_keys_migrator_lines | tail -n +2)'
complete -c redis-keys-migrator -n __redis_keys_migrator_wants_files -F
