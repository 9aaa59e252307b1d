//! Instructions: a method that returns at once, and what follows that return where nothing runs.

use super::descriptor::{parameters, words};
use super::pool::Pool;
use super::{Argument, Handed, MethodRef};
use crate::bytes::{Bytes, as_u16, as_u32};

const MOVE_FROM_16: u16 = 0x02;
const RETURN_VOID: u16 = 0x0e;
const RETURN: u16 = 0x0f;
const RETURN_WIDE: u16 = 0x10;
const RETURN_OBJECT: u16 = 0x11;
const CONST_4: u16 = 0x12;
const CONST_16: u16 = 0x13;
const CONST: u16 = 0x14;
const CONST_WIDE_16: u16 = 0x16;
const CONST_WIDE: u16 = 0x18;
const CONST_STRING: u16 = 0x1a;
const GOTO_16: u16 = 0x29;
/// From an `invoke-` instruction to its `/range` form.
const TO_RANGE: u16 = 6;

/// Which `invoke-` instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invoke {
    Virtual = 0x6e,
    Direct = 0x70,
    Static = 0x71,
    Interface = 0x72,
}

/// One thing that stands where nothing runs.
#[derive(Debug, Clone)]
pub(crate) enum Dead {
    Call { invoke: Invoke, method: MethodRef, arguments: Vec<Argument> },
    Text(String),
}

/// A method's instructions with the registers they need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    registers: usize,
    ins: usize,
    outs: usize,
    instructions: Vec<u16>,
}

impl Code {
    /// Returns nothing, zero or null, at once.
    pub(super) fn returning_at_once(method: &MethodRef) -> Self {
        let (arguments, returns) = parameters(&method.proto);
        let ins = 1 + arguments.iter().map(|one| words(one)).sum::<usize>();
        let (own, instructions) = match returns.as_bytes()[0] {
            b'V' => (0, vec![RETURN_VOID]),
            b'J' | b'D' => (2, vec![CONST_WIDE_16, 0, RETURN_WIDE]),
            b'L' | b'[' => (1, vec![CONST_4, RETURN_OBJECT]),
            _ => (1, vec![CONST_4, RETURN]),
        };
        Self { registers: own + ins, ins, outs: 0, instructions }
    }

    /// Returns this number, at once.
    pub(super) fn returning_number(method: &MethodRef, number: i32) -> Self {
        let mut code = Self::returning_at_once(method);
        assert_eq!(code.instructions.pop(), Some(RETURN), "{method:?} returns no number");
        code.instructions.clear();
        code.load_int(0, number);
        code.instructions.push(RETURN);
        code
    }

    /// Returns first; the call that follows has one of its parameters as an argument.
    pub(super) fn handing_on(handed: &Handed, pool: &Pool) -> Self {
        let before = |proto: &str, place: usize| -> usize {
            parameters(proto).0.iter().take(place - 1).map(|one| words(one)).sum()
        };
        let all = |proto: &str| 1 + parameters(proto).0.iter().map(|one| words(one)).sum::<usize>();
        let (ins, outs) = (all(&handed.method.proto), all(&handed.target.proto));
        let from = outs + 1 + before(&handed.method.proto, handed.from);
        let to = 1 + before(&handed.target.proto, handed.to);
        let target = as_u16(pool.method(&handed.target));
        let range = Invoke::Virtual as u16 + TO_RANGE;
        let instructions = vec![
            RETURN_VOID,
            as_u16(to) << 8 | MOVE_FROM_16,
            as_u16(from),
            as_u16(outs) << 8 | range,
            target,
            0,
            RETURN_VOID,
        ];
        Self { registers: outs + ins, ins, outs, instructions }
    }

    /// Returns first; what follows is never reached.
    pub(super) fn unreachable(dead: &[Dead], loops: bool, pool: &Pool) -> Self {
        let mut code = Self { registers: 1, ins: 0, outs: 0, instructions: vec![RETURN_VOID] };
        for one in dead {
            match one {
                Dead::Text(text) => code.load_text(0, pool.string(text)),
                Dead::Call { invoke, method, arguments } => {
                    code.invoke(*invoke, method, arguments, pool);
                }
            }
        }
        if loops {
            // Back to what follows the first return.
            let back = 1 - i16::try_from(code.instructions.len()).expect("a short method");
            code.instructions.extend([GOTO_16, back.cast_unsigned()]);
        }
        code.instructions.push(RETURN_VOID);
        code
    }

    fn invoke(&mut self, invoke: Invoke, method: &MethodRef, arguments: &[Argument], pool: &Pool) {
        let mut used = usize::from(invoke != Invoke::Static);
        let mut waiting: Vec<&Argument> = arguments.iter().collect();
        for kind in parameters(&method.proto).0 {
            let fitting = waiting.iter().position(|argument| fits(argument, kind));
            if let Some(at) = fitting {
                match waiting.remove(at) {
                    Argument::Int(number) => self.load_int(used, *number),
                    Argument::Long(number) => self.load_long(used, *number),
                    Argument::Text(text) => self.load_text(used, pool.string(text)),
                }
            }
            used += words(kind);
        }
        assert!(waiting.is_empty(), "no parameter of {method:?} takes {waiting:?}");
        self.registers = self.registers.max(used);
        self.outs = self.outs.max(used);

        let opcode = invoke as u16;
        let target = as_u16(pool.method(method));
        if used <= 5 {
            // The registers 0, 1, 2, ... in their nibbles: the fifth stands in the first unit.
            let first_four = (0..used.min(4)).fold(0, |unit, n| unit | as_u16(n) << (4 * n));
            let fifth: u16 = if used == 5 { 4 << 8 } else { 0 };
            self.instructions.extend([as_u16(used) << 12 | fifth | opcode, target, first_four]);
        } else {
            assert!(used < 256, "{method:?} takes too many registers");
            self.instructions.extend([(as_u16(used) << 8) | (opcode + TO_RANGE), target, 0]);
        }
    }

    fn load_int(&mut self, register: usize, number: i32) {
        let register = as_u16(register);
        let [low, high] = [number.cast_unsigned() & 0xffff, number.cast_unsigned() >> 16]
            .map(|half| as_u16(half as usize));
        if (-8..8).contains(&number) && register < 16 {
            self.instructions.push((low & 0xf) << 12 | register << 8 | CONST_4);
        } else if i16::try_from(number).is_ok() {
            self.instructions.extend([register << 8 | CONST_16, low]);
        } else {
            self.instructions.extend([register << 8 | CONST, low, high]);
        }
    }

    fn load_long(&mut self, register: usize, number: i64) {
        let [a, b, c, d] = [0, 16, 32, 48]
            .map(|shift| as_u16((number.cast_unsigned() >> shift & 0xffff) as usize));
        self.instructions.extend([as_u16(register) << 8 | CONST_WIDE, a, b, c, d]);
    }

    fn load_text(&mut self, register: usize, index: usize) {
        self.instructions.extend([as_u16(register) << 8 | CONST_STRING, as_u16(index)]);
    }

    /// The `code_item` of the format.
    pub(super) fn write(&self, out: &mut Bytes) {
        out.put_u16(as_u16(self.registers));
        out.put_u16(as_u16(self.ins));
        out.put_u16(as_u16(self.outs));
        out.put_u16(0); // exception handlers
        out.put_u32(0); // debug information
        out.put_u32(as_u32(self.instructions.len()));
        for unit in &self.instructions {
            out.put_u16(*unit);
        }
    }
}

fn fits(argument: &Argument, kind: &str) -> bool {
    match argument {
        Argument::Int(_) => matches!(kind, "I" | "Z" | "S" | "B" | "C"),
        Argument::Long(_) => kind == "J",
        Argument::Text(_) => {
            matches!(kind, "Ljava/lang/String;" | "Ljava/lang/CharSequence;" | "Ljava/lang/Object;")
        }
    }
}
