#!/bin/sh
# Says whether a value is listed, without telling the exchange which. No key is needed.
# UNWATCHED=https://exchange.example sh lookup.sh domain panel.watch-alpha.example
set -eu
digest=$(printf '%s:%s' "$1" "$2" | sha256sum | cut -d ' ' -f 1)
prefix=$(printf '%.4s' "$digest")
if curl --fail --silent --show-error "$UNWATCHED/api/v1/lookup/$1/$prefix" | grep -q "$digest"
then echo "listed: $2"
else echo "not listed in the latest release"; exit 1
fi
