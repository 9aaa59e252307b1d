//! Another reader's word on the same files: our own readers must agree with `apk-info`.

use std::collections::BTreeSet;

use apk_info::{ARSC, AXML, Signature, ZipEntry};
use unwatched_fixtures::apk::gallery;

use super::report;

#[test]
fn another_reader_sees_the_same_identity() {
    for app in gallery::all(7) {
        let bytes = app.bytes();
        let ours = report(&bytes);
        let zip = ZipEntry::new(bytes).unwrap();
        let table = zip.read("resources.arsc").ok().map(|(data, _)| data);
        let table = table.map(|data| ARSC::new(&mut &data[..]).unwrap());
        let (manifest, _) = zip.read("AndroidManifest.xml").unwrap();
        let theirs = AXML::new(&mut &manifest[..], table.as_ref()).unwrap();
        let value = |tag, name| theirs.get_attribute_value(tag, name, table.as_ref());
        assert_eq!(ours.package, value("manifest", "package"), "{}", app.name);
        assert_eq!(ours.label, value("application", "label"), "{}", app.name);
        assert_eq!(ours.version_name, value("manifest", "versionName"), "{}", app.name);
        let permissions: BTreeSet<String> = theirs
            .get_root_attribute_values("uses-permission", "name")
            .map(str::to_owned)
            .collect();
        assert_eq!(ours.permissions, permissions.into_iter().collect::<Vec<_>>(), "{}", app.name);
        let certificates: BTreeSet<String> = zip
            .get_signatures_other()
            .unwrap()
            .iter()
            .flat_map(|signature| match signature {
                Signature::V2(certificates) | Signature::V3(certificates) => certificates.clone(),
                _ => Vec::new(),
            })
            .map(|certificate| certificate.sha256_fingerprint.to_lowercase())
            .collect();
        let ours: BTreeSet<String> =
            ours.certificates.iter().map(|found| found.sha256.to_string()).collect();
        assert_eq!(ours, certificates, "{}", app.name);
    }
}
