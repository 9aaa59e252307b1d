//! Whether our verdict on signatures is that of Debian's apksigner, on hundreds of files: signed by
//! its own tools, forged piece by piece, and changed afterwards.

mod archive;
mod attacks;
mod blocks;
mod differences;
mod forge;
mod forged;
mod manifests;
mod rig;
mod signed;

use std::sync::{Mutex, MutexGuard, OnceLock};

use unwatched_analysis::{Limits, analyze, analyze_with_idsig};
use unwatched_model::report::Report;
use unwatched_model::signature::{Scheme, Signature};

use differences::EXPLAINED;
use forge::Parts;
use rig::Rig;
use signed::{Case, Keys};

fn report(bytes: &[u8]) -> Report {
    analyze(None, bytes, &Limits::default())
}

fn signature(bytes: &[u8]) -> Signature {
    // What is no app at all has no verdict, and apksigner refuses it.
    report(bytes).signature.unwrap_or_else(|| Signature {
        schemes: Vec::new(),
        accepted_at: unwatched_model::signature::AcceptedAt {
            api_24: false,
            api_28: false,
            api_33: false,
        },
        other_blocks: Vec::new(),
        problems: Vec::new(),
    })
}

fn accepted(signature: &Signature) -> [bool; 3] {
    let at = signature.accepted_at;
    [at.api_24, at.api_28, at.api_33]
}

/// What the tests share, for making it takes longer than all they ask of it.
struct Stand {
    rig: Rig,
    keys: Keys,
    signed: Vec<Case>,
}

impl Stand {
    /// `None` where `cargo xtask test` has said that apksigner cannot be had, and named that.
    fn get() -> Option<MutexGuard<'static, Self>> {
        static STAND: OnceLock<Mutex<Stand>> = OnceLock::new();
        if std::env::var_os("UNWATCHED_WITHOUT_APKSIGNER").is_some() {
            return None;
        }
        let made = STAND.get_or_init(|| {
            let rig = Rig::start();
            let keys = Keys::make(&rig);
            let signed = signed::all(&rig, &keys);
            Mutex::new(Self { rig, keys, signed })
        });
        Some(made.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    fn signed(&self, name: &str) -> &[u8] {
        let case = self.signed.iter().find(|case| case.name == name);
        &case.unwrap_or_else(|| panic!("apksigner did not make {name}")).bytes
    }

    fn everything(&self) -> Vec<Case> {
        let attacks = attacks::all(&self.signed);
        let blocks = blocks::all(&self.rig, &self.keys, &self.signed);
        let forged = forged::all(&self.rig, &self.keys);
        let manifests = manifests::all(&self.rig, &self.keys);
        [self.signed.clone(), attacks, blocks, forged, manifests].concat()
    }
}

#[test]
fn our_verdict_is_that_of_apksigner() {
    let Some(stand) = Stand::get() else { return };
    let cases = stand.everything();
    assert!(cases.len() >= 300, "only {} cases could be made", cases.len());
    let mut wrong = Vec::new();
    let mut unused: Vec<&str> = EXPLAINED.iter().map(|(name, ..)| *name).collect();
    let mut accepted_by_them = 0;
    for case in &cases {
        let ours = signature(&case.bytes);
        let theirs = stand.rig.judge(&case.bytes);
        let named = report(&case.bytes).certificates.iter().any(|certificate| certificate.verified);
        if named && accepted(&ours) == [false; 3] {
            wrong.push(format!("{}: refused, and a certificate counts as verified", case.name));
        }
        accepted_by_them += usize::from(theirs.accepted != [false; 3]);
        let explained = EXPLAINED.iter().find(|(name, ..)| *name == case.name);
        let expected = explained.map_or(theirs.accepted, |(_, expected, _)| *expected);
        if let Some((name, expected, why)) = explained {
            unused.retain(|known| known != name);
            if *expected == theirs.accepted {
                wrong.push(format!("{name}: no difference any more, though listed: {why}"));
            }
        }
        if accepted(&ours) != expected {
            wrong.push(format!(
                "{}: ours {:?} {:?}, apksigner {:?} {}",
                case.name,
                accepted(&ours),
                ours.problems,
                theirs.accepted,
                theirs.why
            ));
        }
    }
    println!(
        "{} files, {accepted_by_them} of them accepted at some level, {} differences explained",
        cases.len(),
        EXPLAINED.len()
    );
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(unused.is_empty(), "explained, and no such file: {unused:?}");
}

#[test]
fn a_changed_byte_never_makes_us_accept_what_apksigner_refuses() {
    let Some(stand) = Stand::get() else { return };
    let mut tried = 0;
    let mut wrong = Vec::new();
    for name in
        ["rsa2048_v1", "ec256_v2", "rsa2048_v3", "ec256_v123", "rotated_v23_from_24", "dsa2048_v12"]
    {
        let original = stand.signed(name);
        for (at, bit) in places(original) {
            let mut changed = original.to_vec();
            changed[at] ^= bit;
            let ours = accepted(&signature(&changed));
            tried += 1;
            // Asked only where we accept: that is what must not go wrong, and Java is slow.
            if ours == [false; 3] && tried % 8 != 0 {
                continue;
            }
            let theirs = stand.rig.judge(&changed);
            if ours != theirs.accepted {
                wrong.push(format!(
                    "{name} byte {at} of {} ^ {bit:#x}: ours {ours:?}, apksigner {:?} {}",
                    original.len(),
                    theirs.accepted,
                    theirs.why
                ));
            }
        }
    }
    println!("{tried} changed bytes");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Bytes over the whole file, more of them in the signing block, directory and end.
fn places(apk: &[u8]) -> Vec<(usize, u8)> {
    let block = Parts::of(apk).files.len();
    let bit = |at: usize| 1 << (at * 7 % 8);
    let files = (0..block).step_by(block.div_ceil(200)).map(|at| (at, bit(at)));
    let rest = apk.len() - block;
    let others = (block..apk.len()).step_by(rest.div_ceil(400)).map(|at| (at, bit(at)));
    files.chain(others).collect()
}

#[test]
fn the_file_of_scheme_4_is_checked_against_the_app() {
    let Some(stand) = Stand::get() else { return };
    let (rig, keys) = (&stand.rig, &stand.keys);
    let plain = signed::unsigned().build();
    for key in ["rsa2048", "ec256"] {
        let by = signed::by(keys.get(key));
        let (apk, idsig) =
            rig.with_idsig(&plain, &[&by[..], &["--v4-signing-enabled", "true"]].concat());
        let check = |apk: &[u8], idsig: &[u8], expected: bool| {
            let report = analyze_with_idsig(None, apk, Some(idsig), &Limits::default());
            let signature = report.signature.unwrap();
            let v4 = signature.scheme(Scheme::V4).unwrap();
            assert!(v4.present);
            assert_eq!(v4.verified, expected, "{key}: {:?}", v4.problems);
        };
        check(&apk, &idsig, true);
        for at in (0..idsig.len()).step_by(211) {
            let mut changed = idsig.clone();
            changed[at] ^= 1;
            check(&apk, &changed, false);
        }
        check(&apk, &idsig[..idsig.len() / 2], false);
        check(&apk, &[], false);
        check(&apk, &with_further_signer(&idsig, 0x1b93_ad61), true);
        let unknown = with_further_signer(&idsig, 0x1122_3344);
        check(&apk, &unknown, false);
        let report = analyze_with_idsig(None, &apk, Some(&unknown), &Limits::default());
        let v4 = report.signature.unwrap().scheme(Scheme::V4).unwrap().problems.clone();
        assert!(v4.iter().any(|problem| problem.id == "v4_unknown_layout"), "{v4:?}");
        let other = rig.apksigner(&plain, &signed::by(keys.get("ec384"))).unwrap();
        check(&other, &idsig, false);
    }
}

/// Layout 4.1: the signer once more, for another block of signatures of the app.
fn with_further_signer(idsig: &[u8], block: u32) -> Vec<u8> {
    let length = |at: usize| u32::from_le_bytes(idsig[at..at + 4].try_into().unwrap()) as usize;
    let signing_at = 8 + length(4);
    let (from, to) = (signing_at + 4, signing_at + 4 + length(signing_at));
    let prefix = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let signer = &idsig[from..to];
    let signers = [signer, &block.to_le_bytes(), &prefix(signer), signer].concat();
    [&idsig[..signing_at], &prefix(&signers), &signers, &idsig[to..]].concat()
}

#[test]
fn schemes_are_told_apart_and_named() {
    let Some(stand) = Stand::get() else { return };
    let find = |name: &str| stand.signed(name);
    let check = |name: &str, expected: &[Scheme]| {
        let signature = signature(find(name));
        let verified: Vec<Scheme> = signature
            .schemes
            .iter()
            .filter(|result| result.verified)
            .map(|result| result.scheme)
            .collect();
        assert_eq!(verified, expected, "{name}: {:?}", signature.schemes);
    };
    check("unsigned", &[]);
    check("rsa2048_v1", &[Scheme::V1]);
    check("ec521_v23", &[Scheme::V2, Scheme::V3]);
    check("dsa2048_v123", &[Scheme::V1, Scheme::V2, Scheme::V3]);
    check(
        "stamped_v123_by_rsa2048_other",
        &[Scheme::V1, Scheme::V2, Scheme::V3, Scheme::SourceStamp],
    );
    check("stamped_v1_by_rsa2048_other", &[Scheme::V1, Scheme::SourceStamp]);

    let rotated = signature(find("rotated_twice_v23_from_28"));
    let signer = &rotated.scheme(Scheme::V3).unwrap().signers[0];
    assert_eq!(signer.ancestors.len(), 2);
    assert!(signer.ancestors[0].capabilities.contains(&"installed_data".to_owned()));
    let proven = report(find("rotated_twice_v23_from_28")).certificates;
    assert_eq!(proven.len(), 3);
    assert!(proven.iter().all(|certificate| certificate.verified));
}
