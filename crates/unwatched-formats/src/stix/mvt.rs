//! The bundle that MVT reads (`stalkerware.stix2`).
//!
//! MVT takes an indicator to the first collection it finds for it: hence one indicator object per
//! family. It prints nothing but a collection's name: hence websites and download places stand in
//! a report of their own, whose name says what they are. A host that an app also talks to does not
//! go there, since MVT would print only that it was visited.

use std::collections::{BTreeMap, BTreeSet};

use unwatched_model::indicator::Role;
use unwatched_model::tlp::Tlp;

use super::objects::{self, StixObject, time};
use super::{LeftOut, StixBundle, StixFamily, StixIndicator, ids, pattern, words};
use crate::feed::indicator_uuid;

/// Renders families in the order given.
pub fn mvt_bundle(families: &[StixFamily<'_>]) -> StixBundle {
    let talked_to = families
        .iter()
        .flat_map(|family| family.indicators)
        .filter(|one| one.indicator.role == Role::C2)
        .filter_map(|one| pattern::mvt(one.indicator).ok())
        .collect();
    let mut builder = Builder { talked_to, ..Builder::default() };
    for family in families {
        builder.family(family);
    }
    builder.finish()
}

#[derive(Default)]
struct Builder {
    talked_to: BTreeSet<String>,
    objects: Vec<StixObject>,
    markings: BTreeSet<Tlp>,
    seen: BTreeSet<String>,
    indicators: usize,
    left_out: Vec<LeftOut>,
}

impl Builder {
    fn family(&mut self, family: &StixFamily<'_>) {
        let malware_id = ids::malware_id(&family.family.id);
        self.malware(family, &malware_id);
        let mut visited: BTreeMap<Role, Vec<(String, StixIndicator<'_>)>> = BTreeMap::new();
        for one in family.indicators {
            let Some((id, pattern)) = self.indicator(family, one, &malware_id) else { continue };
            if words::is_visited(one.indicator.role) && !self.talked_to.contains(&pattern) {
                visited.entry(one.indicator.role).or_default().push((id, *one));
            }
        }
        for (role, indicators) in visited {
            self.visited(family, role, &indicators, &malware_id);
        }
    }

    fn malware(&mut self, family: &StixFamily<'_>, id: &str) {
        // That a family is listed at all may be known as widely as its least restricted indicator.
        let tlp = family.indicators.iter().map(|one| one.indicator.tlp).min();
        let tlp = tlp.unwrap_or(Tlp::Clear);
        let name = &family.family.name;
        let aliases = family.family.aliases.iter().filter(|alias| *alias != name);
        self.add(
            tlp,
            StixObject {
                name: Some(name.clone()),
                description: Some(words::class_sentence(
                    family.class,
                    family.judged,
                    family.attributed,
                )),
                aliases: aliases.cloned().collect(),
                is_family: Some(true),
                labels: vec![family.class.as_str().to_owned()],
                ..StixObject::new("malware", id.to_owned(), family.created, family.modified, tlp)
            },
        );
    }

    /// The indicator's id and pattern, unless it cannot be expressed or is here already.
    fn indicator(
        &mut self,
        family: &StixFamily<'_>,
        one: &StixIndicator<'_>,
        malware_id: &str,
    ) -> Option<(String, String)> {
        let (indicator, added) = (one.indicator, one.added);
        let pattern = match pattern::mvt(indicator) {
            Ok(pattern) => pattern,
            Err(why) => {
                self.left_out.push(LeftOut { indicator: indicator.clone(), why });
                return None;
            }
        };
        // The identity that it has in every other format.
        let value = indicator.kind.normalise(&indicator.value).ok()?;
        let of = &family.family.id;
        let uuid = indicator_uuid(of, indicator.kind, &value, indicator.role);
        let id = format!("indicator--{uuid}");
        if !self.seen.insert(id.clone()) {
            return None;
        }
        let role = indicator.role;
        self.add(
            indicator.tlp,
            StixObject {
                name: Some(format!("{} of {} ({role})", indicator.kind, family.family.name)),
                description: Some(words::role_sentence(indicator.role, indicator.kind).to_owned()),
                indicator_types: vec![words::indicator_type(family.class, role)],
                pattern: Some(pattern.clone()),
                pattern_type: Some("stix"),
                valid_from: Some(time(added)),
                labels: vec![format!("role:{role}")],
                ..StixObject::new("indicator", id.clone(), added, added, indicator.tlp)
            },
        );
        let relationship = ids::id("relationship", &[&id, "indicates", malware_id]);
        self.add(
            indicator.tlp,
            StixObject {
                relationship_type: Some("indicates"),
                source_ref: Some(id.clone()),
                target_ref: Some(malware_id.to_owned()),
                ..StixObject::new("relationship", relationship, added, added, indicator.tlp)
            },
        );
        self.indicators += 1;
        Some((id, pattern))
    }

    fn visited(
        &mut self,
        family: &StixFamily<'_>,
        role: Role,
        indicators: &[(String, StixIndicator<'_>)],
        malware_id: &str,
    ) {
        let Some((_, first)) = indicators.first() else { return };
        let id = ids::id("report", &[family.family.id.as_str(), role.as_str()]);
        let added = || indicators.iter().map(|(_, one)| one.added);
        let created = added().min().unwrap_or(first.added);
        let modified = added().max().unwrap_or(first.added);
        let tlp = indicators.iter().map(|(_, one)| one.indicator.tlp).max();
        let tlp = tlp.unwrap_or(first.indicator.tlp);
        let ids = indicators.iter().map(|(id, _)| id.clone());
        self.add(
            tlp,
            StixObject {
                name: Some(words::visited_collection(&family.family.name, role)),
                description: Some(
                    words::role_sentence(first.indicator.role, first.indicator.kind).to_owned(),
                ),
                report_types: vec!["indicator"],
                published: Some(time(created)),
                object_refs: ids.chain([malware_id.to_owned()]).collect(),
                ..StixObject::new("report", id, created, modified, tlp)
            },
        );
    }

    fn add(&mut self, tlp: Tlp, object: StixObject) {
        self.markings.insert(tlp);
        self.objects.push(object);
    }

    fn finish(self) -> StixBundle {
        let mut objects: Vec<_> = self.markings.into_iter().map(StixObject::marking).collect();
        objects.extend(self.objects);
        let versions: Vec<_> = objects
            .iter()
            .map(|object| format!("{} {}", object.id, object.modified.as_deref().unwrap_or("")))
            .collect();
        let id = ids::id("bundle", &versions.iter().map(String::as_str).collect::<Vec<_>>());
        let bytes = objects::bundle(&id, &objects);
        StixBundle { bytes, indicators: self.indicators, left_out: self.left_out }
    }
}
