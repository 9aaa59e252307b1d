"""Follows what changes, a line for each; goes on from where it was when it is started again.

UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... python3 changes.py STATE_FILE [--once]
"""

import json
import os
import sys
import urllib.request

BASE = os.environ["UNWATCHED"].rstrip("/")
KEY = os.environ["UNWATCHED_KEY"]


def changes(after, wait):
    path = f"/api/v1/changes?after={after}&limit=500&wait={wait}"
    request = urllib.request.Request(BASE + path, headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request, timeout=wait + 30) as answer:
        return [json.loads(line) for line in answer]


def last(file):
    try:
        with open(file) as state:
            return int(state.read())
    except FileNotFoundError:
        return 0


def keep(file, sequence):
    with open(file + ".new", "w") as state:
        state.write(str(sequence))
    os.replace(file + ".new", file)


def main():
    file, once = sys.argv[1], "--once" in sys.argv
    while True:
        found = changes(last(file), 0 if once else 60)
        for change in found:
            print(change["at"], change["kind"], change["id"], change.get("href", ""), flush=True)
            # Kept only when it was dealt with: nothing is lost, whenever this is ended; what was
            # printed and not kept yet is printed again (the same `sequence` is the same change).
            keep(file, change["sequence"])
        if once and not found:
            return


main()
