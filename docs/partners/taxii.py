"""Fetches what is new in a TAXII collection, an object of STIX 2.1 a line; goes on from where it was when
it is started again.

UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... python3 taxii.py ROOT COLLECTION STATE_FILE [OUT_FILE]
ROOT is `partners`, or `public` (no key is needed then); COLLECTION is an id or an alias.

With OUT_FILE every object is appended to it exactly once, wherever this is ended: what stands in it beyond
what the state knows of is cut off at the next start. Without, objects go to stdout at least once: what is
printed cannot be taken back, so one that is ended between printing a page and keeping its place prints
that page again (at most 500 objects; the same `id` and `modified` are the same object).
"""

import json
import os
import sys
import urllib.parse
import urllib.request

BASE = os.environ["UNWATCHED"].rstrip("/")
KEY = os.environ.get("UNWATCHED_KEY")
TAXII = "application/taxii+json;version=2.1"


def page(url, query):
    headers = {"Accept": TAXII}
    if KEY:
        headers["Authorization"] = f"Bearer {KEY}"
    request = urllib.request.Request(f"{url}?{urllib.parse.urlencode(query)}", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer), answer.headers.get("X-TAXII-Date-Added-Last")


def last(file):
    """The time of the last object that was dealt with, and how long OUT_FILE was then."""
    try:
        with open(file) as state:
            time, _, length = state.read().partition("\n")
            return time.strip(), int(length or 0)
    except FileNotFoundError:
        return "", None


def keep(file, time, length):
    with open(file + ".new", "w") as state:
        state.write(f"{time}\n{length}\n")
        state.flush()
        os.fsync(state.fileno())
    os.replace(file + ".new", file)


def opened(file, name):
    """OUT_FILE as the state knows it."""
    after, length = last(file)
    out = open(name, "ab")
    size = out.tell()
    if length is not None and size > length:
        out.truncate(length)
        size = length
    keep(file, after, size)
    out.seek(0, os.SEEK_END)
    return out


def main():
    root, collection, file = sys.argv[1:4]
    out = opened(file, sys.argv[4]) if len(sys.argv) > 4 else None
    url = f"{BASE}/{root}/collections/{collection}/objects/"
    more = True
    while more:
        # Nothing is lost, whenever this is ended, and a page that comes again is the same page.
        after, _ = last(file)
        found, upto = page(url, {"limit": 500, **({"added_after": after} if after else {})})
        lines = [json.dumps(one, sort_keys=True) + "\n" for one in found.get("objects", [])]
        if out:
            out.write("".join(lines).encode())
            out.flush()
            os.fsync(out.fileno())
        else:
            sys.stdout.write("".join(lines))
            sys.stdout.flush()
        if upto:
            keep(file, upto, out.tell() if out else 0)
        more = found.get("more", False)


main()
