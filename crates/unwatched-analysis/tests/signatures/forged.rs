//! Signing blocks that apksigner does not write: scheme 3.1, RSA-PSS, unknown algorithms, and every
//! statement in a block made wrong while its signature is right.

use super::forge::{
    ALL_APIS, Forged, Parts, ROTATION, ROTATION_MIN_SDK, STRIPPING_PROTECTION, V2, V3, V31,
    lineage, signers, sized, word,
};
use super::rig::Rig;
use super::signed::{Case, Keys, unsigned};

/// What makes a signer wrong.
type Change = fn(&mut Forged<'_>);

/// Every forged block on the same app.
pub(crate) fn all(rig: &Rig, keys: &Keys) -> Vec<Case> {
    let parts = Parts::of(&unsigned().build());
    let mut cases = Vec::new();
    let mut add = |name: &str, pairs: Vec<(u32, Vec<u8>)>| {
        let bytes = parts.with(&pairs).join();
        cases.push(Case { name: format!("forged_{name}"), bytes });
    };
    let rsa = keys.get("rsa2048");
    let ec = keys.get("ec256");
    let other = keys.get("rsa2048_other");
    let two = |forged: Forged<'_>| (V2, signers(rig, &parts, &[forged]));
    let three = |forged: Forged<'_>| {
        let apis = forged.apis.unwrap_or(ALL_APIS);
        (V3, signers(rig, &parts, &[forged.apis(apis)]))
    };

    for (name, algorithms) in [
        ("pss_256", &[0x0101][..]),
        ("pss_512", &[0x0102]),
        ("pkcs1_256_and_512", &[0x0103, 0x0104]),
        ("pkcs1_512_then_256", &[0x0104, 0x0103]),
        ("pkcs1_512", &[0x0104]),
        ("pkcs1_256", &[0x0103]),
    ] {
        add(&format!("v2_{name}"), vec![two(Forged::new(rsa, algorithms))]);
        add(&format!("v3_{name}"), vec![three(Forged::new(rsa, algorithms))]);
    }
    add("v2_ecdsa_512", vec![two(Forged::new(ec, &[0x0202]))]);
    add("v2_ecdsa_521_256", vec![two(Forged::new(keys.get("ec521"), &[0x0201]))]);
    add("v2_dsa", vec![two(Forged::new(keys.get("dsa2048"), &[0x0301]))]);

    let changes: [(&str, Change); 12] = [
        ("wrong_digest", |f| f.spoil_digest = true),
        ("wrong_signature", |f| f.spoil_signature = true),
        ("unknown_algorithm_beside", |f| f.unknown = vec![0x0999]),
        ("unknown_algorithms_only", |f| {
            f.algorithms.clear();
            f.unknown = vec![0x0999];
        }),
        ("no_signatures", |f| f.algorithms.clear()),
        ("no_certificates", |f| f.certificates.clear()),
        ("two_certificates", |f| f.certificates.push(f.certificates[0].clone())),
        ("malformed_certificate", |f| f.certificates[0].truncate(40)),
        ("malformed_second_certificate", |f| f.certificates.push(vec![0x30, 3, 1])),
        ("digests_of_another_algorithm", |f| f.digest_ids = Some(vec![0x0104])),
        ("digests_missing", |f| f.digest_ids = Some(vec![])),
        ("unknown_attribute", |f| f.attributes.push((0x1234_5678, vec![1, 2, 3]))),
    ];
    for (name, change) in changes {
        let mut forged = Forged::new(rsa, &[0x0103]);
        change(&mut forged);
        add(&format!("v2_{name}"), vec![two(forged.clone())]);
        add(&format!("v3_{name}"), vec![three(forged)]);
    }
    for (name, certificate) in super::blocks::odd_certificates(rsa) {
        let mut odd = Forged::new(rsa, &[0x0103]);
        odd.certificates = vec![certificate];
        add(&format!("v2_certificate_{name}"), vec![two(odd)]);
    }
    let mut as_text = Forged::new(rsa, &[0x0103]);
    as_text.certificates = vec![in_pem(&rsa.certificate)];
    add("v2_certificate_as_text", vec![two(as_text)]);
    let many = vec![Forged::new(rsa, &[0x0103]); 51];
    add("v2_51_signers", vec![(V2, signers(rig, &parts, &many))]);
    let mut followed = Forged::new(rsa, &[0x0103]);
    followed.certificates[0].push(0);
    add("v2_certificate_followed", vec![two(followed)]);
    let mut swapped = Forged::new(rsa, &[0x0103]);
    swapped.certificates = vec![other.certificate.clone()];
    add("v2_certificate_of_another", vec![two(swapped.clone())]);
    add("v3_certificate_of_another", vec![three(swapped)]);
    let mut claimed = Forged::new(rsa, &[0x0103]);
    claimed.certificates = vec![other.certificate.clone()];
    claimed.public.clone_from(&other.public);
    add("v2_key_of_another", vec![two(claimed)]);
    let mut mixed = Forged::new(rsa, &[0x0103]);
    mixed.public.clone_from(&ec.public);
    add("v2_key_of_another_kind", vec![two(mixed)]);

    let right = || Forged::new(rsa, &[0x0103]);
    add(
        "v2_twice_in_the_block",
        vec![
            two(right()),
            two({
                let mut wrong = right();
                wrong.spoil_signature = true;
                wrong
            }),
        ],
    );
    add(
        "v2_twice_wrong_first",
        vec![
            two({
                let mut wrong = right();
                wrong.spoil_signature = true;
                wrong
            }),
            two(right()),
        ],
    );
    add("v2_two_signers", vec![(V2, signers(rig, &parts, &[right(), Forged::new(ec, &[0x0201])]))]);
    add(
        "v2_two_signers_one_wrong",
        vec![(
            V2,
            signers(
                rig,
                &parts,
                &[right(), {
                    let mut wrong = Forged::new(ec, &[0x0201]);
                    wrong.spoil_signature = true;
                    wrong
                }],
            ),
        )],
    );
    add(
        "v2_other_pieces",
        vec![
            (0x504b_4453, vec![1; 100]),
            two(right()),
            (0x2146_444e, vec![2; 50]),
            (0x1212_3434, vec![]),
        ],
    );
    for (name, id) in [("v2", V2), ("v3", V3)] {
        add(&format!("{name}_no_signers"), vec![(id, word(0).to_vec())]);
        add(&format!("{name}_empty"), vec![(id, vec![])]);
        add(&format!("{name}_huge_length"), vec![(id, vec![0xff; 8])]);
        add(&format!("{name}_empty_signer"), vec![(id, sized(&sized(&[])))]);
    }
    add("only_padding", vec![(0x4272_6577, vec![0; 100])]);
    add("v2_says_v3_is_there", vec![two(right().attribute(STRIPPING_PROTECTION, word(3)))]);
    add("v2_says_v2_is_there", vec![two(right().attribute(STRIPPING_PROTECTION, word(2)))]);
    add("v2_says_v4_is_there", vec![two(right().attribute(STRIPPING_PROTECTION, word(4)))]);
    add("v2_says_malformed", vec![two(right().attribute(STRIPPING_PROTECTION, [3]))]);
    add(
        "v23_protected",
        vec![two(right().attribute(STRIPPING_PROTECTION, word(3))), three(right())],
    );
    add("v23_of_two_keys", vec![two(right()), three(Forged::new(ec, &[0x0201]))]);
    add(
        "v23_several_in_v2",
        vec![(V2, signers(rig, &parts, &[right(), Forged::new(ec, &[0x0201])])), three(right())],
    );

    for (name, apis) in [
        ("from_24", (24i32, i32::MAX)),
        ("from_29", (29, i32::MAX)),
        ("from_33", (33, i32::MAX)),
        ("from_34", (34, i32::MAX)),
        ("up_to_30", (28, 30)),
        ("none", (30, 29)),
        ("from_0", (0, i32::MAX)),
    ] {
        let apis = (apis.0.cast_unsigned(), apis.1.cast_unsigned());
        add(&format!("v3_{name}"), vec![three(right().apis(apis))]);
        add(&format!("v23_{name}"), vec![two(right()), three(right().apis(apis))]);
    }
    add("v3_negative_api", vec![three(right().apis((0x8000_0000, 0x7fff_ffff)))]);
    let mut differing = right();
    differing.outer_apis = Some((28, 40));
    add("v3_outer_apis_differ", vec![three(differing)]);

    let proof = lineage(rig, &[(rsa, 0x0103), (ec, 0x0201)]);
    let old = || right().apis((28, 32));
    let new = |apis| Forged::new(ec, &[0x0201]).apis(apis).attribute(ROTATION, proof.clone());
    let newer = (33, 0x7fff_ffff);
    add("v3_two_ranges", vec![(V3, signers(rig, &parts, &[old(), new(newer)]))]);
    add("v3_two_ranges_other_order", vec![(V3, signers(rig, &parts, &[new(newer), old()]))]);
    add("v3_ranges_with_gap", vec![(V3, signers(rig, &parts, &[old(), new((34, 0x7fff_ffff))]))]);
    add("v3_ranges_overlap", vec![(V3, signers(rig, &parts, &[old(), new((32, 0x7fff_ffff))]))]);
    add(
        "v3_ranges_same_start",
        vec![(V3, signers(rig, &parts, &[right().apis((28, 30)), right().apis(ALL_APIS)]))],
    );
    add("v23_rotated", vec![two(right()), three(new(ALL_APIS))]);
    add("v23_rotated_v2_by_new", vec![two(Forged::new(ec, &[0x0201])), three(new(ALL_APIS))]);
    add(
        "v23_rotated_v2_by_stranger",
        vec![two(Forged::new(other, &[0x0103])), three(new(ALL_APIS))],
    );
    add(
        "v3_two_signers_no_history",
        vec![
            two(right()),
            (V3, signers(rig, &parts, &[old(), Forged::new(ec, &[0x0201]).apis(newer)])),
        ],
    );
    let history = |value: Vec<u8>| {
        three(Forged::new(ec, &[0x0201]).apis(ALL_APIS).attribute(ROTATION, value))
    };
    let mut broken = proof.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    add("v3_lineage_wrong_signature", vec![history(broken)]);
    add("v3_lineage_of_another", vec![history(lineage(rig, &[(rsa, 0x0103), (other, 0x0103)]))]);
    add(
        "v3_lineage_goes_on",
        vec![history(lineage(rig, &[(rsa, 0x0103), (ec, 0x0201), (other, 0x0103)]))],
    );
    add(
        "v3_lineage_twice_the_same",
        vec![history(lineage(rig, &[(ec, 0x0201), (rsa, 0x0103), (ec, 0x0201)]))],
    );
    add("v3_lineage_of_one", vec![history(lineage(rig, &[(ec, 0x0201)]))]);
    add("v3_lineage_pss", vec![history(lineage(rig, &[(rsa, 0x0101), (ec, 0x0201)]))]);
    add("v3_lineage_empty", vec![history(vec![])]);
    add("v3_lineage_no_nodes", vec![history(word(1).to_vec())]);
    add("v3_lineage_version_2", vec![history([&word(2)[..], &proof[4..]].concat())]);
    add("v3_lineage_cut", vec![history(proof[..proof.len() / 2].to_vec())]);
    let mut unknown = proof.clone();
    let at = 4 + 4 + 4 + 4 + rsa.certificate.len() + 4 + 4;
    unknown[at..at + 4].copy_from_slice(&0x0999u32.to_le_bytes());
    add("v3_lineage_unknown_algorithm", vec![history(unknown)]);

    let announced =
        |apis, from: usize| three(right().apis(apis).attribute(ROTATION_MIN_SDK, word(from)));
    let newest = |forged: Forged<'_>| (V31, signers(rig, &parts, &[forged]));
    add("v31", vec![announced((28, 32), 33), newest(new(newer))]);
    add("v231", vec![two(right()), announced((28, 32), 33), newest(new(newer))]);
    add("v31_stripped", vec![announced((28, 32), 33)]);
    add("v31_stripped_all_apis", vec![announced(ALL_APIS, 33)]);
    add("v31_other_level", vec![announced((28, 32), 34), newest(new(newer))]);
    add("v31_not_announced", vec![three(old()), newest(new(newer))]);
    add("v31_alone", vec![newest(new(newer))]);
    add(
        "v31_wrong_signature",
        vec![
            announced((28, 32), 33),
            newest({
                let mut wrong = new(newer);
                wrong.spoil_signature = true;
                wrong
            }),
        ],
    );
    add("v31_from_34", vec![announced((28, 33), 34), newest(new((34, 0x7fff_ffff)))]);
    add(
        "v31_of_a_stranger",
        vec![announced((28, 32), 33), newest(Forged::new(other, &[0x0103]).apis(newer))],
    );
    add("v31_gap", vec![announced((28, 31), 33), newest(new(newer))]);
    cases
}

/// A certificate in letters.
fn in_pem(der: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = b"-----BEGIN CERTIFICATE-----\n".to_vec();
    for three in der.chunks(3) {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - three.len()));
        let letters = [18, 12, 6, 0].map(|shift| LETTERS[bits >> shift & 0x3f]);
        text.extend(&letters[..=three.len()]);
        text.extend(vec![b'='; 3 - three.len()]);
    }
    text.extend(b"\n-----END CERTIFICATE-----\n");
    text
}
