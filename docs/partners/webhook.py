"""Takes a webhook's messages, refuses what is not signed, and prints what changed.

UNWATCHED_WEBHOOK_SECRET=whsec_... python3 webhook.py PORT [--once]
Put it behind what speaks TLS for you: the exchange tells https addresses only.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = base64.b64decode(os.environ["UNWATCHED_WEBHOOK_SECRET"].removeprefix("whsec_"))
SEEN = set()


def is_genuine(headers, body):
    named = "webhook-id", "webhook-timestamp", "webhook-signature"
    parts = [headers.get(name, "") for name in named[:2]]
    if not all(headers.get(name) for name in named) or not parts[1].isdecimal():
        return False  # anybody may send something here
    if abs(time.time() - int(parts[1])) > 300:
        return False  # somebody repeats an old one
    signed = ".".join(parts).encode() + b"." + body
    right = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    given = [one.partition(",")[2] for one in headers["webhook-signature"].split()]
    return any(hmac.compare_digest(right.encode(), one.encode()) for one in given)


class Told(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not is_genuine(self.headers, body):
            return self.answer(401)
        # The same message may come twice, under the same id.
        if self.headers["webhook-id"] not in SEEN:
            SEEN.add(self.headers["webhook-id"])
            message = json.loads(body)
            for change in message["data"].get("changes", [{"kind": message["type"], "id": ""}]):
                print(change["kind"], change["id"], flush=True)
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *words):
        pass


def main():
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Told)
    print("listening on", server.server_port, flush=True)
    if "--once" in sys.argv:
        server.handle_request()
    else:
        server.serve_forever()


main()
