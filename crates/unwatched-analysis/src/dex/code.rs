//! Instructions of a DEX's code, one after the other, as far as calls and references go.
//!
//! A linear walk by instruction length: code behind a return is read as well. Nothing is executed
//! or followed.

use super::Dex;
use crate::bytes::{Cursor, offset, u16, u32};

/// What an instruction refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// It calls this method.
    Call(u32),
    /// It names this type.
    Type(u32),
    /// It reads or writes this field.
    Field(u32),
    /// It loads this string.
    Text(u32),
}

/// How long each instruction is, in 16-bit units.
pub(super) const LENGTHS: [u8; 256] = lengths();

const fn lengths() -> [u8; 256] {
    let mut table = [1u8; 256];
    let mut fill: &[(usize, usize, u8)] = &[
        (0x02, 0x02, 2),
        (0x03, 0x03, 3),
        (0x05, 0x05, 2),
        (0x06, 0x06, 3),
        (0x08, 0x08, 2),
        (0x09, 0x09, 3),
        (0x13, 0x13, 2),
        (0x14, 0x14, 3),
        (0x15, 0x16, 2),
        (0x17, 0x17, 3),
        (0x18, 0x18, 5),
        (0x19, 0x1a, 2),
        (0x1b, 0x1b, 3),
        (0x1c, 0x1c, 2),
        (0x1f, 0x20, 2),
        (0x22, 0x23, 2),
        (0x24, 0x26, 3),
        (0x29, 0x29, 2),
        (0x2a, 0x2c, 3),
        (0x2d, 0x3d, 2),
        (0x44, 0x6d, 2),
        (0x6e, 0x72, 3),
        (0x74, 0x78, 3),
        (0x90, 0xaf, 2),
        (0xd0, 0xe2, 2),
        (0xfa, 0xfb, 4),
        (0xfc, 0xfd, 3),
        (0xfe, 0xff, 2),
    ];
    while let [(from, to, units), rest @ ..] = fill {
        let mut opcode = *from;
        while opcode <= *to {
            table[opcode] = *units;
            opcode += 1;
        }
        fill = rest;
    }
    table
}

/// The code of a class's methods: where each begins.
pub(super) fn code_of_class(
    data: &[u8],
    data_at: usize,
    budget_methods: &mut usize,
) -> Option<Vec<ClassMethod>> {
    let mut cursor = Cursor::new(data, data_at);
    let mut counts = [0u32; 4];
    for count in &mut counts {
        *count = cursor.uleb128()?;
    }
    let fields = u64::from(counts[0]) + u64::from(counts[1]);
    for _ in 0..fields {
        *budget_methods = budget_methods.checked_sub(1)?;
        cursor.uleb128()?;
        cursor.uleb128()?;
    }
    let mut methods = Vec::new();
    for count in [counts[2], counts[3]] {
        let mut index = 0u32;
        for _ in 0..count {
            *budget_methods = budget_methods.checked_sub(1)?;
            index = index.checked_add(cursor.uleb128()?)?;
            cursor.uleb128()?;
            let code_at = usize::try_from(cursor.uleb128()?).ok()?;
            methods.push(ClassMethod { method: index, code_at });
        }
    }
    Some(methods)
}

/// A method that a class defines.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClassMethod {
    pub(super) method: u32,
    /// Where its code lies; 0 for none.
    pub(super) code_at: usize,
}

/// The instructions of the code at `code_at`; `None` when they are cut off or `budget_units` ran
/// out.
pub(super) fn instructions<'a>(
    data: &'a [u8],
    code_at: usize,
    budget_units: &mut usize,
) -> Option<&'a [u8]> {
    let units = offset(data, code_at.checked_add(12)?)?;
    *budget_units = budget_units.checked_sub(units)?;
    let start = code_at + 16;
    data.get(start..start.checked_add(units.checked_mul(2)?)?)
}

/// The registers in which the code at `code_at` finds its parameters, `this` among them.
pub(super) fn parameters(data: &[u8], code_at: usize) -> std::ops::Range<usize> {
    let registers = u16(data, code_at).map_or(0, usize::from);
    let ins = u16(data, code_at + 2).map_or(0, usize::from);
    registers.saturating_sub(ins)..registers
}

/// Visits what instructions refer to; `None` when they are cut off.
pub(super) fn visit(code: &[u8], mut found: impl FnMut(Reference)) -> Option<()> {
    let mut at = 0;
    while at + 1 < code.len() {
        let opcode = code[at];
        let operand = || u16(code, at + 2).map(u32::from);
        let length = match opcode {
            0x00 => payload_units(code, at)?,
            _ => usize::from(LENGTHS[usize::from(opcode)]),
        };
        let reference = match opcode {
            0x6e..=0x72 | 0x74..=0x78 | 0xfa | 0xfb => operand().map(Reference::Call),
            0x1a => operand().map(Reference::Text),
            0x1b => u32(code, at + 2).map(Reference::Text),
            0x1c | 0x1f | 0x20 | 0x22 | 0x23 => operand().map(Reference::Type),
            0x52..=0x6d => operand().map(Reference::Field),
            _ => None,
        };
        if let Some(reference) = reference {
            found(reference);
        }
        at += length * 2;
    }
    Some(())
}

/// A `nop`, or a table that hides behind one.
pub(super) fn payload_units(code: &[u8], at: usize) -> Option<usize> {
    let size = || u16(code, at + 2).map(usize::from);
    Some(match code.get(at + 1)? {
        1 => size()? * 2 + 4,
        2 => size()? * 4 + 2,
        3 => {
            let bytes = size()?.checked_mul(offset(code, at + 4)?)?;
            bytes.div_ceil(2).checked_add(4)?
        }
        _ => 1,
    })
}

/// The strings that a class's static fields begin with.
pub(super) fn static_strings(data: &[u8], values_at: usize, budget_values: &mut usize) -> Vec<u32> {
    let mut strings = Vec::new();
    let mut cursor = Cursor::new(data, values_at);
    let count = cursor.uleb128().unwrap_or(0);
    for _ in 0..count {
        let Some(left) = budget_values.checked_sub(1) else { break };
        *budget_values = left;
        let Some(header) = cursor.u8() else { break };
        let (kind, size) = (header & 0x1f, usize::from(header >> 5) + 1);
        match kind {
            0x17 => {
                let Some(raw) = data.get(cursor.at..cursor.at + size) else { break };
                strings.push(raw.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte)));
                cursor.at += size;
            }
            // null and booleans have no bytes of their own
            0x1e | 0x1f => {}
            // arrays and annotations do not begin static fields in what compilers write
            0x1c | 0x1d => break,
            _ => cursor.at += size,
        }
    }
    strings
}

impl Dex<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code item with these instruction units.
    fn code_item(units: &[u16]) -> Vec<u8> {
        let mut item = vec![0; 12];
        item.extend(u32::try_from(units.len()).unwrap().to_le_bytes());
        item.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        item
    }

    fn check(units: &[u16], expected: &[Reference]) {
        let mut found = Vec::new();
        let item = code_item(units);
        let code = instructions(&item, 0, &mut 1000).unwrap();
        visit(code, |reference| found.push(reference)).unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn calls_behind_a_return_are_seen() {
        check(&[0x000e, 0x106e, 7, 0, 0x001a, 3], &[Reference::Call(7), Reference::Text(3)]);
    }

    #[test]
    fn tables_are_stepped_over() {
        // A packed switch of one target whose bytes look like a call.
        check(&[0x0100, 1, 0x106e, 7, 0x106e, 7, 0x0071, 9, 0], &[Reference::Call(9)]);
        // An array of three bytes.
        check(&[0x0300, 1, 3, 0, 0x6e6e, 0x006e, 0x0071, 9, 0], &[Reference::Call(9)]);
    }

    #[test]
    fn code_longer_than_the_file_is_refused() {
        let mut item = code_item(&[0x000e]);
        item[12] = 200;
        assert_eq!(instructions(&item, 0, &mut 1000), None);
        assert_eq!(instructions(&code_item(&[0; 20]), 0, &mut 10), None);
    }
}
