"""Keeps a TAXII collection's objects in a SQLite file; goes on from where it was, whenever it ended.

UNWATCHED=BASE UNWATCHED_KEY=NAME:PASSWORD taxii_sync.py COLLECTION FILE [--limit 1000]
"""

import base64
import json
import os
import sqlite3
import sys
import urllib.parse
import urllib.request

BASE = os.environ["UNWATCHED"].rstrip("/")
KEY = os.environ["UNWATCHED_KEY"]
WORDS = base64.b64encode(KEY.encode()).decode()
HEADERS = {"Accept": "application/taxii+json;version=2.1", "Authorization": "Basic " + WORDS}
TABLES = """
CREATE TABLE IF NOT EXISTS objects (id TEXT, version TEXT, object TEXT, PRIMARY KEY (id, version));
CREATE TABLE IF NOT EXISTS place (added_after TEXT, next TEXT, received INTEGER);
INSERT INTO place SELECT NULL, NULL, 0 WHERE NOT EXISTS (SELECT 1 FROM place);
"""


def page(collection, limit, after, token):
    asked = {"limit": limit, "added_after": after, "next": token}
    asked = urllib.parse.urlencode({name: value for name, value in asked.items() if value})
    request = urllib.request.Request(f"{BASE}{collection}objects/?{asked}", headers=HEADERS)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer), answer.headers["X-TAXII-Date-Added-Last"]


def main():
    collection, file = sys.argv[1:3]
    limit = int(sys.argv[4]) if "--limit" in sys.argv else 1000
    kept = sqlite3.connect(file, isolation_level=None)
    kept.executescript(TABLES)
    while True:
        after, token, _ = kept.execute("SELECT * FROM place").fetchone()
        envelope, last = page(collection, limit, after, token)
        objects, more = envelope.get("objects", []), envelope.get("next")
        rows = [(one["id"], one.get("modified", ""), json.dumps(one)) for one in objects]
        # Objects and place are kept together: nothing is lost or taken twice, whenever this ends.
        kept.execute("BEGIN")
        kept.executemany("INSERT OR REPLACE INTO objects VALUES (?, ?, ?)", rows)
        # A token goes with the moment that was asked with it, which is passed when pages are over.
        kept.execute(
            "UPDATE place SET added_after = ?, next = ?, received = received + ?",
            (after if more else last or after, more, len(rows)),
        )
        kept.execute("COMMIT")
        if rows:
            print(f"{len(rows)} objects, the last added {last}", flush=True)
        if not more:
            return


main()
