//! The promise behind every app built here: no code in it can reach a call.
//!
//! Reads the DEX files of the whole gallery, class by class, with code of its own.

use std::io::{Cursor, Read};

use unwatched_fixtures::apk::gallery;

const RETURNS: [u8; 4] = [0x0e, 0x0f, 0x10, 0x11];
const CONSTANTS: [u8; 2] = [0x12, 0x16];

struct Dex(Vec<u8>);

impl Dex {
    fn half(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes(self.0[at..at + 2].try_into().unwrap()))
    }

    fn word(&self, at: usize) -> usize {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap()) as usize
    }

    fn uleb128(&self, at: &mut usize) -> usize {
        let mut value = 0;
        for shift in (0..).step_by(7) {
            let byte = self.0[*at];
            *at += 1;
            value |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        value
    }

    fn string(&self, index: usize) -> String {
        let mut at = self.word(self.word(0x3c) + 4 * index);
        self.uleb128(&mut at);
        let length = self.0[at..].iter().position(|byte| *byte == 0).unwrap();
        String::from_utf8_lossy(&self.0[at..at + length]).into_owned()
    }

    fn strings(&self) -> Vec<String> {
        (0..self.word(0x38)).map(|index| self.string(index)).collect()
    }

    /// The name of each method that has code, with its first and all its instructions.
    fn methods(&self) -> Vec<(String, Vec<usize>)> {
        let mut methods = Vec::new();
        for class in 0..self.word(0x60) {
            let mut at = self.word(self.word(0x64) + 32 * class + 24);
            if at == 0 {
                continue;
            }
            let [fields, more_fields, direct, others] = [(); 4].map(|()| self.uleb128(&mut at));
            assert_eq!(fields + more_fields, 0, "fixtures have no fields");
            let mut id = 0;
            for index in 0..direct + others {
                let step = self.uleb128(&mut at);
                id = if index == direct { step } else { id + step };
                self.uleb128(&mut at); // access
                let code = self.uleb128(&mut at);
                assert_eq!(self.half(code + 6), 0, "no exception handlers");
                let units = self.word(code + 12);
                let body = (0..units).map(|unit| self.half(code + 16 + 2 * unit)).collect();
                methods.push((self.string(self.word(self.word(0x5c) + 8 * id + 4)), body));
            }
        }
        methods
    }
}

fn dex_of(apk: &[u8]) -> Dex {
    let mut zip = zip::ZipArchive::new(Cursor::new(apk)).unwrap();
    let mut dex = Vec::new();
    zip.by_name("classes.dex").unwrap().read_to_end(&mut dex).unwrap();
    Dex(dex)
}

/// Returns with its first instruction, or with the one after it has loaded a constant.
fn returns_at_once(body: &[usize]) -> bool {
    let opcode = |at: usize| body.get(at).map(|unit| unit.to_le_bytes()[0]);
    let first = opcode(0).unwrap();
    let after_constant = if first == CONSTANTS[1] { opcode(2) } else { opcode(1) };
    RETURNS.contains(&first)
        || CONSTANTS.contains(&first) && after_constant.is_some_and(|next| RETURNS.contains(&next))
}

#[test]
fn every_method_returns_before_it_does_anything() {
    for app in gallery::all(5) {
        let methods = dex_of(&app.bytes()).methods();
        assert!(!methods.is_empty(), "{}", app.name);
        let longest = methods.iter().map(|(_, body)| body.len()).max();
        assert!(longest > Some(3), "{} holds no calls at all", app.name);
        for (method, body) in methods {
            assert!(returns_at_once(&body), "{}: {method} runs on", app.name);
        }
    }
}

#[test]
fn every_address_is_made_up() {
    for app in gallery::all(5) {
        let package = app.package.as_str();
        assert!(package.starts_with("com.example."), "{package}");
        let strings = dex_of(&app.bytes()).strings();
        let addresses = strings.iter().filter_map(|text| {
            let (scheme, rest) = text.split_once("://")?;
            (scheme != "content").then_some(rest)
        });
        let mut hosts: Vec<&str> =
            addresses.map(|rest| rest.split('/').next().unwrap_or_default()).collect();
        hosts.sort_unstable();
        hosts.dedup();
        assert!(hosts.iter().all(|host| host.ends_with(".example")), "{package}: {hosts:?}");
        let mut said = app.hosts.clone();
        said.sort_unstable();
        assert_eq!(hosts, said, "{package}");
    }
}
