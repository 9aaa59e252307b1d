//! Apps changed after they were signed: stripped, swapped, added to, cut, moved.

use super::archive::{edited, packed, repacked, unpacked};
use super::forge::{Parts, V2, V3, word};
use super::signed::{Case, unsigned};

const MANIFEST: &str = "META-INF/MANIFEST.MF";
const NOTE: &str = "assets/note.txt";

/// Every attack on every app that can bear it.
pub(crate) fn all(signed: &[Case]) -> Vec<Case> {
    let find = |name: &str| {
        let case = signed.iter().find(|case| case.name == name);
        case.unwrap_or_else(|| panic!("apksigner did not make {name}")).clone()
    };
    let mut cases = Vec::new();
    for name in [
        "rsa2048_v2",
        "ec256_v3",
        "rsa2048_v12",
        "rsa4096_v23",
        "ec256_v123",
        "rotated_v23_from_24",
    ] {
        block(&find(name), &mut cases);
    }
    for name in [
        "rsa2048_v1",
        "ec256_v1",
        "two_signers_v1",
        "jar_digest_SHA-256_sections_true",
        "jar_digest_SHA-1_sections_false",
    ] {
        jar(&find(name), &mut cases);
    }
    for name in ["rsa2048_v1", "rsa2048_v2", "ec256_v123", "unsigned"] {
        whole(&find(name), &mut cases);
    }
    swapped(&find("rsa2048_v2"), &find("ec256_v2"), &mut cases);
    manifests(&find("rsa2048_v1"), &mut cases);
    cases
}

/// What can be done to a signing block and around it.
fn block(case: &Case, cases: &mut Vec<Case>) {
    let mut add = |what: &str, bytes: Vec<u8>| {
        cases.push(Case { name: format!("{}_{what}", case.name), bytes });
    };
    let parts = Parts::of(&case.bytes);
    let pairs = parts.pairs();
    add("block_stripped", Parts { block: vec![], ..parts.clone() }.join());
    for (name, id) in [("v2", V2), ("v3", V3)] {
        let kept: Vec<_> = pairs.iter().filter(|(known, _)| *known != id).cloned().collect();
        if kept.len() < pairs.len() {
            add(&format!("{name}_stripped"), parts.with(&kept).join());
            let renamed: Vec<_> = pairs
                .iter()
                .map(|(known, value)| {
                    (if *known == id { 0x5151_5151 } else { *known }, value.clone())
                })
                .collect();
            add(&format!("{name}_renamed"), parts.with(&renamed).join());
            let emptied: Vec<_> = pairs
                .iter()
                .map(|(known, value)| {
                    (*known, if *known == id { word(0).to_vec() } else { value.clone() })
                })
                .collect();
            add(&format!("{name}_emptied"), parts.with(&emptied).join());
            let cut: Vec<_> = pairs
                .iter()
                .map(|(known, value)| {
                    let length = if *known == id { value.len() / 2 } else { value.len() };
                    (*known, value[..length].to_vec())
                })
                .collect();
            add(&format!("{name}_cut"), parts.with(&cut).join());
            let longer: Vec<_> = pairs
                .iter()
                .map(|(known, value)| {
                    let more = if *known == id { &[0; 12][..] } else { &[] };
                    (*known, [value, more].concat())
                })
                .collect();
            add(&format!("{name}_longer"), parts.with(&longer).join());
        }
    }
    add("pieces_reversed", parts.with(&pairs.iter().rev().cloned().collect::<Vec<_>>()).join());
    let mut more = pairs.clone();
    more.insert(0, (0x504b_4453, vec![9; 300]));
    add("piece_before", parts.with(&more).join());
    more.push((0x7777_1111, vec![]));
    add("piece_behind", parts.with(&more).join());

    let mut sizes = parts.clone();
    sizes.block[0] ^= 1;
    add("block_sizes_differ", sizes.join());
    let mut huge = parts.clone();
    huge.block[8..16].fill(0xff);
    add("piece_of_huge_length", huge.join());
    let mut short = parts.clone();
    short.block[8..16].copy_from_slice(&3u64.to_le_bytes());
    add("piece_of_length_three", short.join());
    let mut magic = parts.clone();
    let last = magic.block.len() - 1;
    magic.block[last] ^= 1;
    add("magic_wrong", magic.join());

    let mut changed = parts.clone();
    let middle = changed.files.len() / 2;
    changed.files[middle] ^= 1;
    add("file_changed", changed.join());
    let mut directory = parts.clone();
    directory.directory[12] ^= 1;
    add("directory_changed", directory.join());
    let mut before = parts.clone();
    before.files.extend([0; 16]);
    add("bytes_before_block", before.join());
    let mut between = parts.clone();
    between.block.extend([0; 16]);
    add("bytes_behind_block", between.join());
    let mut gap = parts.clone();
    gap.directory.extend([0; 16]);
    add("bytes_behind_directory", gap.join());
    let mut comment = parts.clone();
    comment.end[20] = 4;
    comment.end.extend(b"note");
    add("comment_added", comment.join());
    let mut disk = parts.clone();
    disk.end[4] = 1;
    add("end_record_changed", disk.join());
    let mut place = parts.join();
    let end = place.len() - 22;
    place[end + 16] ^= 1;
    add("directory_misplaced", place);
}

/// What can be done to the files of scheme 1.
fn jar(case: &Case, cases: &mut Vec<Case>) {
    let mut add = |what: &str, bytes: Vec<u8>| {
        cases.push(Case { name: format!("{}_{what}", case.name), bytes });
    };
    let apk = &case.bytes;
    let ends = |name: &str, ends: &[&str]| {
        name.rsplit_once('.').is_some_and(|(_, end)| ends.contains(&end))
    };
    let files = unpacked(apk);
    let list = files.iter().find(|(name, _)| ends(name, &["SF"])).unwrap().0.clone();
    let block_name =
        files.iter().find(|(name, _)| ends(name, &["RSA", "EC", "DSA"])).unwrap().0.clone();
    add("repacked", repacked(apk, |_| {}));
    add("file_changed_inside", edited(apk, NOTE, |text| text.replace("note", "vote")));
    add("file_added", repacked(apk, |files| files.push(("assets/new".to_owned(), vec![1]))));
    add("file_removed", repacked(apk, |files| files.retain(|(name, _)| name != NOTE)));
    add(
        "file_renamed",
        repacked(apk, |files| {
            let note = files.iter_mut().find(|(name, _)| name == NOTE).unwrap();
            note.0 = String::from("assets/vote.txt");
        }),
    );
    add(
        "unsigned_in_folder",
        repacked(apk, |files| {
            files.push(("META-INF/extra.txt".to_owned(), vec![1]));
            files.push(("META-INF/services/more".to_owned(), vec![1]));
        }),
    );
    add(
        "folder_entry_added",
        repacked(apk, |files| files.push(("assets/more/".to_owned(), vec![]))),
    );
    add("list_removed", repacked(apk, |files| files.retain(|(name, _)| name != MANIFEST)));
    add("signer_list_removed", repacked(apk, |files| files.retain(|(name, _)| *name != list)));
    add("block_removed", repacked(apk, |files| files.retain(|(name, _)| *name != block_name)));
    add(
        "block_of_wrong_kind",
        repacked(apk, |files| {
            let file = files.iter_mut().find(|(name, _)| *name == block_name).unwrap();
            let stem = file.0.rsplit_once('.').unwrap().0;
            file.0 = format!("{stem}.{}", if block_name.ends_with("DSA") { "RSA" } else { "DSA" });
        }),
    );
    add(
        "block_in_lower_case",
        repacked(apk, |files| {
            let file = files.iter_mut().find(|(name, _)| *name == block_name).unwrap();
            file.0 = file.0.replace(".RSA", ".rsa").replace(".EC", ".ec");
        }),
    );
    add(
        "block_without_list",
        repacked(apk, |files| {
            files.push(("META-INF/OTHER.RSA".to_owned(), b"no block".to_vec()));
        }),
    );
    add(
        "second_block_broken",
        repacked(apk, |files| {
            let text = files.iter().find(|(name, _)| *name == list).unwrap().1.clone();
            files.push(("META-INF/OTHER.SF".to_owned(), text));
            files.push(("META-INF/OTHER.RSA".to_owned(), b"no block".to_vec()));
        }),
    );
    add(
        "block_cut",
        repacked(apk, |files| {
            let file = files.iter_mut().find(|(name, _)| *name == block_name).unwrap();
            file.1.truncate(100);
        }),
    );
    add(
        "block_longer",
        repacked(apk, |files| {
            files.iter_mut().find(|(name, _)| *name == block_name).unwrap().1.extend([0; 9]);
        }),
    );
    add(
        "signature_changed",
        repacked(apk, |files| {
            let file = files.iter_mut().find(|(name, _)| *name == block_name).unwrap();
            *file.1.last_mut().unwrap() ^= 1;
        }),
    );
    add("signer_list_changed", edited(apk, &list, |text| text.replace("Created-By", "Created-Bi")));
    add(
        "list_head_changed",
        edited(apk, MANIFEST, |text| text.replacen("Created-By", "Created-Bi", 1)),
    );
    add("list_longer", edited(apk, MANIFEST, |text| text + "\r\n"));
    add(
        "list_names_what_is_not_there",
        edited(apk, MANIFEST, |text| text + "Name: assets/ghost\r\nSHA-256-Digest: AAAA\r\n\r\n"),
    );
    add(
        "list_names_twice",
        edited(apk, MANIFEST, |text| {
            let section = format!("Name: {NOTE}\r\nSHA-256-Digest: AAAA\r\n\r\n");
            text + &section
        }),
    );
    add("list_unnamed_part", edited(apk, MANIFEST, |text| text + "SHA-256-Digest: AAAA\r\n\r\n"));
    add("list_in_other_line_ends", edited(apk, MANIFEST, |text| text.replace("\r\n", "\n")));
    add("list_empty", edited(apk, MANIFEST, |_| String::new()));
    add("signer_list_empty", edited(apk, &list, |_| String::new()));
    add(
        "only_the_signature",
        packed(
            &unpacked(apk)
                .into_iter()
                .filter(|(name, _)| name.starts_with("META-INF/") || name == "AndroidManifest.xml")
                .collect::<Vec<_>>(),
        ),
    );
}

/// What can be done to any file.
fn whole(case: &Case, cases: &mut Vec<Case>) {
    let mut add = |what: &str, bytes: Vec<u8>| {
        cases.push(Case { name: format!("{}_{what}", case.name), bytes });
    };
    let apk = &case.bytes;
    add("longer", [&apk[..], b"x"].concat());
    add("shorter", apk[..apk.len() - 1].to_vec());
    add("half", apk[..apk.len() / 2].to_vec());
    add("only_the_end", apk[apk.len() - 22..].to_vec());
    let dex = b"dex\n035\0 and more of it";
    add("code_before", [&dex[..], apk].concat());
    add("code_before_and_mended", moved(apk, dex));
    add("bytes_before_and_mended", moved(apk, &[0; 64]));
    for (name, from, to) in [
        ("manifest_renamed", &b"AndroidManifest.xml"[..], &b"AndroidManifest.xmL"[..]),
        ("note_renamed_to_other", b"assets/note.txt", b"assets/not2.txt"),
    ] {
        add(name, replaced(apk, from, to));
    }
    let parts = Parts::of(apk);
    let mut counted = parts.clone();
    counted.end[10] += 1;
    add("one_entry_too_many_counted", counted.join());
    let mut fewer = parts.clone();
    fewer.end[10] -= 1;
    add("one_entry_too_few_counted", fewer.join());
    let mut sized = parts.clone();
    sized.end[12] -= 1;
    add("directory_size_wrong", sized.join());
}

/// The archive behind other bytes, its places made right: scheme 1 does not see it.
fn moved(apk: &[u8], before: &[u8]) -> Vec<u8> {
    let mut parts = Parts::of(apk);
    let mut at = 0;
    while at < parts.directory.len() {
        let field = |at: usize| u32::from_le_bytes(parts.directory[at..at + 4].try_into().unwrap());
        let place = field(at + 42) + u32::try_from(before.len()).unwrap();
        let length = |at: usize| {
            usize::from(parts.directory[at]) + 256 * usize::from(parts.directory[at + 1])
        };
        let next = at + 46 + length(at + 28) + length(at + 30) + length(at + 32);
        parts.directory[at + 42..at + 46].copy_from_slice(&place.to_le_bytes());
        at = next;
    }
    parts.files = [before, &parts.files].concat();
    parts.join()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    for at in 0..out.len() - from.len() {
        if &out[at..at + from.len()] == from {
            out[at..at + from.len()].copy_from_slice(to);
        }
    }
    out
}

/// The signing block of another app.
fn swapped(one: &Case, other: &Case, cases: &mut Vec<Case>) {
    let changed = unsigned().file("assets/other.txt", *b"other").build();
    let block = Parts::of(&one.bytes).block;
    let bytes = Parts { block, ..Parts::of(&changed) }.join();
    cases.push(Case { name: "block_of_another_app".to_owned(), bytes });
    let block = Parts::of(&other.bytes).block;
    let bytes = Parts { block, ..Parts::of(&one.bytes) }.join();
    cases.push(Case { name: "block_of_another_signer_same_app".to_owned(), bytes });
}

/// Apps whose manifest decides, and lists that old tools write.
fn manifests(case: &Case, cases: &mut Vec<Case>) {
    let mut add = |what: &str, bytes: Vec<u8>| {
        cases.push(Case { name: format!("{}_{what}", case.name), bytes });
    };
    add(
        "without_manifest",
        repacked(&case.bytes, |files| {
            files.retain(|(name, _)| name != "AndroidManifest.xml");
        }),
    );
    add(
        "manifest_cut",
        repacked(&case.bytes, |files| {
            files
                .iter_mut()
                .find(|(name, _)| name == "AndroidManifest.xml")
                .unwrap()
                .1
                .truncate(20);
        }),
    );
}
