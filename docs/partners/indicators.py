"""Adds the domains of a file, a name a line, to a family; says what was refused, and why.

UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... python3 indicators.py FAMILY FILE
"""

import hashlib
import json
import os
import sys
import urllib.request

BASE = os.environ["UNWATCHED"].rstrip("/")
KEY = os.environ["UNWATCHED_KEY"]


def add(indicators):
    body = json.dumps({"indicators": indicators}).encode()
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "application/json",
        # The same lines sent again, because no answer came, are taken once and answered alike.
        "Idempotency-Key": "indicators " + hashlib.sha256(body).hexdigest(),
    }
    request = urllib.request.Request(BASE + "/api/v1/indicators", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["results"]


def main():
    family, file = sys.argv[1:3]
    with open(file) as lines:
        domains = [line.strip() for line in lines if line.strip()]
    for start in range(0, len(domains), 1000):
        part = domains[start : start + 1000]
        common = {"family": family, "kind": "domain", "role": "c2", "tlp": "GREEN", "source": "us"}
        for domain, result in zip(part, add([common | {"value": domain} for domain in part])):
            problem = result.get("problem")
            print(domain, result["status"], problem["detail"] if problem else result["id"])


main()
