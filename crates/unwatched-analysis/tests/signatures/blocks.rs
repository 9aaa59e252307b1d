//! Blocks of scheme 1 (PKCS #7) that no tool writes: each statement in them made odd, and signatures
//! by keys and hashes that `jarsigner` does not put together.

use super::archive::{repacked, unpacked};
use super::rig::{Key, Rig};
use super::signed::{Case, Keys};

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
const SHA1: &[u8] = &[0x2b, 0x0e, 0x03, 0x02, 0x1a];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
const NULL: &[u8] = &[5, 0];

/// An element.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let digits = content.len().to_be_bytes();
    let significant = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
    let length = match content.len() {
        short @ 0..=0x7f => vec![u8::try_from(short).unwrap()],
        _ => [&[0x80 | u8::try_from(significant.len()).unwrap()], significant].concat(),
    };
    [&[tag], &length[..], &content].concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

/// The parts of a constructed element.
pub(crate) fn parts(data: &[u8]) -> Vec<&[u8]> {
    let mut rest = content(data);
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let length = whole(rest);
        parts.push(&rest[..length]);
        rest = &rest[length..];
    }
    parts
}

pub(crate) fn content(data: &[u8]) -> &[u8] {
    let header = if data[1] < 0x80 { 2 } else { 2 + usize::from(data[1] & 0x7f) };
    &data[header..whole(data)]
}

fn whole(data: &[u8]) -> usize {
    if data[1] < 0x80 {
        return 2 + usize::from(data[1]);
    }
    let digits = &data[2..2 + usize::from(data[1] & 0x7f)];
    2 + digits.len() + digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))
}

/// A block to be written, right in everything that is not set otherwise.
#[derive(Clone)]
struct Block {
    version: Vec<u8>,
    content: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    behind_certificates: Vec<u8>,
    signers: Vec<Vec<u8>>,
}

/// One signature in it.
struct Signer<'k> {
    certificate: &'k [u8],
    algorithms: [&'static [u8]; 2],
    version: &'static [u8],
    behind: Vec<u8>,
}

impl<'k> Signer<'k> {
    fn of(key: &'k Key) -> Self {
        let kind = match key.kind {
            "RSA" => RSA,
            "EC" => EC,
            _ => DSA,
        };
        let certificate = &key.certificate;
        Self { certificate, algorithms: [SHA256, kind], version: &[1], behind: Vec::new() }
    }

    fn write(&self, signature: &[u8]) -> Vec<u8> {
        let body = parts(parts(self.certificate)[0]);
        let body = if body[0][0] == 0xa0 { &body[1..] } else { &body[..] };
        let algorithm = |oid: &[u8]| sequence(&[&element(6, &[oid]), NULL]);
        sequence(&[
            &element(2, &[self.version]),
            &sequence(&[body[2], body[0]]),
            &algorithm(self.algorithms[0]),
            &algorithm(self.algorithms[1]),
            &element(4, &[signature]),
            &self.behind,
        ])
    }
}

impl Block {
    fn of(certificates: &[&[u8]], signers: Vec<Vec<u8>>) -> Self {
        Self {
            version: vec![1],
            content: Vec::new(),
            certificates: certificates.iter().map(|der| der.to_vec()).collect(),
            behind_certificates: Vec::new(),
            signers,
        }
    }

    fn write(&self) -> Vec<u8> {
        let data = sequence(&[
            &element(2, &[&self.version]),
            &element(0x31, &[&sequence(&[&element(6, &[SHA256]), NULL])]),
            &sequence(&[&element(6, &[DATA]), &self.content]),
            &element(0xa0, &[&self.certificates.concat()]),
            &self.behind_certificates,
            &element(0x31, &[&self.signers.concat()]),
        ]);
        sequence(&[&element(6, &[SIGNED_DATA]), &element(0xa0, &[&data])])
    }
}

/// Whether a file's name ends so.
fn is_named(name: &str, end: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == end)
}

/// Each block in the place of the one in a signed app.
pub(crate) fn all(rig: &Rig, keys: &Keys, signed: &[Case]) -> Vec<Case> {
    let app = &signed.iter().find(|case| case.name == "rsa2048_v1").expect("it is signed").bytes;
    let mut files = unpacked(app).into_iter();
    let list = files.find(|(name, _)| is_named(name, "SF")).expect("a signer's list").1;
    let mut cases = Vec::new();
    let mut add = |name: &str, block: &[u8]| {
        let bytes = repacked(app, |files| {
            files.iter_mut().find(|(name, _)| is_named(name, "RSA")).unwrap().1 = block.to_vec();
        });
        cases.push(Case { name: format!("block_{name}"), bytes });
    };
    let (rsa, ec, dsa) = (keys.get("rsa2048"), keys.get("ec256"), keys.get("dsa2048"));
    let by = |key: &Key, algorithm: &str| rig.sign(key, algorithm, &list);
    let one = |key: &Key, signer: &Signer<'_>, signature: &[u8]| {
        Block::of(&[&key.certificate], vec![signer.write(signature)])
    };

    let right = by(rsa, "SHA256withRSA");
    let plain = one(rsa, &Signer::of(rsa), &right);
    add("plain", &plain.write());
    // Java signs no such thing, and takes it.
    let short = rig.sign(dsa, "NONEwithDSA", &sha1(&list));
    let with_sha1 = Signer { algorithms: [SHA1, DSA], ..Signer::of(dsa) };
    add("dsa_hash_shorter_than_key", &one(dsa, &with_sha1, &short).write());

    for (name, version) in [("long", &[1, 0, 0, 0, 0][..]), ("negative", &[0xff]), ("none", &[])] {
        let odd = Block { version: version.to_vec(), ..plain.clone() };
        add(&format!("version_{name}"), &odd.write());
    }
    add(
        "signer_version_long",
        &one(rsa, &Signer { version: &[1; 5], ..Signer::of(rsa) }, &right).write(),
    );
    for (name, inside) in [("text", &[4, 1, 7][..]), ("nothing", &[]), ("broken", &[4, 9])] {
        let odd = Block { content: element(0xa0, &[inside]), ..plain.clone() };
        add(&format!("content_{name}"), &odd.write());
        let odd = Block { behind_certificates: element(0xa1, &[inside]), ..plain.clone() };
        add(&format!("revocations_{name}"), &odd.write());
        let odd = Signer { behind: element(0xa1, &[inside]), ..Signer::of(rsa) };
        add(&format!("unsigned_attributes_{name}"), &one(rsa, &odd, &right).write());
    }
    let attribute = sequence(&[&element(6, &[&[0x2a, 3]]), &element(0x31, &[NULL])]);
    let fine = Signer { behind: element(0xa1, &[&attribute]), ..Signer::of(rsa) };
    add("unsigned_attribute", &one(rsa, &fine, &right).write());

    for (name, key, algorithm) in [("ec", ec, "SHA256withECDSA"), ("dsa", dsa, "SHA256withDSA")] {
        // A number whose highest bit is set, so that leaving out its zero makes it negative.
        let signature = std::iter::repeat_with(|| by(key, algorithm))
            .find(|signature| parts(signature)[0].get(2) == Some(&0))
            .expect("they never end");
        let numbers = parts(&signature);
        let [first, second] = [content(numbers[0]), content(numbers[1])];
        let number = |digits: &[u8]| element(2, &[digits]);
        let more = [&[0], first].concat();
        let length = u8::try_from(content(&signature).len()).unwrap();
        for (what, changed) in [
            ("whole", signature.clone()),
            ("without_zero", sequence(&[&number(&first[1..]), &number(second)])),
            ("with_more_zeros", sequence(&[&number(&more), &number(second)])),
            ("with_long_length", [&[0x30, 0x81, length], content(&signature)].concat()),
            ("with_open_length", [&[0x30, 0x80], content(&signature), &[0, 0]].concat()),
            ("with_more_behind", [&signature[..], &[0]].concat()),
            ("of_zeros", sequence(&[&number(&[0]), &number(&[0])])),
        ] {
            add(&format!("{name}_signature_{what}"), &one(key, &Signer::of(key), &changed).write());
        }
    }

    for (name, certificate) in odd_certificates(rsa) {
        // The issuer and serial number that a signer names are taken from what it can be.
        let naming = Signer { certificate: &certificate, ..Signer::of(rsa) };
        let readable = name != "open_length";
        let named = if readable { naming.write(&right) } else { Signer::of(rsa).write(&right) };
        add(&format!("certificate_{name}"), &Block::of(&[&certificate], vec![named]).write());
    }
    for (name, certificate) in [("lower", "cn=rsa2048"), ("spaced", "  rsa2048 ")] {
        let text = certificate.trim_start_matches("cn=");
        let kind = element(6, &[&[0x55, 4, 3]]);
        let pair = sequence(&[&kind, &element(0x0c, &[text.as_bytes()])]);
        let issuer = sequence(&[&element(0x31, &[&pair])]);
        let body = parts(parts(&rsa.certificate)[0]);
        let mut changed = body.clone();
        changed[3] = &issuer;
        let der = parts(&rsa.certificate);
        let other = sequence(&[&sequence(&changed), der[1], der[2]]);
        let naming = Signer { certificate: &other, ..Signer::of(rsa) };
        add(&format!("issuer_{name}"), &one(rsa, &naming, &right).write());
    }

    // Signed by hand: the padding around a digest whose algorithm has no parameters, or odd ones.
    for (name, parameters) in [("without", &[][..]), ("null", NULL), ("odd", &[0x30, 0])] {
        let algorithm = sequence(&[&element(6, &[SHA256]), parameters]);
        let info = sequence(&[&algorithm, &element(4, &[&sha256(&list)])]);
        let signature = rig.sign(rsa, "NONEwithRSA", &info);
        add(&format!("rsa_parameters_{name}"), &one(rsa, &Signer::of(rsa), &signature).write());
    }

    // Of several signatures one has to hold, but one that cannot even be checked refuses them all.
    let both = [&rsa.certificate[..], &ec.certificate];
    let by_ec = Signer::of(ec).write(&by(ec, "SHA256withECDSA"));
    let wrong = Signer::of(rsa).write(&rig.sign(rsa, "SHA256withRSA", b"something else"));
    let short = Signer::of(rsa).write(&right[1..]);
    let mixed = Signer { algorithms: [SHA256, EC], ..Signer::of(rsa) }.write(&right);
    for (name, other) in [("wrong", &wrong), ("short", &short), ("of_another_kind", &mixed)] {
        add(
            &format!("{name}_then_right"),
            &Block::of(&both, vec![other.clone(), by_ec.clone()]).write(),
        );
        add(
            &format!("right_then_{name}"),
            &Block::of(&both, vec![by_ec.clone(), other.clone()]).write(),
        );
    }
    cases
}

/// Certificates made odd: in scheme 1 no signature covers one, so that any will do.
pub(crate) fn odd_certificates(key: &Key) -> Vec<(&'static str, Vec<u8>)> {
    let whole = parts(&key.certificate);
    let body = parts(whole[0]);
    let with = |at: usize, new: &[u8]| -> Vec<u8> {
        let mut body: Vec<&[u8]> = body.iter().copied().take(7).collect();
        if at < 7 {
            body[at] = new;
        } else {
            body.push(new);
        }
        sequence(&[&sequence(&body), whole[1], whole[2]])
    };
    let extension = |oid: &[u8], critical: u8, value: &[u8]| {
        let (oid, value) = (element(6, &[oid]), element(4, &[value]));
        sequence(&[&oid, &element(1, &[&[critical]]), &value])
    };
    let extensions = |list: &[Vec<u8>]| with(7, &element(0xa3, &[&sequence(&[&list.concat()])]));
    let time = |text: &[u8]| {
        with(4, &sequence(&[&element(0x17, &[text]), &element(0x17, &[b"400101000000Z"])]))
    };
    let key_parts = parts(body[6]);
    let numbers = parts(&content(key_parts[1])[1..]);
    let modulus = content(numbers[0]).strip_prefix(&[0]).unwrap_or(content(numbers[0]));
    let bare = sequence(&[&element(2, &[modulus]), numbers[1]]);
    let negative = sequence(&[key_parts[0], &element(3, &[&[0], &bare])]);
    let inside = content(&key.certificate);
    let long = u32::try_from(inside.len()).unwrap().to_be_bytes();
    vec![
        ("as_it_was", key.certificate.clone()),
        ("version_negative", with(0, &[0xa0, 3, 2, 1, 0xff])),
        ("version_1_with_extensions", {
            let none = extensions(&[]);
            let body = parts(parts(&none)[0]).into_iter().skip(1).collect::<Vec<_>>();
            sequence(&[&sequence(&body), whole[1], whole[2]])
        }),
        ("no_issuer", with(3, &[0x30, 0])),
        ("serial_negative", with(1, &[2, 1, 0x85])),
        ("serial_padded", with(1, &[2, 3, 0, 0, 5])),
        ("serial_of_nothing", with(1, &[2, 0])),
        ("time_31st_of_february", time(b"200231000000Z")),
        ("time_13th_month", time(b"201301000000Z")),
        ("time_without_zone", time(b"200101000000")),
        (
            "extension_twice",
            extensions(&[
                vec![0x30, 7, 6, 1, 0x2a, 4, 2, 5, 0],
                vec![0x30, 7, 6, 1, 0x2a, 4, 2, 5, 0],
            ]),
        ),
        ("extension_unknown_critical", extensions(&[extension(&[0x2a, 3], 0xff, &[5, 0])])),
        ("extension_known_critical", extensions(&[extension(&[0x55, 0x1d, 27], 0xff, &[2, 1, 1])])),
        ("usage_not_to_sign", extensions(&[extension(&[0x55, 0x1d, 15], 0, &[3, 2, 5, 0x20])])),
        ("usage_malformed", extensions(&[extension(&[0x55, 0x1d, 15], 0xff, &[0xff])])),
        ("usage_malformed_not_critical", extensions(&[extension(&[0x55, 0x1d, 15], 0, &[0xff])])),
        ("modulus_negative", with(6, &negative)),
        ("more_in_body", with(7, &[5, 0])),
        ("more_behind_signature", sequence(&[whole[0], whole[1], whole[2], &[5, 0]])),
        ("long_length", [&[0x30, 0x84], &long[..], inside].concat()),
        ("open_length", [&[0x30, 0x80], inside, &[0, 0]].concat()),
    ]
}

fn sha1(data: &[u8]) -> Vec<u8> {
    use sha1::Digest as _;
    sha1::Sha1::digest(data).to_vec()
}

fn sha256(data: &[u8]) -> Vec<u8> {
    use sha2::Digest as _;
    sha2::Sha256::digest(data).to_vec()
}
