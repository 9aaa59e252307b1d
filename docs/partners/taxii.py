"""Fetches what is new in a TAXII collection, an object of STIX 2.1 a line; goes on from where it was when
it is started again.

UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... python3 taxii.py ROOT COLLECTION STATE_FILE
ROOT is `partners`, or `public` (no key is needed then); COLLECTION is an id or an alias.
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
    try:
        with open(file) as state:
            return state.read().strip()
    except FileNotFoundError:
        return None


def keep(file, time):
    with open(file + ".new", "w") as state:
        state.write(time)
    os.replace(file + ".new", file)


def main():
    root, collection, file = sys.argv[1:]
    url = f"{BASE}/{root}/collections/{collection}/objects/"
    more = True
    while more:
        # The time of the last object that was dealt with: nothing is lost or repeated, whenever this
        # is ended, and a page that comes again is the same page.
        after = last(file)
        found, upto = page(url, {"limit": 500, **({"added_after": after} if after else {})})
        for one in found.get("objects", []):
            print(json.dumps(one, sort_keys=True), flush=True)
        if upto:
            keep(file, upto)
        more = found.get("more", False)


main()
