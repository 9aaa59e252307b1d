//! What the registers of a method hold where it calls something: numbers and texts that stand in
//! the code itself. One linear walk; of a branch, the value of either side is kept.
//!
//! Only the first 256 registers are followed: no instruction loads a constant into another one.

use std::ops::{Range, RangeInclusive};

use super::code::{LENGTHS, payload_units};
use crate::bytes::{u16, u32, u64};

const REGISTERS: usize = 256;
/// A text counts as near a call that follows within so many instructions.
const NEAR_INSTRUCTIONS: usize = 40;
/// More loops than anybody writes in one method.
const MAX_LOOPS: usize = 200;
/// How many texts are remembered before a call.
const NEAR_TEXTS: usize = 12;

/// A value that stands in the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Constant {
    /// A number; also a character or a flag.
    Number(i64),
    /// A string's index.
    Text(u32),
    /// What the method was called with in this place, `this` being the first.
    Parameter(u8),
    /// So much more than something that is not known, such as the time.
    Later(i64),
}

/// What a register may hold: one value, or two where a branch decides.
pub(super) type Known = [Option<Constant>; 2];

/// Something a method does.
#[derive(Debug)]
pub(super) enum Event<'a> {
    /// At this place it calls a method with these registers, `this` among them.
    Call { at: usize, method: u32, is_static: bool, arguments: &'a [Known], near: &'a [u32] },
    /// It returns this.
    Return(Known),
}

#[derive(Clone, Copy, Default)]
struct Register {
    known: Known,
    /// How many branches and calls had been passed when it was written.
    branches: u32,
    calls: u32,
}

/// Walks one method's instructions and hands on its calls and returns. Its parameters lie in these
/// registers.
pub(super) fn trace(code: &[u8], parameters: Range<usize>, mut on: impl FnMut(Event<'_>)) {
    let mut state = State {
        registers: vec![Register::default(); REGISTERS],
        branches: 0,
        calls: 0,
        texts: Vec::new(),
    };
    for (register, place) in parameters.zip(0u8..=u8::MAX) {
        let Some(register) = state.registers.get_mut(register) else { break };
        register.known = [Some(Constant::Parameter(place)), None];
    }
    let mut arguments: Vec<Known> = Vec::new();
    let mut near: Vec<u32> = Vec::new();
    let mut at = 0;
    let mut number = 0usize;
    while at + 1 < code.len() {
        let opcode = code[at];
        let units = match opcode {
            0x00 => match payload_units(code, at) {
                Some(units) => units,
                None => return,
            },
            _ => usize::from(LENGTHS[usize::from(opcode)]),
        };
        number += 1;
        match opcode {
            0x6e..=0x72 | 0x74..=0x78 => {
                let Some(method) = u16(code, at + 2).map(u32::from) else { return };
                state.arguments(code, at, &mut arguments);
                state.texts.retain(|(_, loaded)| number - loaded <= NEAR_INSTRUCTIONS);
                near.clear();
                near.extend(state.texts.iter().map(|(text, _)| *text));
                let is_static = matches!(opcode, 0x71 | 0x77);
                on(Event::Call { at, method, is_static, arguments: &arguments, near: &near });
                state.calls += 1;
            }
            0x0f..=0x11 => on(Event::Return(state.register(code[at + 1].into()).known)),
            _ => state.step(code, at, number),
        }
        at += units * 2;
    }
}

/// The loops of a method: from where a branch leads back to, to that branch.
pub(super) fn loops(code: &[u8]) -> Vec<RangeInclusive<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + 1 < code.len() && found.len() < MAX_LOOPS {
        let opcode = code[at];
        let near = || u16(code, at + 2).map(|raw| i64::from(raw.cast_signed()));
        let units = match opcode {
            0x00 => match payload_units(code, at) {
                Some(units) => units,
                None => break,
            },
            _ => usize::from(LENGTHS[usize::from(opcode)]),
        };
        let units_back = match opcode {
            0x28 => Some(i64::from(code[at + 1].cast_signed())),
            0x29 | 0x32..=0x3d => near(),
            0x2a => u32(code, at + 2).map(|raw| i64::from(raw.cast_signed())),
            _ => None,
        };
        let back = units_back.filter(|units| *units < 0).map(|units| units.unsigned_abs() * 2);
        if let Some(from) = back.and_then(|back| at.checked_sub(usize::try_from(back).ok()?)) {
            found.push(from..=at);
        }
        at += units * 2;
    }
    found
}

struct State {
    registers: Vec<Register>,
    branches: u32,
    calls: u32,
    /// Texts that were loaded, and at which instruction.
    texts: Vec<(u32, usize)>,
}

impl State {
    fn register(&self, register: usize) -> Register {
        self.registers.get(register).copied().unwrap_or_default()
    }

    fn arguments(&self, code: &[u8], at: usize, arguments: &mut Vec<Known>) {
        arguments.clear();
        let opcode = code[at];
        if opcode >= 0x74 {
            let first = u16(code, at + 4).map_or(REGISTERS, usize::from);
            let count = usize::from(code[at + 1]);
            arguments.extend((first..first + count).map(|register| self.register(register).known));
            return;
        }
        let count = usize::from(code[at + 1] >> 4).min(5);
        let packed = u16(code, at + 4).unwrap_or(0);
        let fifth = usize::from(code[at + 1] & 0xf);
        let registers = (0..4).map(|place| usize::from(packed >> (4 * place) & 0xf)).chain([fifth]);
        arguments.extend(registers.take(count).map(|register| self.register(register).known));
    }

    /// What an instruction that neither calls nor returns does to the registers.
    fn step(&mut self, code: &[u8], at: usize, number: usize) {
        let opcode = code[at];
        let byte = code[at + 1];
        let wide_register = usize::from(byte);
        let narrow_register = usize::from(byte & 0xf);
        let short = || u16(code, at + 2).map_or(0, |raw| i64::from(raw.cast_signed()));
        let long = || u32(code, at + 2).map_or(0, |raw| i64::from(raw.cast_signed()));
        match opcode {
            0x12 => {
                let literal = (byte.cast_signed()) >> 4;
                self.load(narrow_register, Constant::Number(literal.into()));
            }
            0x13 | 0x16 => self.load(wide_register, Constant::Number(short())),
            0x14 | 0x17 => self.load(wide_register, Constant::Number(long())),
            0x15 => self.load(wide_register, Constant::Number(short() << 16)),
            0x18 => {
                let literal = u64(code, at + 2).unwrap_or(0).cast_signed();
                self.load(wide_register, Constant::Number(literal));
            }
            0x19 => self.load(wide_register, Constant::Number(short() << 48)),
            0x1a | 0x1b => {
                let text = if opcode == 0x1a {
                    u16(code, at + 2).map(u32::from)
                } else {
                    u32(code, at + 2)
                };
                let Some(text) = text else { return };
                self.load(wide_register, Constant::Text(text));
                if self.texts.len() == NEAR_TEXTS {
                    self.texts.remove(0);
                }
                self.texts.push((text, number));
            }
            // a sum
            0x9b => {
                let [one, other] = [2, 3].map(|operand| {
                    usize::from(code.get(at + operand).copied().unwrap_or_default())
                });
                self.add(wide_register, one, other);
            }
            0xbb => self.add(narrow_register, narrow_register, usize::from(byte >> 4)),
            // moves; 0x81 is a number that becomes a longer one
            0x01 | 0x04 | 0x07 | 0x81 => self.copy(narrow_register, usize::from(byte >> 4)),
            0x02 | 0x05 | 0x08 => {
                self.copy(wide_register, u16(code, at + 2).map_or(REGISTERS, usize::from));
            }
            0x03 | 0x06 | 0x09 => {
                let to = u16(code, at + 2).map_or(REGISTERS, usize::from);
                self.copy(to, u16(code, at + 4).map_or(REGISTERS, usize::from));
            }
            // branches
            0x27..=0x2c | 0x32..=0x3d => self.branches += 1,
            // results that nothing here knows
            0x0a..=0x0d
            | 0x1c
            | 0x22
            | 0x2d..=0x31
            | 0x44..=0x4a
            | 0x60..=0x66
            | 0x90..=0x9a
            | 0x9c..=0xaf
            | 0xd8..=0xe2
            | 0xfe
            | 0xff => self.forget(wide_register),
            0x20
            | 0x21
            | 0x23
            | 0x52..=0x58
            | 0x7b..=0x80
            | 0x82..=0x8f
            | 0xb0..=0xba
            | 0xbc..=0xcf
            | 0xd0..=0xd7 => {
                self.forget(narrow_register);
            }
            _ => {}
        }
    }

    fn load(&mut self, register: usize, constant: Constant) {
        let (branches, calls) = (self.branches, self.calls);
        let Some(register) = self.registers.get_mut(register) else { return };
        // `source = loud ? 4 : 7`: between the two values lies a branch and nothing is called.
        let other_side = register.branches != branches && register.calls == calls;
        let before = register.known[0].filter(|before| other_side && *before != constant);
        *register = Register { known: [Some(constant), before], branches, calls };
    }

    fn copy(&mut self, to: usize, from: usize) {
        let known = self.register(from).known;
        let (branches, calls) = (self.branches, self.calls);
        if let Some(register) = self.registers.get_mut(to) {
            *register = Register { known, branches, calls };
        }
    }

    /// A number that is added to what is not known.
    fn add(&mut self, to: usize, one: usize, other: usize) {
        use Constant::{Later, Number, Parameter};
        let later = match [self.register(one).known, self.register(other).known] {
            [[None | Some(Parameter(_)), _], [Some(Number(more)), None]]
            | [[Some(Number(more)), None], [None | Some(Parameter(_)), _]] => Some(Later(more)),
            _ => None,
        };
        self.forget(to);
        if let Some(later) = later {
            self.load(to, later);
        }
    }

    fn forget(&mut self, register: usize) {
        if let Some(register) = self.registers.get_mut(register) {
            *register = Register::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of each call's arguments in this code.
    fn check(units: &[u16], expected: &[&[Known]]) {
        let code: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let mut calls: Vec<Vec<Known>> = Vec::new();
        trace(&code, 0..0, |event| {
            if let Event::Call { arguments, .. } = event {
                calls.push(arguments.to_vec());
            }
        });
        assert_eq!(calls, expected);
    }

    fn number(value: i64) -> Known {
        [Some(Constant::Number(value)), None]
    }

    const NONE: Known = [None, None];
    /// `invoke-virtual {v0, v1}, method 7`
    const CALL: [u16; 3] = [0x206e, 7, 0x0010];

    #[test]
    fn constants_of_every_width_are_followed() {
        let check_load = |load: &[u16], value: i64| {
            check(&[load, &CALL].concat(), &[&[NONE, number(value)]]);
        };
        check_load(&[0x7112], 7);
        check_load(&[0xf112], -1);
        check_load(&[0x0113, 0x1234], 0x1234);
        check_load(&[0x0113, 0xffff], -1);
        check_load(&[0x0114, 0x5678, 0x1234], 0x1234_5678);
        check_load(&[0x0115, 0x7f00], 0x7f00_0000);
        check_load(&[0x0116, 0xfffe], -2);
        check_load(&[0x0117, 1, 2], 0x2_0001);
        check_load(&[0x0118, 1, 0, 0, 0x8000], i64::MIN + 1);
        check_load(&[0x0119, 0x4000], 0x4000 << 48);
    }

    #[test]
    fn moves_carry_and_results_forget() {
        check(&[&[0x7212, 0x2101][..], &CALL].concat(), &[&[NONE, number(7)]]);
        check(&[&[0x7212, 0x0102, 2][..], &CALL].concat(), &[&[NONE, number(7)]]);
        check(&[&[0x7112, 0x010a][..], &CALL].concat(), &[&[NONE, NONE]]);
        check(&[&[0x7112, 0x0152, 3][..], &CALL].concat(), &[&[NONE, NONE]]);
    }

    #[test]
    fn both_sides_of_a_branch_count_and_an_earlier_call_does_not() {
        // if-eqz v2; const v1 4; goto; const v1 7
        let branch = [0x0238, 4, 0x4112, 0x0228, 0x7112];
        let both = [Some(Constant::Number(7)), Some(Constant::Number(4))];
        check(&[&branch[..], &CALL].concat(), &[&[NONE, both]]);
        let twice = [&[0x4112][..], &CALL, &[0x0238, 4, 0x7112], &CALL].concat();
        check(&twice, &[&[NONE, number(4)], &[NONE, number(7)]]);
    }

    #[test]
    fn a_sum_with_the_time_is_later() {
        // add-long v1, v2, v1; add-long/2addr v1, v2
        let later = [Some(Constant::Later(7)), None];
        check(&[&[0x7112, 0x019b, 0x0102][..], &CALL].concat(), &[&[NONE, later]]);
        check(&[&[0x7112, 0x21bb][..], &CALL].concat(), &[&[NONE, later]]);
        check(&[&[0x7112, 0x7212, 0x21bb][..], &CALL].concat(), &[&[NONE, NONE]]);
    }

    #[test]
    fn a_branch_that_leads_back_makes_a_loop() {
        let looped = |units: &[u16]| {
            let code: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            loops(&code)
        };
        // nop; invoke; goto -3; and the same with if-eqz
        assert_eq!(looped(&[0, 0x206e, 7, 0x0010, 0xfd28]), [2..=8]);
        assert_eq!(looped(&[0, 0x206e, 7, 0x0010, 0x0238, 0xfffd]), [2..=8]);
        assert_eq!(looped(&[0x0228, 0, 0x206e, 7, 0x0010]), []);
        assert_eq!(looped(&[0xff28, 0x0029, 0x8000]), []);
    }

    #[test]
    fn ranges_beyond_what_is_followed_are_unknown() {
        check(&[0x0274, 7, 0xffff], &[&[NONE, NONE]]);
        check(&[0x7112, 0x0274, 7, 0], &[&[NONE, number(7)]]);
    }
}
