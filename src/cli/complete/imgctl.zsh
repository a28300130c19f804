#compdef imgctl
# Completion of imgctl for zsh.

_imgctl() {
    local -a open closed open_about closed_about
    local line value about
    for line in "${(@f)$("${words[1]}" __complete $((CURRENT - 1)) "${(@Q)words[1,CURRENT]}" 2>/dev/null)}"; do
        value=${line%%$'\t'*}
        about=$value
        [[ $line == *$'\t'* ]] && about="$value  -- ${line#*$'\t'}"
        case $value in
            '') ;;
            :files) _files; return ;;
            :folders) _files -/; return ;;
            *[:=]) open+=("$value"); open_about+=("$about") ;;
            *) closed+=("$value"); closed_about+=("$about") ;;
        esac
    done
    # Descriptions only where each can have a line of its own.
    (( ${#open} )) && compadd -l -S '' -d open_about -- "${open[@]}"
    (( ${#closed} )) && compadd -l -d closed_about -- "${closed[@]}"
}

if [[ ${funcstack[1]} == _imgctl ]]; then
    _imgctl "$@"
else
    compdef _imgctl imgctl
fi
