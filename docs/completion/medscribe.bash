# bash completion for medscribe(1) and medscribed(8)
_medscribe()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word words=
    local first= second=
    case $previous in
    --data | --jsonl) mapfile -t COMPREPLY < <(compgen -d -- "$current"); return ;;
    --config) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --role) mapfile -t COMPREPLY < <(compgen -W 'patient doctor admin auditor readonly' -- "$current"); return ;;
    --username | --email | --registration-no) return ;;
    esac
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        admin | user | audit | import | status | doctor) [ -n "$first" ] || first=$word ;;
        create | verify | verify-doctor) second=$word ;;
        esac
    done
    case $first,$second in
    ,) words='admin user status doctor import audit version help --data --config --json' ;;
    admin,) words='create' ;;
    user,) words='create verify-doctor' ;;
    audit,) words='verify' ;;
    admin,create) words='--username --email' ;;
    user,create) words='--username --email --role' ;;
    user,verify-doctor) words='--registration-no' ;;
    import,) words='--jsonl' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

_medscribed()
{
    local current=${COMP_WORDS[COMP_CWORD]}
    if [ "${COMP_WORDS[COMP_CWORD - 1]}" = --config ]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -W '--config --set --foreground --check --config-reference --config-example --version --help' -- "$current")
    fi
}

complete -F _medscribe medscribe
complete -F _medscribed medscribed
