# Completion of imgctl for bash.

_imgctl() {
    # bash splits words at `:` and `=`, as COMP_WORDBREAKS says: what is not separated by blanks is one word.
    local rest=${COMP_LINE:0:COMP_POINT} joined=() part
    local index
    for ((index = 0; index <= COMP_CWORD; index++)); do
        part=${COMP_WORDS[index]}
        # The cursor may stand inside the last one.
        ((index == COMP_CWORD)) && part=${rest#"${rest%%[![:blank:]]*}"}
        if ((index > 0)) && [[ -n $rest && $rest != [[:blank:]]* ]]; then
            joined[${#joined[@]} - 1]+=$part
        else
            joined+=("$part")
        fi
        rest=${rest#"${rest%%[![:blank:]]*}"}
        rest=${rest#"$part"}
    done
    local current=${joined[${#joined[@]} - 1]}
    # What bash replaces is the last part of the word only.
    local kept=${current%"$2"}
    # The program gets its words without quotes, as it would if they were entered.
    local plain=("${joined[@]//\\/}") quote=
    [[ $current == [\"\']* ]] && quote=${current:0:1}
    for ((index = 0; index < ${#plain[@]}; index++)); do
        plain[index]=${plain[index]#[\"\']}
        plain[index]=${plain[index]%[\"\']}
    done
    kept=${kept//\\/}
    kept=${kept#"$quote"}

    COMPREPLY=()
    local line value
    while IFS= read -r line; do
        value=${line%%$'\t'*}
        if [[ $value == :files ]]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$2")
            return
        fi
        if [[ $value == :folders ]]; then
            compopt -o filenames 2>/dev/null
            while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -d -- "$2")
            return
        fi
        [[ $value == "$kept"* ]] || continue
        value=${value#"$kept"}
        # A name of several words stays one word.
        if [[ -z $quote && $value == *[!A-Za-z0-9_.:/=,@%+-]* ]]; then
            printf -v value %q "$value"
        fi
        COMPREPLY+=("$value")
    done < <("${COMP_WORDS[0]}" __complete "$((${#plain[@]} - 1))" "${plain[@]}" 2>/dev/null)
    # More is to follow behind `task:`, `name=`.
    if ((${#COMPREPLY[@]} == 1)) && [[ ${COMPREPLY[0]} == *[:=] ]]; then
        compopt -o nospace 2>/dev/null
    fi
}

complete -F _imgctl imgctl
