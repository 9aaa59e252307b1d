//! ISO 3166-1 alpha-2, and `ZZ` for unknown.
//!
//! Not here: groups of countries; see [`crate::area`].

use std::fmt;
use std::str::FromStr;

use super::UnknownCode;

/// Every code assigned by ISO 3166-1, three bytes apart.
const CODES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW ZZ";

/// A country, or `ZZ`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Where it is not known.
    pub const UNKNOWN: Self = Self(*b"ZZ");

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }

    /// Every code, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        CODES.split(' ').filter_map(|code| code.parse().ok())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Country {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let unknown = || UnknownCode::new(text, "country", vec!["ISO 3166-1 alpha-2", "ZZ"]);
        let code: [u8; 2] = text.as_bytes().try_into().map_err(|_| unknown())?;
        // Codes stand three bytes apart, in order.
        let (mut low, mut high) = (0, CODES.len().div_ceil(3));
        while low < high {
            let middle = low.midpoint(high);
            let here = &CODES.as_bytes()[middle * 3..middle * 3 + 2];
            match here.cmp(&code[..]) {
                std::cmp::Ordering::Equal => return Ok(Self(code)),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(unknown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_iso_and_nothing_else() {
        assert_eq!(Country::all().count(), 250, "249 and ZZ");
        assert!(Country::all().is_sorted());
        for wrong in ["", "D", "de", "EU", "UK", "XX", "DEU", "Ä"] {
            assert!(wrong.parse::<Country>().is_err(), "{wrong}");
        }
    }
}
