"""Says whether a value is listed, without telling the exchange which. No key is needed.

UNWATCHED=https://exchange.example python3 lookup.py domain panel.watch-alpha.example
Ends with 0 where it is listed, with 1 where it is not, and with 2 where that is not known.
"""

import hashlib
import ipaddress
import json
import os
import re
import sys
import urllib.request

DIGITS = {"certificate_sha1": 40, "certificate_sha256": 64, "file_sha256": 64}
DEFAULT_PORT = {"http": ":80", "https": ":443"}


def host(text):
    text = text.lower().removesuffix(".")
    text = text if text.isascii() else text.encode("idna").decode()
    if not re.fullmatch(r"[a-z0-9._:\[\]-]+", text):
        raise ValueError(f"{text!r} is no host")
    return text


def normalised(kind, value):
    """The form in which values are compared. Capitals count in all but hosts and digests."""
    value = value.strip()
    if kind == "domain":
        value = host(value)
    elif kind == "address":
        value = str(ipaddress.ip_address(value))
    elif kind in DIGITS:
        value = re.sub(r"[:\s]", "", value).lower()
        if not re.fullmatch(f"[0-9a-f]{{{DIGITS[kind]}}}", value):
            raise ValueError(f"a {kind} has {DIGITS[kind]} hexadecimal digits")
    elif kind == "url":
        parts = re.match(r"(https?)://([^/?#]*?)(:\d+)?(?![^/?#])([^#]*)", value, re.IGNORECASE)
        if not parts:
            raise ValueError(f"{value!r} is no http or https URL")
        scheme, name, port, path = parts.groups(default="")
        scheme = scheme.lower()
        port = "" if port == DEFAULT_PORT[scheme] else port
        value = f"{scheme}://{host(name)}{port}{path.rstrip('/')}"
    if not value:
        raise ValueError("the value is empty")
    return value


def names(kind, value):
    """A host below a listed one is that one's, too."""
    parts = value.split(".") if kind == "domain" else [value]
    return [".".join(parts[at:]) for at in range(max(1, len(parts) - 1))]


def is_listed(base, kind, value):
    digest = hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()
    address = f"{base}/api/v1/lookup/{kind}/{digest[:4]}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        said = json.load(answer)
    if (said["kind"], said["prefix"]) != (kind, digest[:4]):
        raise ValueError("this is no answer to what was asked")
    return digest in said["hashes"]


def main():
    kind, value = sys.argv[1:]
    base = os.environ["UNWATCHED"].rstrip("/")
    for name in names(kind, normalised(kind, value)):
        if is_listed(base, kind, name):
            print(f"listed: {name}")
            return 0
    print("not listed in the latest release")
    return 1


try:
    ended = main()
except Exception as error:  # whatever it was, nothing was learnt of the value
    print(f"could not be asked: {error!r}", file=sys.stderr)
    ended = 2
sys.exit(ended)
