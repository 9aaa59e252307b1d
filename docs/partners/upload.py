"""Puts a sample in, waits for its report and prints what the app can do.

UNWATCHED=https://exchange.example UNWATCHED_KEY=unw_... python3 upload.py some.apk
"""

import hashlib
import json
import os
import sys
import urllib.request

BASE = os.environ["UNWATCHED"].rstrip("/")
KEY = os.environ["UNWATCHED_KEY"]


def ask(path, data=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["Authorization"] = f"Bearer {KEY}"
    return urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers))


def upload(sample):
    # Sent again with the same key after a broken connection, it is put in once.
    once = "upload " + hashlib.sha256(sample).hexdigest()
    kind = "application/octet-stream"
    answer = ask("/api/v1/samples?tlp=AMBER", sample, Content_Type=kind, Idempotency_Key=once)
    return answer.headers["Location"]


def wait(place):
    state = {"state": "queued"}
    with ask(place + "/events") as events:  # ends when there is something to read
        for line in events:
            if line.startswith(b"data:"):
                state = json.loads(line[5:])
    return state


def main():
    with open(sys.argv[1], "rb") as file:
        place = upload(file.read())
    state = wait(place)
    if state["state"] != "analysed":
        sys.exit(f"{state['state']}: {state['why']}")
    with ask(place + "/report") as answer:
        report = json.load(answer)
    print(place.rsplit("/", 1)[1], report.get("package") or "")
    for capability in report["capabilities"]:
        print(f"- {capability['name']} ({capability['support']})")


main()
