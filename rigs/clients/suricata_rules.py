"""Parses every rule of a file.

usage: suricata_rules.py FILE      prints one line of JSON; fails where a rule does not parse
"""

import json
import sys

from suricataparser import parse_file

rules = parse_file(sys.argv[1])
lines = [line for line in open(sys.argv[1]) if line.strip() and not line.startswith("#")]
assert len(rules) == len(lines), (len(rules), len(lines))
assert all(rule.enabled and rule.sid and rule.msg for rule in rules)
print(json.dumps({"rules": len(rules), "sids": len({rule.sid for rule in rules})}))
