//! Apps as Debian's own tools sign them: every scheme, kind of key and digest, several signers,
//! changed keys, source stamps.

use unwatched_fixtures::apk::{ApkBuilder, Component};
use unwatched_fixtures::dex::DexBuilder;

use super::rig::{Key, Rig};

/// One app with a name to find it by.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Keys of every kind that Android accepts.
pub(crate) struct Keys {
    pub(crate) all: Vec<(&'static str, Key)>,
    pub(crate) lineage: String,
    pub(crate) long_lineage: String,
}

impl Keys {
    pub(crate) fn make(rig: &Rig) -> Self {
        let mut all = Vec::new();
        for (name, kind, bits, by) in [
            ("rsa1024", "RSA", 1024, "SHA256withRSA"),
            ("rsa2048", "RSA", 2048, "SHA256withRSA"),
            ("rsa2048_other", "RSA", 2048, "SHA1withRSA"),
            ("rsa4096", "RSA", 4096, "SHA512withRSA"),
            ("ec256", "EC", 256, "SHA256withECDSA"),
            ("ec256_other", "EC", 256, "SHA256withECDSA"),
            ("ec384", "EC", 384, "SHA384withECDSA"),
            ("ec521", "EC", 521, "SHA512withECDSA"),
            ("dsa1024", "DSA", 1024, "SHA1withDSA"),
            ("dsa2048", "DSA", 2048, "SHA256withDSA"),
        ] {
            all.push((name, rig.key(kind, bits, by)));
        }
        let mut keys = Self { all, lineage: String::new(), long_lineage: String::new() };
        keys.lineage = rotated(rig, None, keys.get("rsa2048"), keys.get("ec256"));
        keys.long_lineage =
            rotated(rig, Some(&keys.lineage), keys.get("ec256"), keys.get("rsa2048_other"));
        keys
    }

    pub(crate) fn get(&self, wanted: &str) -> &Key {
        &self.all.iter().find(|(name, _)| *name == wanted).expect("it is listed").1
    }
}

fn rotated(rig: &Rig, before: Option<&str>, old: &Key, new: &Key) -> String {
    let out = rig.path("lineage").to_str().unwrap().to_owned();
    let before = before.map_or_else(Vec::new, |before| vec!["--in", before]);
    let old = ["--old-signer", "--key", &old.private_file, "--cert", &old.certificate_file];
    let new = ["--new-signer", "--key", &new.private_file, "--cert", &new.certificate_file];
    rig.run(&[&["rotate", "--out", &out][..], &before, &old, &new].concat());
    out
}

/// An app that nobody signed.
pub(crate) fn unsigned() -> ApkBuilder {
    let dex = DexBuilder::new().string("text").class("Lcom/example/A;", "Ljava/lang/Object;");
    // Made for the last level for which scheme 1 alone is enough.
    ApkBuilder::new("com.example.plain")
        .sdk(24, 29)
        .label("Plain")
        .component(Component::activity(".Main").launcher())
        .dex(&dex)
        .file("assets/note.txt", *b"a note of some length, so that packing it is worth the while")
        .stored_file(
            "res/raw/with a long name, so that the line in the list must fold.bin",
            [7; 99],
        )
        .stored_file("assets/empty", [])
}

/// The words for a key.
pub(crate) fn by(key: &Key) -> [&str; 4] {
    ["--key", &key.private_file, "--cert", &key.certificate_file]
}

/// Which schemes to sign with, for the combinations worth having.
const SCHEMES: [(&str, [bool; 3]); 7] = [
    ("v1", [true, false, false]),
    ("v2", [false, true, false]),
    ("v3", [false, false, true]),
    ("v12", [true, true, false]),
    ("v13", [true, false, true]),
    ("v23", [false, true, true]),
    ("v123", [true, true, true]),
];

fn switches([v1, v2, v3]: [bool; 3]) -> Vec<&'static str> {
    let mut words = Vec::new();
    let names = ["--v1-signing-enabled", "--v2-signing-enabled", "--v3-signing-enabled"];
    for (name, on) in names.into_iter().zip([v1, v2, v3]) {
        words.extend([name, if on { "true" } else { "false" }]);
    }
    words.extend(["--v4-signing-enabled", "false"]);
    words
}

/// Every app that apksigner and jarsigner agree to sign.
pub(crate) fn all(rig: &Rig, keys: &Keys) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: String, bytes: Option<Vec<u8>>| {
        cases.extend(bytes.map(|bytes| Case { name, bytes }));
    };
    let plain = unsigned().build();
    let old = unsigned().sdk(17, 29).build();
    add("unsigned".to_owned(), Some(plain.clone()));
    for (name, key) in &keys.all {
        for (schemes, on) in SCHEMES {
            let words = [&switches(on)[..], &by(key)].concat();
            add(format!("{name}_{schemes}"), rig.apksigner(&plain, &words));
        }
        for api in ["17", "18", "21", "28", "30"] {
            let words = [&switches([true, true, true])[..], &["--min-sdk-version", api], &by(key)];
            add(format!("{name}_from_{api}"), rig.apksigner(&old, &words.concat()));
        }
        let verity =
            [&switches([false, true, true])[..], &["--verity-enabled", "true"], &by(key)].concat();
        add(format!("{name}_verity"), rig.apksigner(&plain, &verity));
    }
    let newer = unsigned().sdk(24, 30).build();
    for (schemes, on) in SCHEMES {
        let words = [&switches(on)[..], &by(keys.get("rsa2048"))].concat();
        add(format!("made_for_30_{schemes}"), rig.apksigner(&newer, &words));
    }
    several(rig, keys, &plain, &mut add);
    changed_keys(rig, keys, &plain, &mut add);
    stamped(rig, keys, &plain, &mut add);
    jars(rig, keys, &plain, &mut add);
    cases
}

type Add<'a> = dyn FnMut(String, Option<Vec<u8>>) + 'a;

fn several(rig: &Rig, keys: &Keys, plain: &[u8], add: &mut Add<'_>) {
    let sets: [(&str, &[&str]); 3] = [
        ("two", &["rsa2048", "ec256"]),
        ("three", &["rsa2048", "ec256", "dsa1024"]),
        ("other_two", &["ec384", "rsa4096"]),
    ];
    for (name, set) in sets {
        for (schemes, on) in [
            ("v1", [true, false, false]),
            ("v12", [true, true, false]),
            ("v2", [false, true, false]),
        ] {
            let mut words = switches(on);
            for (at, key) in set.iter().enumerate() {
                words.extend((at > 0).then_some("--next-signer"));
                words.extend(by(keys.get(key)));
            }
            add(format!("{name}_signers_{schemes}"), rig.apksigner(plain, &words));
        }
    }
}

fn changed_keys(rig: &Rig, keys: &Keys, plain: &[u8], add: &mut Add<'_>) {
    let (first, second, third) =
        (by(keys.get("rsa2048")), by(keys.get("ec256")), by(keys.get("rsa2048_other")));
    for (schemes, on) in SCHEMES {
        for api in ["24", "28"] {
            let from = ["--min-sdk-version", api];
            let two = [&switches(on)[..], &from, &first, &["--next-signer"], &second];
            let two = [&two.concat()[..], &["--lineage", &keys.lineage]].concat();
            add(format!("rotated_{schemes}_from_{api}"), rig.apksigner(plain, &two));
            let three = [
                &switches(on)[..],
                &from,
                &first,
                &["--next-signer"],
                &third,
                &["--lineage", &keys.long_lineage],
            ];
            add(
                format!("rotated_twice_{schemes}_from_{api}"),
                rig.apksigner(plain, &three.concat()),
            );
        }
    }
    let new_alone = [&switches([false, false, true])[..], &second, &["--lineage", &keys.lineage]];
    add("rotated_new_alone".to_owned(), rig.apksigner(plain, &new_alone.concat()));
}

fn stamped(rig: &Rig, keys: &Keys, plain: &[u8], add: &mut Add<'_>) {
    for (schemes, on) in SCHEMES {
        for stamp in ["rsa2048_other", "ec521"] {
            let words = [
                &switches(on)[..],
                &by(keys.get("rsa2048")),
                &["--stamp-signer"],
                &by(keys.get(stamp)),
            ];
            add(format!("stamped_{schemes}_by_{stamp}"), rig.apksigner(plain, &words.concat()));
        }
    }
}

fn jars(rig: &Rig, keys: &Keys, plain: &[u8], add: &mut Add<'_>) {
    let algorithms: [(&str, &[&str]); 7] = [
        (
            "rsa2048",
            &[
                "MD5withRSA",
                "SHA1withRSA",
                "SHA224withRSA",
                "SHA256withRSA",
                "SHA384withRSA",
                "SHA512withRSA",
            ],
        ),
        ("rsa1024", &["SHA256withRSA"]),
        ("dsa1024", &["SHA1withDSA", "SHA224withDSA", "SHA256withDSA"]),
        ("dsa2048", &["SHA256withDSA"]),
        ("ec256", &["SHA1withECDSA", "SHA224withECDSA", "SHA256withECDSA", "SHA512withECDSA"]),
        ("ec384", &["SHA384withECDSA"]),
        ("ec521", &["SHA512withECDSA", "SHA256withECDSA"]),
    ];
    for (name, all) in algorithms {
        for algorithm in all {
            let how = ["SHA-256", algorithm, "CERT", "false"];
            let signed = rig.jarsigner(plain, keys.get(name), how);
            add(format!("jar_{name}_{algorithm}"), signed);
        }
    }
    for digest in ["MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"] {
        for sections in ["true", "false"] {
            let how = [digest, "SHA256withRSA", "CERT", sections];
            let signed = rig.jarsigner(plain, keys.get("rsa2048"), how);
            add(format!("jar_digest_{digest}_sections_{sections}"), signed);
        }
    }
    let first = rig.jarsigner(plain, keys.get("rsa2048"), ["SHA-256", "", "FIRST", "false"]);
    let both = first.and_then(|first| {
        rig.jarsigner(&first, keys.get("ec256"), ["SHA-256", "", "SECOND", "false"])
    });
    add("jar_two_signers".to_owned(), both);
    let other =
        rig.jarsigner(plain, keys.get("rsa2048"), ["SHA-256", "", "FIRST", "false"]).and_then(
            |first| rig.jarsigner(&first, keys.get("dsa1024"), ["SHA-1", "", "SECOND", "true"]),
        );
    add("jar_two_signers_two_digests".to_owned(), other);
}
