"""Reads a MISP feed as a consumer does: the manifest, every event it names, the hashes.

usage: misp_feed.py FOLDER      prints one line of JSON; fails where PyMISP does not read it
"""

import csv
import json
import sys
from hashlib import md5
from pathlib import Path

from pymisp import MISPEvent

folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
hashes = {tuple(row) for row in csv.reader((folder / "hashes.csv").open())}
counts = {"events": 0, "attributes": 0, "objects": 0, "correlated": 0}
for uuid, listed in manifest.items():
    event = MISPEvent(strict_validation=True)
    event.load_file(str(folder / f"{uuid}.json"))
    assert event.uuid == uuid, uuid
    assert event.info == listed["info"], uuid
    assert event.timestamp.timestamp() == int(listed["timestamp"]), uuid
    assert event.Orgc.uuid == listed["Orgc"]["uuid"], uuid
    assert [tag.name for tag in event.tags] == [tag["name"] for tag in listed["Tag"]], uuid
    attributes = list(event.attributes)
    for app in event.objects:
        assert app.name == "android-app" and app.template_uuid, uuid
        counts["objects"] += 1
        attributes += app.attributes
    for attribute in attributes:
        counts["attributes"] += 1
        if not attribute.disable_correlation:
            counts["correlated"] += 1
            digest = md5(attribute.value.encode()).hexdigest()
            assert (digest, uuid) in hashes, attribute.value
    # What PyMISP would send on is what it read.
    again = MISPEvent()
    again.from_json(event.to_json())
    assert len(again.attributes) == len(event.attributes), uuid
    counts["events"] += 1
print(json.dumps(counts))
