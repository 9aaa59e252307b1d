//! Releases: a bundle written, opened, verified; and every way in which it can be wrong.

use std::io::{Cursor, Write};

use minisign::KeyPair;
use proptest::prelude::*;
use unwatched_formats::notice::notice;
use unwatched_formats::release::{
    Attribution, BundleError, INDEX_NAME, INDICATORS_NAME, Index, Limits, PublicKey,
    SIGNATURE_NAME, open_bundle, write_bundle,
};
use zip::CompressionMethod::{self, Deflated, Stored};
use zip::write::SimpleFileOptions;

use crate::expect::under_tests;

fn part(name: &str) -> Vec<u8> {
    std::fs::read(under_tests("fixture/release").join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(part(name)).unwrap()
}

fn key() -> PublicKey {
    text("key.pub").parse().unwrap()
}

/// A bundle of the files that minisign itself signed.
fn bundle() -> Vec<u8> {
    write_bundle(&part(INDEX_NAME), &text(SIGNATURE_NAME), &part(INDICATORS_NAME))
}

fn refused(bytes: &[u8], expected: &str) {
    let error = open_bundle(bytes, &Limits::default()).expect_err(expected).to_string();
    assert!(error.contains(expected), "{error}");
}

/// A ZIP as other tools write it.
fn zipped(method: CompressionMethod, entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, contents) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn parts() -> [(&'static str, Vec<u8>); 3] {
    [INDEX_NAME, SIGNATURE_NAME, INDICATORS_NAME].map(|name| (name, part(name)))
}

#[test]
fn what_minisign_signed_verifies() {
    let verified = open_bundle(&bundle(), &Limits::default()).unwrap().verify(&key()).unwrap();
    assert_eq!(verified.index.sequence, 7);
    assert_eq!(verified.indicators, part(INDICATORS_NAME));
    assert_eq!(verified.trusted_comment, "unwatched release 7");
    assert_eq!(verified.index.to_bytes(), part(INDEX_NAME), "the index's bytes are canonical");
}

#[test]
fn what_the_minisign_crate_signed_verifies_with_the_box_and_the_bare_line() {
    let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().unwrap();
    let index = part(INDEX_NAME);
    let signature =
        minisign::sign(Some(&pk), &sk, Cursor::new(&index), Some("release 7"), None).unwrap();
    let bytes = write_bundle(&index, &signature.into_string(), &part(INDICATORS_NAME));
    for key_text in [pk.to_box().unwrap().into_string(), pk.to_base64()] {
        let key: PublicKey = key_text.parse().unwrap();
        assert_eq!(key.to_string(), pk.to_base64());
        open_bundle(&bytes, &Limits::default()).unwrap().verify(&key).unwrap();
    }
    let other = open_bundle(&bytes, &Limits::default()).unwrap().verify(&key());
    assert_eq!(other.unwrap_err(), BundleError::OtherKey);
}

#[test]
fn the_same_contents_give_the_same_bytes() {
    assert_eq!(bundle(), bundle());
    crate::expect::golden("release/bundle", &bundle());
}

#[test]
fn a_bundle_zipped_by_another_tool_opens() {
    for method in [Stored, Deflated] {
        let parts = parts();
        let entries: Vec<_> =
            parts.iter().rev().map(|(name, contents)| (*name, contents.as_slice())).collect();
        let opened = open_bundle(&zipped(method, &entries), &Limits::default()).unwrap();
        opened.verify(&key()).unwrap();
    }
    let mut writer = zip::ZipWriter::new_stream(Vec::new());
    for (name, contents) in parts() {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(&contents).unwrap();
    }
    let streamed = writer.finish().unwrap().into_inner();
    open_bundle(&streamed, &Limits::default()).unwrap().verify(&key()).unwrap();
}

#[test]
fn changed_indicators_and_a_changed_index_are_refused() {
    let (index, signature) = (part(INDEX_NAME), text(SIGNATURE_NAME));
    let other = write_bundle(&index, &signature, b"not a real set, other bytes\n");
    assert_eq!(open_bundle(&other, &Limits::default()).unwrap_err(), BundleError::OtherIndicators);

    let later = text(INDEX_NAME).replace("2026-02-04", "2036-02-04");
    let other = write_bundle(later.as_bytes(), &signature, &part(INDICATORS_NAME));
    let opened = open_bundle(&other, &Limits::default()).unwrap();
    assert_eq!(opened.verify(&key()).unwrap_err(), BundleError::BadSignature);

    let comment = signature.replace("unwatched release 7", "unwatched release 8");
    let other = write_bundle(&index, &comment, &part(INDICATORS_NAME));
    let opened = open_bundle(&other, &Limits::default()).unwrap();
    assert_eq!(opened.verify(&key()).unwrap_err(), BundleError::BadSignature);

    let other = write_bundle(&index, "no signature", &part(INDICATORS_NAME));
    let opened = open_bundle(&other, &Limits::default()).unwrap();
    assert_eq!(opened.verify(&key()).unwrap_err(), BundleError::NoSignature);
}

#[test]
fn an_index_must_make_sense() {
    let with_index =
        |index: &str| write_bundle(index.as_bytes(), &text(SIGNATURE_NAME), &part(INDICATORS_NAME));
    refused(&with_index("{}"), "index.json is not a release's index: missing field `sequence`");
    let never = text(INDEX_NAME).replace("2026-02-04", "2025-02-04");
    refused(&with_index(&never), "it expires before it is published");
    let unlisted = text(INDEX_NAME).replace("indicators.bin", "others.bin");
    refused(&with_index(&unlisted), "are not those its index lists");
}

#[test]
fn other_shapes_are_refused() {
    let [index, signature, indicators] = parts();
    let entry = |(name, contents): &(&'static str, Vec<u8>)| (*name, contents.clone());
    let shaped = |entries: &[(&str, Vec<u8>)]| {
        let entries: Vec<_> =
            entries.iter().map(|(name, contents)| (*name, contents.as_slice())).collect();
        zipped(Stored, &entries)
    };
    refused(b"", "cut short or not a ZIP");
    refused(b"PNG\r\n, something else of more than twenty-two bytes", "cut short or not a ZIP");
    refused(&shaped(&[entry(&index), entry(&signature)]), "indicators.bin is missing");
    let all = [entry(&index), entry(&signature), entry(&indicators)];
    let more = [&all[..], &[("README", b"hello".to_vec())]].concat();
    refused(&shaped(&more), "more than it should");
    let moved = [("feeds/index.json", index.1.clone()), entry(&signature), entry(&indicators)];
    refused(&shaped(&moved), "index.json is missing");
    refused(&[b"#!/bin/sh\n", bundle().as_slice()].concat(), "bytes that belong to nothing");
    refused(&[bundle().as_slice(), b"\n"].concat(), "cut short or not a ZIP");
}

/// Of what stands around the contents, what no reader goes by: dates, versions, attributes. The rest
/// of a bundle cannot change by one bit.
#[test]
fn a_flipped_bit_is_refused_or_means_nothing() {
    let whole = bundle();
    let opened = |bytes: &[u8]| open_bundle(bytes, &Limits::default())?.verify(&key());
    let contents = opened(&whole).unwrap();
    let end = whole.len() - 22;
    let directory = u32::from_le_bytes(whole[end + 16..end + 20].try_into().unwrap()) as usize;
    let (mut locals, mut centrals) = (Vec::new(), Vec::new());
    for at in 0..whole.len() - 4 {
        match &whole[at..at + 4] {
            b"PK\x03\x04" => locals.push(at),
            b"PK\x01\x02" => centrals.push(at),
            _ => {}
        }
    }
    let means_nothing = |at: usize| {
        let within = |starts: &[usize], fields: &[std::ops::Range<usize>]| {
            let start = starts.iter().rev().find(|start| **start <= at);
            start.is_some_and(|start| fields.iter().any(|field| field.contains(&(at - start))))
        };
        // Version and date before the data; versions, date, disk and attributes in the directory; how
        // many disks and entries there are at the end.
        if at < directory {
            within(&locals, &[4..6, 10..14])
        } else if at < end {
            within(&centrals, &[4..8, 12..16, 34..42])
        } else {
            (4..12).contains(&(at - end))
        }
    };
    let mut taken = 0;
    let inside = 200..whole.len() - 1_000;
    for at in (0..whole.len()).filter(|at| !inside.contains(at) || at % 97 == 0) {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            let Ok(read) = opened(&flipped) else { continue };
            assert!(means_nothing(at), "bit {bit} of byte {at} was flipped and nobody noticed");
            assert_eq!(read.index_sha256, contents.index_sha256);
            assert_eq!(read.indicators, contents.indicators);
            taken += 1;
        }
    }
    assert!(taken > 0);
}

#[test]
fn a_second_entry_of_the_same_name_is_refused() {
    let longer_name = "index.jsoM";
    let [index, signature, indicators] = parts();
    let entries = [
        (INDEX_NAME, index.1.as_slice()),
        (longer_name, index.1.as_slice()),
        (SIGNATURE_NAME, signature.1.as_slice()),
        (INDICATORS_NAME, indicators.1.as_slice()),
    ];
    let mut bytes = zipped(Stored, &entries);
    let wanted = longer_name.as_bytes();
    for at in 0..bytes.len() - wanted.len() {
        if &bytes[at..at + wanted.len()] == wanted {
            bytes[at..at + wanted.len()].copy_from_slice(INDEX_NAME.as_bytes());
        }
    }
    refused(&bytes, "it holds index.json twice");
}

#[test]
fn what_inflates_without_end_is_stopped() {
    let zeros = vec![0u8; 8 << 20];
    let entries = [(INDEX_NAME, &b"{}"[..]), (SIGNATURE_NAME, b"x"), (INDICATORS_NAME, &zeros)];
    let bytes = zipped(Deflated, &entries);
    assert!(bytes.len() < 64 << 10);
    let limits = Limits { total_bytes: 1 << 20 };
    let error = open_bundle(&bytes, &limits).unwrap_err().to_string();
    assert!(error.contains("indicators.bin is larger than 1048576 bytes"), "{error}");

    let entries = [(INDEX_NAME, zeros.as_slice()), (SIGNATURE_NAME, b"x"), (INDICATORS_NAME, b"")];
    refused(&zipped(Deflated, &entries), "index.json is larger than");
}

#[test]
fn a_key_is_told_from_what_is_none() {
    let line = key().to_string();
    for accepted in [line.clone(), format!("\n{line}\r\n"), format!("\u{feff}{}", text("key.pub"))]
    {
        assert_eq!(accepted.parse::<PublicKey>().unwrap(), key());
    }
    let check = |text: &str, expected: &str| {
        let said = text.parse::<PublicKey>().unwrap_err().to_string();
        assert!(said.starts_with(&format!("not a public key: {expected}; expected the")), "{said}");
    };
    check("", "there is no key in it");
    check("<html>", "its line is not a minisign key");
    check(&text(SIGNATURE_NAME), "it has more than one line beside its comment");
}

#[test]
fn the_written_description_shows_a_real_index() {
    let page = include_str!("../../../../docs/reference/release.md");
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let index = Index::from_bytes(example.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(index.to_bytes()).unwrap(), example);
    assert_eq!(example, text(INDEX_NAME));
}

#[test]
fn the_notice_names_everybody() {
    let index = Index::from_bytes(&part(INDEX_NAME)).unwrap();
    let plain = Attribution {
        source: "example-lab".to_owned(),
        by: "Example Lab".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
        url: None,
        changes: None,
    };
    let attributions = [index.attribution, vec![plain]].concat();
    crate::expect::golden("release/NOTICE", notice(&index.licence, &attributions).as_bytes());
}

proptest! {
    /// Some bytes of a ZIP mean nothing (a time, a version): what opens holds what was signed.
    #[test]
    fn no_changed_bundle_gives_other_contents(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)
    ) {
        let mut bytes = bundle();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(opened) = open_bundle(&bytes, &Limits::default())
            && let Ok(verified) = opened.verify(&key())
        {
            prop_assert_eq!(verified.index.to_bytes(), part(INDEX_NAME));
            prop_assert_eq!(verified.indicators, part(INDICATORS_NAME));
        }
    }

    #[test]
    fn a_cut_bundle_is_refused(at in any::<prop::sample::Index>()) {
        let bytes = bundle();
        prop_assert!(open_bundle(&bytes[..at.index(bytes.len())], &Limits::default()).is_err());
    }

    #[test]
    fn no_bytes_break_the_opener(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open_bundle(&bytes, &Limits::default()).is_err());
    }
}
