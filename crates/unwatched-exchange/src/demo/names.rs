//! Made-up names. Each is of no one: partners' places do not exist, apps are words in a row.

use unwatched_model::partner::PartnerCategory;

use super::chance::Chance;

const BEGINNINGS: [&str; 24] = [
    "Nord", "Vel", "Alder", "Brin", "Cal", "Dor", "Ester", "Fal", "Gren", "Hal", "Iver", "Jas",
    "Kel", "Lor", "Mar", "Ness", "Orm", "Pell", "Quen", "Ros", "Sel", "Tor", "Ul", "Wyn",
];
const ENDINGS: [&str; 16] = [
    "haven", "mora", "stad", "ville", "wick", "dale", "mere", "ford", "burg", "holm", "ton", "via",
    "gate", "field", "port", "sund",
];

/// A place that is on no map.
pub(super) fn place(chance: &mut Chance) -> String {
    format!("{}{}", chance.of(&BEGINNINGS), chance.of(&ENDINGS))
}

/// What an organisation of this kind is called.
pub(super) fn organisation(category: PartnerCategory, place: &str, chance: &mut Chance) -> String {
    let patterns: &[&str] = match category {
        PartnerCategory::Vendor => &["{} Security", "{} Antivirus", "{} Mobile Defence"],
        PartnerCategory::Support => &["{} Shelter Network", "{} Advocacy Line", "Women's Aid {}"],
        PartnerCategory::Rights => &["{} Digital Rights", "Open Net {}", "{} Privacy Watch"],
        PartnerCategory::Academia => &["University of {}", "{} Institute of Technology"],
        PartnerCategory::Testing => &["{} Test Laboratory", "{} Product Certification"],
        PartnerCategory::Police => &["{} Cybercrime Unit", "{} State Police, Digital Evidence"],
        PartnerCategory::Individual => &["{} Analyst (independent)", "Researcher in {}"],
        PartnerCategory::Other => &["{} Foundation", "{} Observatory"],
    };
    chance.of(patterns).replace("{}", place)
}

const FIRST: [&str; 20] = [
    "Track", "Spy", "Watch", "Guard", "Phone", "Cell", "Mobi", "Kid", "Couple", "Eye", "Shadow",
    "Silent", "Ghost", "Find", "Locate", "Mirror", "Key", "Hidden", "True", "Sync",
];
const SECOND: [&str; 20] = [
    "View", "Sense", "Trace", "Link", "Pulse", "Scope", "Mate", "Lens", "Radar", "Path", "Note",
    "Logger", "Monitor", "Finder", "Shield", "Tap", "Cast", "Beam", "Owl", "Hub",
];
/// "Watcher", "tracking" and the like, in scripts that a search has to find too.
const OTHERS: [&str; 14] = [
    "Слежка",
    "Наблюдатель",
    "Стеження",
    "راقب",
    "متابعة",
    "מעקב",
    "Παρατηρητής",
    "监视大师",
    "감시앱",
    "見守り",
    "निगरानी",
    "İzleyici",
    "Überwacher",
    "Espião",
];

/// The name of an app.
pub(super) fn app(number: usize, chance: &mut Chance) -> String {
    let name = format!("{} {}", chance.of(&FIRST), chance.of(&SECOND));
    // Four hundred names go twice before long.
    if number < 40 { format!("{name} {}", number + 1) } else { format!("{name} {number}") }
}

/// Other names of an app, some in other scripts.
pub(super) fn aliases(name: &str, number: usize, chance: &mut Chance) -> Vec<String> {
    let mut aliases = Vec::new();
    for _ in 0..chance.below(4) {
        aliases.push(match chance.below(3) {
            0 => format!("{} {number}", chance.of(&OTHERS)),
            1 => name.replace(' ', ""),
            _ => format!("{}{} Pro {number}", chance.of(&FIRST), chance.of(&SECOND).to_lowercase()),
        });
    }
    aliases.sort();
    aliases.dedup();
    aliases
}

/// A name as part of a host or package: letters and digits.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}
