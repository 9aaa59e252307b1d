//! What a made-up phone prints is what is read from it, app by app: a difference is a parser that
//! misses the form of some Android or maker.

use std::collections::BTreeSet;

use unwatched_device::facts::Facts;
use unwatched_device::gather::gather;
use unwatched_fixtures::phone::Launcher;
use unwatched_fixtures::phone::population::{Phone, Record, population};

fn facts(phone: &Phone) -> Facts {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), phone.bugreport_zip()).unwrap();
    let mut evidence = unwatched_acquire::open(file.path()).unwrap();
    gather(evidence.as_mut(), &mut |_| {})
}

/// Names for which something holds, on the phone and among the facts.
fn differ(
    what: &str,
    phone: &Phone,
    facts: &Facts,
    is: impl Fn(&Record) -> bool,
    read: impl Fn(&Facts, &str) -> bool,
) -> Option<String> {
    let there: BTreeSet<_> =
        phone.apps.iter().filter(|app| is(app)).map(|app| app.package.as_str()).collect();
    let found: BTreeSet<_> = phone
        .apps
        .iter()
        .map(|app| app.package.as_str())
        .filter(|name| read(facts, name))
        .collect();
    (there != found).then(|| {
        let (missed, made) = (there.difference(&found), found.difference(&there));
        format!(
            "{what}: missed {:?}, made up {:?}",
            missed.collect::<Vec<_>>(),
            made.collect::<Vec<_>>()
        )
    })
}

fn differences(phone: &Phone) -> Vec<String> {
    let facts = facts(phone);
    let app = |facts: &Facts, name: &str| facts.apps.contains_key(name);
    let all = [
        differ("a block", phone, &facts, |_| true, |f, n| app(f, n) && f.apps[n].block.is_some()),
        differ("came with the phone", phone, &facts, Record::at_delivery, |f, n| {
            f.apps[n].block.as_ref().is_some_and(|(block, _)| block.system == Some(true))
        }),
        differ("from the Play Store", phone, &facts, Record::says_play, |f, n| {
            let block = f.apps[n].block.as_ref();
            block
                .is_some_and(|(block, _)| block.installer.as_deref() == Some("com.android.vending"))
        }),
        differ(
            "made for Android 5",
            phone,
            &facts,
            |a| a.target_sdk <= 22,
            |f, n| f.apps[n].block.as_ref().is_some_and(|(block, _)| block.target_sdk <= Some(22)),
        ),
        differ(
            "an icon declared",
            phone,
            &facts,
            |a| a.launcher != Launcher::Absent && !a.removed,
            |f, n| !f.apps[n].main_activities.is_empty(),
        ),
        differ(
            "the icon switched off",
            phone,
            &facts,
            |a| a.launcher == Launcher::SwitchedOff,
            |f, n| {
                let block = f.apps[n].block.as_ref();
                block.is_some_and(|(block, _)| {
                    block.users.values().any(|user| !user.disabled_components.is_empty())
                })
            },
        ),
        differ(
            "the microphone granted",
            phone,
            &facts,
            |a| a.granted.contains(&"RECORD_AUDIO"),
            |f, n| {
                let block = f.apps[n].block.as_ref();
                block.is_some_and(|(block, _)| {
                    block.granted.contains("android.permission.RECORD_AUDIO")
                })
            },
        ),
        differ("administrators", phone, &facts, |a| a.admin, |f, n| !f.apps[n].admins.is_empty()),
        differ(
            "accessibility",
            phone,
            &facts,
            |a| a.accessibility,
            |f, n| !f.apps[n].accessibility.is_empty(),
        ),
        differ("listeners", phone, &facts, |a| a.listener, |f, n| !f.apps[n].listeners.is_empty()),
        differ(
            "owners",
            phone,
            &facts,
            |a| phone.owners.iter().any(|owner| owner.package == a.package),
            |f, n| f.owners.iter().any(|owner| owner.package == n),
        ),
        differ(
            "linked devices",
            phone,
            &facts,
            |a| {
                phone.handset.sdk >= 31
                    && phone.companions.iter().any(|link| link.package == a.package)
            },
            |f, n| f.access.companions.iter().any(|link| link.what.package == n),
        ),
        differ(
            "the VPN that is on",
            phone,
            &facts,
            |a| phone.always_on_vpn.as_ref() == Some(&a.package),
            |f, n| {
                let said = f
                    .settings
                    .iter()
                    .any(|((_, key), (value, _))| key == "always_on_vpn_app" && value == n);
                said || f.access.vpns.iter().any(|vpn| vpn.what.package.as_deref() == Some(n))
            },
        ),
    ];
    all.into_iter().flatten().collect()
}

#[test]
fn what_a_phone_prints_is_what_is_read() {
    let mut wrong = Vec::new();
    for phone in population(5) {
        let (maker, release) = (phone.handset.maker, phone.handset.release);
        for difference in differences(&phone) {
            wrong.push(format!("{}, {maker} with Android {release}: {difference}", phone.label));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
