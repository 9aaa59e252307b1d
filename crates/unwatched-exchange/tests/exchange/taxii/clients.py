"""The field's own clients: `clients.py taxii BASE USER PASSWORD`, `strict FILE`, `mvt FILE`."""

import json
import sys


def taxii(base, user, password):
    from taxii2client.v21 import Server, as_pages

    server = Server(base + "/taxii2/", user=user, password=password)
    assert server.title == "Theirs", server.title
    assert [root.url for root in server.api_roots] == [base + "/api1/", base + "/deep/er/"]
    assert server.default.url == base + "/api1/"
    root = server.default
    rights = [(one.title, one.can_read, one.can_write) for one in root.collections]
    assert rights[0] == ("Main", True, True) and len(rights) == 3, rights
    main = root.collections[0]
    before = main.get_objects()["objects"]
    assert len(before) == 3
    for read in (main.get_objects, main.get_manifest):
        pages = list(as_pages(read, per_request=1))
        assert [page["objects"][0]["id"] for page in pages] == [one["id"] for one in before]
    assert len(main.get_objects(type=["url"])["objects"]) == 1
    assert len(main.get_objects(version="all")["objects"]) == 5
    new = {
        "type": "malware", "spec_version": "2.1", "is_family": True, "name": "Gamma",
        "id": "malware--00000000-0000-4000-8000-000000000077",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
    }
    status = main.add_objects({"objects": [new, {"type": "nothing"}]})
    assert (status.status, status.success_count, status.failure_count) == ("complete", 1, 1)
    status.refresh()
    assert status.success_count == 1
    assert main.get_object(new["id"])["objects"] == [new]
    assert main.object_versions(new["id"])["versions"] == [new["modified"]]
    main.delete_object(new["id"])
    assert len(main.get_objects()["objects"]) == 3


def strict(file):
    import stix2
    from stix2validator import ValidationOptions, validate_file

    # 103: an id that is derived from what it is about is no UUID of version 4.
    results = validate_file(file, ValidationOptions(version="2.1", disabled="103"))
    assert results.is_valid, results
    bundle = stix2.parse(open(file, encoding="utf-8"), allow_custom=False)
    kinds = {one.type for one in bundle.objects}
    assert {"malware", "indicator", "relationship", "identity"} <= kinds, kinds


def mvt(file):
    from mvt.common.indicators import Indicators

    indicators = Indicators()
    indicators.parse_stix2(file)
    assert indicators.total_ioc_count > 0
    pattern = json.load(open(file, encoding="utf-8"))
    wanted = [one["pattern"] for one in pattern["objects"] if one["type"] == "indicator"]
    domains = [one[len("[domain-name:value='"):-2] for one in wanted if one.startswith("[domain-name")]
    assert indicators.check_domain(domains[0]), domains[0]
    packages = [one[len("[app:id='"):-2] for one in wanted if one.startswith("[app:id")]
    assert indicators.check_app_id(packages[0]), packages[0]


globals()[sys.argv[1]](*sys.argv[2:])
