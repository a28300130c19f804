# Completion of imgctl for fish.

function __imgctl_complete
    set -l before (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l found ($before[1] __complete (count $before) $before "$current" 2>/dev/null)
    if test "$found[1]" = :files
        __fish_complete_path "$current"
    else if test "$found[1]" = :folders
        __fish_complete_directories "$current"
    else
        printf '%s\n' $found
    end
end

complete --command imgctl --no-files --arguments '(__imgctl_complete)'
