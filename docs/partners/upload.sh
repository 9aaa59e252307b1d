#!/bin/sh
# Puts a sample in, waits for its report and writes it to stdout as JSON.
# UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... sh upload.sh some.apk
set -eu
ask() { curl --fail --silent --show-error --header "Authorization: Bearer $UNWATCHED_KEY" "$@"; }

digest=$(sha256sum "$1" | cut -d ' ' -f 1)
ask --data-binary "@$1" --header 'Content-Type: application/octet-stream' \
    --header "Idempotency-Key: upload $digest" "$UNWATCHED/api/v1/samples?tlp=AMBER" >/dev/null
# Ends when there is something to read.
ask --no-buffer "$UNWATCHED/api/v1/samples/$digest/events" | sed -n 's/^data: *//p' >&2
ask "$UNWATCHED/api/v1/samples/$digest/report"
