#!/bin/sh
# Writes what is new in a TAXII collection to stdout, a page of STIX 2.1 a line. ROOT is `partners`, or
# `public` (no key is needed then); COLLECTION is an id or an alias.
# UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... sh taxii.sh ROOT COLLECTION STATE_FILE
# Nothing is lost, whenever this is ended; ended between writing a page and keeping its place, it writes
# that page again (taxii.py with an OUT_FILE does not).
set -eu
url="$UNWATCHED/$1/collections/$2/objects/"
state=$3
while
    curl --fail --silent --show-error --get --dump-header "$state.head" --output "$state.page" \
        --header 'Accept: application/taxii+json;version=2.1' \
        ${UNWATCHED_KEY:+--header "Authorization: Bearer $UNWATCHED_KEY"} \
        --data limit=500 --data-urlencode "added_after=$(cat "$state" 2>/dev/null || echo 1970-01-01T00:00:00Z)" \
        "$url"
    if grep -q '"objects"' "$state.page"; then cat "$state.page"; echo; fi
    # The time of the last object of the page: where the next one begins.
    last=$(tr -d '\r' <"$state.head" | sed -n 's/^x-taxii-date-added-last: //Ip')
    if [ -n "$last" ]; then echo "$last" >"$state.new" && mv "$state.new" "$state"; fi
    grep -q '"more":true' "$state.page"
do :; done
rm "$state.head" "$state.page"
