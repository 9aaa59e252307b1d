#!/bin/sh
# Says whether a value is listed, without telling the exchange which. No key is needed.
# UNWATCHED=https://exchange.example sh lookup.sh domain panel.watch-alpha.example
# Ends with 0 where it is listed, with 1 where it is not, and with 2 where that is not known.
set -u
LC_ALL=C; export LC_ALL

could_not() { echo "could not be asked: $1" >&2; exit 2; }
lower() { printf '%s' "$1" | tr 'A-Z' 'a-z'; }

host() {
    name=$(lower "$1"); name=${name%.}
    case $name in
    '' | *[!a-z0-9._:\[\]-]*) could_not "$1 is no host; one in other letters is asked as xn--..." ;;
    esac
    printf '%s' "$name"
}

digits() {
    digest=$(printf '%s' "$2" | tr -d ': \t\n' | tr 'A-F' 'a-f')
    case $digest in *[!0-9a-f]*) digest= ;; esac
    [ ${#digest} -eq "$1" ] || could_not "a digest of this kind has $1 hexadecimal digits"
    printf '%s' "$digest"
}

url() {
    scheme=$(lower "${1%%://*}"); rest=${1#*://}; rest=${rest%%#*}
    authority=${rest%%[/?]*}; path=${rest#"$authority"}; authority=$(lower "$authority")
    case $scheme in
    http) authority=${authority%:80} ;;
    https) authority=${authority%:443} ;;
    *) could_not "$1 is no http or https URL" ;;
    esac
    authority=$(host "$authority") || exit 2
    printf '%s://%s%s' "$scheme" "$authority" "$(printf '%s' "$path" | sed 's,/*$,,')"
}

# The form in which values are compared. Capitals count in all but hosts and digests; an IPv6
# address is asked in its short form.
normalised() {
    value=$(printf '%s' "$2" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//')
    [ -n "$value" ] || could_not "the value is empty"
    case $1 in
    domain | address) host "$value" ;;
    certificate_sha1) digits 40 "$value" ;;
    certificate_sha256 | file_sha256) digits 64 "$value" ;;
    url) url "$value" ;;
    *) printf '%s' "$value" ;;
    esac
}

is_listed() {
    digest=$(printf '%s:%s' "$1" "$2" | sha256sum); digest=${digest%% *}
    [ ${#digest} -eq 64 ] || could_not "there is no sha256sum"
    prefix=$(printf '%.4s' "$digest")
    answer=$(curl --fail --silent --show-error --max-time 30 \
        "${UNWATCHED%/}/api/v1/lookup/$1/$prefix") || could_not "$UNWATCHED gave no answer"
    case $answer in
    *"\"kind\":\"$1\",\"prefix\":\"$prefix\""*"\"$digest\""*) return 0 ;;
    *"\"kind\":\"$1\",\"prefix\":\"$prefix\""*) return 1 ;;
    *) could_not "this is no answer to what was asked" ;;
    esac
}

[ $# -eq 2 ] && [ -n "${UNWATCHED:-}" ] || could_not "set UNWATCHED, and name a kind and a value"
name=$(normalised "$1" "$2") || exit 2
# A host below a listed one is that one's, too.
until is_listed "$1" "$name"; do
    case $1:$name in
    domain:*.*.*) name=${name#*.} ;;
    *) echo "not listed in the latest release"; exit 1 ;;
    esac
done
echo "listed: $name"
