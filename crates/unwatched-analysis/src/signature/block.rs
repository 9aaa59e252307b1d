//! The APK Signing Block: numbered pieces between an app's files and the ZIP's directory.

use crate::bytes::{slice, u64};

use super::container::Container;
use super::reader::Reader;

const MAGIC: &[u8] = b"APK Sig Block 42";
const FOOTER_BYTES: usize = 24;

pub(super) const V2: u32 = 0x7109_871a;
pub(super) const V3: u32 = 0xf053_68c0;
pub(super) const V31: u32 = 0x1b93_ad61;
pub(super) const SOURCE_STAMP_1: u32 = 0x2b09_189e;
pub(super) const SOURCE_STAMP_2: u32 = 0x6dff_800d;

const SCHEMES: [u32; 5] = [V2, V3, V31, SOURCE_STAMP_1, SOURCE_STAMP_2];

/// Pieces that are no signature.
const OTHERS: [(u32, &str); 6] = [
    (0x4272_6577, "padding"),
    (0x504b_4453, "dependency_info"),
    (0x2146_444e, "play_frosting"),
    (0x7177_7777, "distribution_channel"),
    (0x8811_55ff, "distribution_channel"),
    (0x70e1_c89f, "v3.2"),
];

/// More are not listed.
const MAX_OTHERS: usize = 20;

/// What the block holds.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// Where it begins; the files end there.
    pub(super) at: usize,
    schemes: Vec<(u32, &'a [u8])>,
    /// Names or numbers of all other pieces.
    pub(super) others: Vec<String>,
    /// What stands twice; readers take the first.
    pub(super) repeated: Vec<u32>,
    /// Whether pieces are lost because one is cut off.
    pub(super) cut: bool,
}

impl<'a> Block<'a> {
    /// The block before the directory; an error where something there claims to be one and is none.
    pub(super) fn find(container: &Container<'a>) -> Result<Option<Self>, &'static str> {
        let end = container.directory_at;
        let Some(footer) = end.checked_sub(FOOTER_BYTES) else { return Ok(None) };
        if slice(container.bytes, footer + 8, 16) != Some(MAGIC) {
            return Ok(None);
        }
        if container.directory_end != container.end_record_at {
            return Err("bytes stand between the ZIP's directory and its end record");
        }
        let size = u64(container.bytes, footer);
        let at = size
            .filter(|size| (24..=i32::MAX as u64 - 8).contains(size))
            .and_then(|size| end.checked_sub(usize::try_from(size).ok()? + 8))
            .ok_or("the signing block's size is out of bounds")?;
        if u64(container.bytes, at) != size {
            return Err("the signing block's two sizes disagree");
        }
        let mut block =
            Self { at, schemes: Vec::new(), others: Vec::new(), repeated: Vec::new(), cut: false };
        // The smallest block has no room for both sizes and the magic.
        block.read(container.bytes.get(at + 8..footer).unwrap_or_default());
        Ok(Some(block))
    }

    fn read(&mut self, pairs: &'a [u8]) {
        let mut pairs = Reader::new(pairs);
        while !pairs.is_empty() {
            let Some((id, value)) = pair(&mut pairs) else {
                self.cut = true;
                return;
            };
            if self.value(id).is_some() {
                if !self.repeated.contains(&id) {
                    self.repeated.push(id);
                }
            } else if SCHEMES.contains(&id) {
                self.schemes.push((id, value));
            } else {
                let known = OTHERS.iter().find(|(known, _)| *known == id);
                let name = known.map_or_else(|| format!("{id:#010x}"), |known| known.1.to_owned());
                if self.others.len() < MAX_OTHERS && !self.others.contains(&name) {
                    self.others.push(name);
                }
            }
        }
    }

    /// The first piece of this number.
    pub(super) fn value(&self, id: u32) -> Option<&'a [u8]> {
        self.schemes.iter().find(|(known, _)| *known == id).map(|(_, value)| *value)
    }
}

fn pair<'a>(pairs: &mut Reader<'a>) -> Option<(u32, &'a [u8])> {
    let size = pairs.take(8).and_then(|size| u64(size, 0))?;
    let length = usize::try_from(size).ok().filter(|_| i32::try_from(size).is_ok())?;
    let mut pair = Reader::new(pairs.take(length)?);
    Some((pair.u32()?, pair.rest()))
}
