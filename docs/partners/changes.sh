#!/bin/sh
# Writes what changed since the last time to stdout, a line of JSON each.
# UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... sh changes.sh STATE_FILE
set -eu
after=$(cat "$1" 2>/dev/null || echo 0)
curl --fail --silent --show-error --header "Authorization: Bearer $UNWATCHED_KEY" \
    --output "$1.lines" "$UNWATCHED/api/v1/changes?after=$after&limit=1000"
cat "$1.lines"
last=$(sed -n 's/^{"sequence":\([0-9]*\),.*/\1/p' "$1.lines" | tail -n 1)
rm "$1.lines"
if [ -n "$last" ]; then echo "$last" >"$1"; fi
