//! The public key that a phone is shown when it asks its owner whether to allow this computer, in
//! the form that Android keeps (`RSAPublicKey` of `adb`): made anew for each connection.
//!
//! There is no private half of it anywhere: the two primes are dropped as soon as their product is
//! known. A phone lets a new key in when its owner agrees and asks for no signature, so none is
//! needed; and if somebody ticks "Always allow" by mistake, what stays on the phone opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::U1024;
use crypto_primes::{Flavor, random_prime};
use num_bigint::BigUint;
use rand::CryptoRng;

const BITS: u32 = 2_048;
const BYTES: usize = BITS as usize / 8;
const EXPONENT: u32 = 65_537;
/// What `adb` writes on a computer that does not know its own name: nothing of this one's.
const NOBODY: &str = "unknown@unknown";

/// A public key that nobody can use.
pub(super) struct PublicKey {
    modulus: BigUint,
}

impl PublicKey {
    /// A new one.
    pub(super) fn generate(mut random: &mut dyn CryptoRng) -> Self {
        let mut prime = || {
            let prime: U1024 = random_prime(&mut random, Flavor::Any, BITS / 2);
            BigUint::from_bytes_be(&prime.to_be_bytes())
        };
        loop {
            let modulus = prime() * prime();
            if modulus.bits() == u64::from(BITS) {
                return Self { modulus };
            }
        }
    }

    /// As it is sent: a structure of little-endian words in base64, a name, a zero byte.
    pub(super) fn text(&self) -> String {
        let little = |number: &BigUint| {
            let mut bytes = number.to_bytes_le();
            bytes.resize(BYTES, 0);
            bytes
        };
        // What Montgomery's multiplication wants: the square of 2^2048, and the lowest word's
        // inverse with its sign turned.
        let square = (BigUint::from(1_u8) << (2 * BITS)) % &self.modulus;
        let lowest = self.modulus.iter_u32_digits().next().expect("it has 2048 bits");
        let parts = [
            (BITS / 32).to_le_bytes().to_vec(),
            inverse(lowest).wrapping_neg().to_le_bytes().to_vec(),
            little(&self.modulus),
            little(&square),
            EXPONENT.to_le_bytes().to_vec(),
        ];
        format!("{} {NOBODY}\0", STANDARD.encode(parts.concat()))
    }
}

/// The inverse of an odd number modulo 2^32, by Newton's method.
fn inverse(odd: u32) -> u32 {
    (0..5).fold(odd, |guess, _| guess.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(guess))))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    /// A key made by `adb keygen`, and what `adb` wrote beside it.
    const MODULUS: &str = include_str!("../../tests/keys/adb_modulus.hex");
    const WRITTEN: &str = include_str!("../../tests/keys/adbkey.pub");

    #[test]
    fn a_key_is_written_as_adb_writes_it() {
        let modulus = BigUint::parse_bytes(MODULUS.trim().as_bytes(), 16).unwrap();
        let text = PublicKey { modulus }.text();
        let (ours, theirs) = (text.split(' ').next(), WRITTEN.split(' ').next());
        assert_eq!(ours, theirs);
        assert!(text.ends_with(" unknown@unknown\0"), "{text}");
    }

    #[test]
    fn each_key_is_another() {
        let key = |seed| PublicKey::generate(&mut StdRng::seed_from_u64(seed)).text();
        assert_ne!(key(1), key(2));
    }
}
