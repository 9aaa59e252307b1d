//! Areas: a country, or a group with a version and an explicit list of members. Two groups of one name
//! and different members are different areas.
//!
//! Not here: how a device was given an area; that is a field of the row.

use std::collections::BTreeSet;
use std::fmt;

use crate::code_lists::{Country, UnknownCode};

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// One country, or `ZZ`.
    Country(Country),
    /// Several.
    Group {
        /// Its code: `EU27_2020`.
        code: String,
        /// The version of its list of members.
        version: String,
        /// Who belongs to it, where the source says so.
        members: Members,
    },
}

/// Who belongs to a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Members {
    /// These.
    Listed(BTreeSet<Country>),
    /// Wherever the source has users: nobody published where that is.
    NotPublished,
}

/// What is wrong with an area.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadArea {
    /// Neither a country nor a group that we know.
    #[error(transparent)]
    Unknown(#[from] UnknownCode),
    /// A group in a version without a list.
    #[error("{code} has no version {version:?}: give area_members, or one of {known}")]
    Version {
        /// The group.
        code: String,
        /// The version given.
        version: String,
        /// Versions that have a list.
        known: String,
    },
    /// The members that a row lists are not those of the group's version.
    #[error("the members given for {code} version {version} are not those of its list: {list}")]
    Members {
        /// The group.
        code: String,
        /// The version.
        version: String,
        /// The list.
        list: String,
    },
    /// A group of the row's own without members.
    #[error("{0:?} is neither a country nor a known group: list its countries in area_members")]
    NoMembers(String),
    /// A country that has members.
    #[error("{0} is one country: area_version and area_members are for groups")]
    NotAGroup(Country),
}

/// The groups whose members are public: code, version, members. `-`: not published.
const GROUPS: &[(&str, &str, &str)] = &[
    (
        "EU27_2020",
        "1",
        "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
    ),
    (
        "EU28",
        "1",
        "AT BE BG CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
    ),
    ("EU_GBV_EXT8", "1", "CY CZ DE HU IE LU RO SE"),
    ("NORTH_AMERICA", "1", "CA US"),
    ("WORLD_COVERED", "1", "-"),
];

impl Area {
    /// From the three columns of a row; empty ones are `None`.
    pub fn of(code: &str, version: Option<&str>, members: Option<&str>) -> Result<Self, BadArea> {
        if let Ok(country) = code.parse::<Country>() {
            return match (version, members) {
                (None, None) => Ok(Self::Country(country)),
                _ => Err(BadArea::NotAGroup(country)),
            };
        }
        let given = members.map(listed).transpose()?;
        let known: Vec<_> = GROUPS.iter().filter(|group| group.0 == code).collect();
        if known.is_empty() {
            return own_group(code, version, given);
        }
        let version = version.unwrap_or("1");
        let list = known.iter().find(|group| group.1 == version).map(|group| group.2);
        let members = match (list, given) {
            (Some("-") | None, Some(given)) => Members::Listed(given),
            (Some("-"), None) => Members::NotPublished,
            (Some(list), given) => {
                let own = listed(list)?;
                if given.is_some_and(|given| given != own) {
                    return Err(BadArea::Members {
                        code: code.to_owned(),
                        version: version.to_owned(),
                        list: list.to_owned(),
                    });
                }
                Members::Listed(own)
            }
            (None, None) => {
                return Err(BadArea::Version {
                    code: code.to_owned(),
                    version: version.chars().take(40).collect(),
                    known: known.iter().map(|group| group.1).collect::<Vec<_>>().join(", "),
                });
            }
        };
        Ok(Self::Group { code: code.to_owned(), version: version.to_owned(), members })
    }

    /// The code.
    pub fn code(&self) -> &str {
        match self {
            Self::Country(country) => country.as_str(),
            Self::Group { code, .. } => code,
        }
    }

    /// The version of a group's list.
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Country(_) => None,
            Self::Group { version, .. } => Some(version),
        }
    }

    /// The countries, where they are known: a country is a list of one.
    pub fn members(&self) -> Option<BTreeSet<Country>> {
        match self {
            Self::Country(country) => Some(BTreeSet::from([*country])),
            Self::Group { members: Members::Listed(list), .. } => Some(list.clone()),
            Self::Group { members: Members::NotPublished, .. } => None,
        }
    }

    /// Whether nobody can be in both. Not known of a group without a list.
    pub fn disjoint(&self, other: &Self) -> bool {
        match (self.members(), other.members()) {
            (Some(a), Some(b)) => {
                a.is_disjoint(&b)
                    && !a.contains(&Country::UNKNOWN)
                    && !b.contains(&Country::UNKNOWN)
            }
            _ => false,
        }
    }
}

fn own_group(
    code: &str,
    version: Option<&str>,
    given: Option<BTreeSet<Country>>,
) -> Result<Area, BadArea> {
    let shape = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let named = (3..=40).contains(&code.len()) && code.bytes().all(shape);
    let short: String = code.chars().take(40).collect();
    match given {
        Some(members) if named => Ok(Area::Group {
            code: short,
            version: version.unwrap_or("1").to_owned(),
            members: Members::Listed(members),
        }),
        _ => Err(BadArea::NoMembers(short)),
    }
}

fn listed(text: &str) -> Result<BTreeSet<Country>, UnknownCode> {
    text.split_ascii_whitespace().map(str::parse).collect()
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Country(country) => country.fmt(f),
            Self::Group { code, version, .. } => write!(f, "{code} (list {version})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_its_members() {
        let eu27 = Area::of("EU27_2020", None, None).unwrap();
        let eu28 = Area::of("EU28", Some("1"), None).unwrap();
        assert_eq!(eu27.members().unwrap().len(), 27);
        assert_eq!(eu28.members().unwrap().len(), 28);
        assert!(Area::of("EU27_2020", None, Some("DE FR")).is_err());
        assert!(Area::of("EU27_2020", Some("2"), None).is_err());
        assert_ne!(
            Area::of("DACH", Some("1"), Some("DE AT CH")),
            Area::of("DACH", Some("1"), Some("DE AT"))
        );
    }

    #[test]
    fn unknown_areas_are_named() {
        let error = Area::of("EUROPE", None, None).unwrap_err().to_string();
        assert_eq!(
            error,
            "\"EUROPE\" is neither a country nor a known group: list its countries in area_members"
        );
        assert!(Area::of("UK", None, None).is_err());
        assert!(Area::of("DE", Some("1"), None).is_err());
    }

    #[test]
    fn nobody_is_in_both_only_where_both_lists_are_known() {
        let area = |code| Area::of(code, None, None).unwrap();
        assert!(area("US").disjoint(&area("CA")));
        assert!(!area("US").disjoint(&area("NORTH_AMERICA")));
        assert!(!area("US").disjoint(&area("WORLD_COVERED")));
        assert!(!area("US").disjoint(&area("ZZ")));
    }
}
