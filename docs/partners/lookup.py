"""Says whether a value is listed, without telling the exchange which. No key is needed.

UNWATCHED=https://exchange.example python3 lookup.py domain panel.watch-alpha.example
"""

import hashlib
import json
import os
import sys
import urllib.request

BASE = os.environ["UNWATCHED"].rstrip("/")


def is_listed(kind, value):
    digest = hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()
    with urllib.request.urlopen(f"{BASE}/api/v1/lookup/{kind}/{digest[:4]}") as answer:
        return digest in json.load(answer)["hashes"]


def names(kind, value):
    """A host below a listed one is that one's, too."""
    value = value.strip().lower().rstrip(".")
    parts = value.split(".") if kind == "domain" else [value]
    return [".".join(parts[at:]) for at in range(max(1, len(parts) - 1))]


kind, value = sys.argv[1:3]
listed = [name for name in names(kind, value) if is_listed(kind, name)]
print(f"listed: {listed[0]}" if listed else "not listed in the latest release")
sys.exit(0 if listed else 1)
